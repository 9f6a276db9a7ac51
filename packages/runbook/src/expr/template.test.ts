import { describe, expect, it } from 'vitest';
import type { Json } from '../definition.ts';
import { ExpressionError } from './expression-error.ts';
import { findUnknown, unknownValue } from './markers.ts';
import { parseTemplate, renderPartial, renderTemplate, templateReferences } from './template.ts';

const scope = {
  intake: { n: 2, tier: 'premium', list: [1, 2], nothing: null },
  tenant: { slug: 'acme' },
  key: { $secret: 'vault:1' },
  go_live: new Date('2026-03-02T09:00:00Z'),
  steps: { a: { output: { id: unknownValue('steps.a.output.id'), ok: true } } },
};

describe('renderTemplate', () => {
  it.each<[Json, Json]>([
    ['plain', 'plain'],
    ['a ${{ intake.n }} b', 'a 2 b'],
    ['${{ intake.n }}', 2],
    ['  ${{ intake.n }}', '  2'],
    ['${{ intake.list }}', [1, 2]],
    ['${{ intake.n > 1 }}', true],
    ['${{ go_live }}', '2026-03-02T09:00:00.000Z'],
    ['${{ {"a": {"b": intake.n}} }}', { a: { b: 2 } }],
    ['${{ "}}" }}!', '}}!'],
    ["${{ 'it\\'s }}' }}", "it's }}"],
    ['$${{ x }} ${{ tenant.slug }}', '${{ x }} acme'],
    ['$${HMAC}', '$${HMAC}'],
    ['costs $5 {{ x }}', 'costs $5 {{ x }}'],
    ['', ''],
    [
      { a: ['${{ intake.n }}', { b: 'x-${{ tenant.slug }}' }], c: null },
      { a: [2, { b: 'x-acme' }], c: null },
    ],
  ])('%j becomes %j', (template, expected) => {
    expect(renderTemplate(template, scope)).toEqual(expected);
  });

  it.each([
    ['x ${{ intake.list }}', 'a list', 6],
    ['x ${{ go_live }}', 'a timestamp', 6],
    ['x ${{ intake }}', 'a map', 6],
    ['x ${{ intake.nothing }}', 'null', 6],
  ])('%s is refused: %s cannot stand inside text', (template, kind, offset) => {
    expect(() => renderTemplate(template, scope)).toThrow(kind);
    try {
      renderTemplate(template, scope);
    } catch (error) {
      expect((error as ExpressionError).offset).toBe(offset);
    }
  });

  it.each(['${{ intake.n', 'a ${{ }}', '${{'])('%s is not closed or empty', (template) => {
    expect(() => renderTemplate(template, scope)).toThrow(ExpressionError);
  });

  it('a secret alone passes through; inside text it becomes a template only a connector resolves', () => {
    expect(renderTemplate('${{ key }}', scope)).toEqual({ $secret: 'vault:1' });
    expect(renderTemplate('user:${{ key }}@${{ tenant.slug }}', scope)).toEqual({
      $secretTemplate: ['user:', { $secret: 'vault:1' }, '@acme'],
    });
    const inner = renderTemplate('p=${{ key }}', scope);
    expect(renderTemplate('<${{ inner }}>', { inner })).toEqual({
      $secretTemplate: ['<p=', { $secret: 'vault:1' }, '>'],
    });
  });

  it('what is known only after apply is refused', () => {
    expect(() => renderTemplate('${{ steps.a.output.id }}', scope)).toThrow('Known only after apply');
  });

  it('a key named __proto__ stays a key', () => {
    const rendered = renderTemplate(JSON.parse('{"__proto__": "${{ intake.n }}"}') as Json, scope);
    expect(Object.getPrototypeOf(rendered)).toBe(Object.prototype);
    expect(JSON.stringify(rendered)).toBe('{"__proto__":2}');
  });
});

describe('renderPartial', () => {
  it('keeps what is known and names what is not', () => {
    expect(renderPartial({ id: '${{ steps.a.output.id }}', n: '${{ intake.n }}' }, scope)).toEqual({
      id: { $unknown: 'steps.a.output.id' },
      n: 2,
    });
    expect(renderPartial('t-${{ steps.a.output.id }}-${{ intake.n }}', scope)).toEqual({
      $unknown: 'steps.a.output.id',
      text: 't-(known after apply)-2',
    });
    expect(renderPartial('${{ steps.a.output.id + "x" }}', scope)).toEqual({ $unknown: 'steps.a.output.id' });
  });

  it('a lone path keeps the known members around an unknown one', () => {
    const rendered = renderPartial('${{ steps.a.output }}', scope);
    expect(rendered).toEqual({ id: { $unknown: 'steps.a.output.id' }, ok: true });
    expect(findUnknown(rendered)).toEqual({ $unknown: 'steps.a.output.id' });
  });

  it('a secret next to an unknown is not shown', () => {
    expect(renderPartial('${{ key }}/${{ steps.a.output.id }}', scope)).toEqual({
      $unknown: 'steps.a.output.id',
      text: '[secret]/(known after apply)',
    });
  });

  it('a real fault is still a fault', () => {
    expect(() => renderPartial('${{ intake.missing }}', scope)).toThrow('There is no `missing` here.');
  });
});

describe('parseTemplate and templateReferences', () => {
  it('says where each expression starts', () => {
    const text = 'a ${{ intake.n }} b ${{tenant.slug}}';
    const parts = parseTemplate(text).flatMap((part) => (part.kind === 'expression' ? [part] : []));
    for (const part of parts) expect(text.startsWith(part.expression, part.offset)).toBe(true);
    expect(parts.map((part) => part.expression)).toEqual(['intake.n', 'tenant.slug']);
  });

  it('finds every path of a value and the way to it', () => {
    const found = templateReferences({ a: ['x', '${{ intake.n }}'], b: { c: '${{ tenant.slug + intake.tier }}' } });
    expect(found.map(({ path, at }) => [path.join('.'), at])).toEqual([
      ['intake.n', ['a', 1]],
      ['tenant.slug', ['b', 'c']],
      ['intake.tier', ['b', 'c']],
    ]);
  });
});
