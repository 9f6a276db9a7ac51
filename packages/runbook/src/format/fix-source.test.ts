import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readYaml } from '../parse/read-yaml.ts';
import { drafts } from '../testing/drafts.ts';
import { fixSource } from './fix-source.ts';

const value = (source: string): unknown => readYaml(source, '', 1 << 22).value;

describe('fixSource', () => {
  it.each([
    ['version: 1.0', 'version: "1.0"'],
    ['version: 1.0 # first', 'version: "1.0" # first'],
    ['if: !vars.single', 'if: "!vars.single"'],
    ['if: !(a == "b")', `if: '!(a == "b")'`],
    ['expect: "a" == intake.x', `expect: '"a" == intake.x'`],
    ['expect: a ? b : c', 'expect: "a ? b : c"'],
    [`title: \${{ a ? "x: y" : "z" }} # keep`, `title: '\${{ a ? "x: y" : "z" }}' # keep`],
    [`title: \${{ it == "it's" ? "x: y" : "z" }}`, `title: "\${{ it == \\"it's\\" ? \\"x: y\\" : \\"z\\" }}"`],
    [
      'with: { name: ${{ intake.name }}, id: t-${{ tenant.id }}-x }',
      'with: { name: "${{ intake.name }}", id: "t-${{ tenant.id }}-x" }',
    ],
    ['list: [a, ${{ b }}, "c"]', 'list: [a, "${{ b }}", "c"]'],
    [
      's: { id: b, expect: output.pods.all(p, p.ready), if: !vars.x }',
      's: { id: b, expect: "output.pods.all(p, p.ready)", if: "!vars.x" }',
    ],
    ['s: { expect: u.exists(u, u.name != "x, y") && y }', `s: { expect: 'u.exists(u, u.name != "x, y") && y' }`],
    ['entry:\n  All fine: x ? "a: b" : c\nother: d', `entry:\n  All fine: 'x ? "a: b" : c'\nother: d`],
    ['- with: { a: ${{ b }},\n    c: ${{ d }} }', '- with: { a: "${{ b }}",\n    c: "${{ d }}" }'],
  ])('%j becomes %j', (broken, repaired) => {
    expect(fixSource(broken).source).toBe(repaired);
    expect(value(repaired)).toBeDefined();
    expect(fixSource(repaired)).toEqual({ source: repaired, fixed: 0 });
  });

  it.each([
    'a: b # a comment with ${{ x }} and { c: ${{ d }} }',
    'text: |\n  Keep { x: ${{ y }} } and\n  if: !x\n  version: 1.0\nnext: 1',
    "title: Don't do it: twice".replace(': twice', ''),
    'where: a == "b" # why',
    'help: docs/x.md#foo',
    'url: https://${{ host }}/x',
    'shows: { A: "ok ${{ x }}", B: plain }',
    'expect: output.outcome == "success"',
    "s: { task: Client's docs, x: [a, b] }",
    'multi: "abc\n  def: ${{ x }}"',
    's: { a: "x",\n  # ${{ comment }}\n  b: c }',
    'a: [1, 2, [3, { b: c }]]',
  ])('%j is left alone', (fine) => {
    expect(fixSource(fine)).toEqual({ source: fine, fixed: 0 });
  });

  it.each(drafts)('$file needs no repair', ({ source }) => {
    expect(fixSource(source)).toEqual({ source, fixed: 0 });
  });

  it.each(drafts)('$file survives losing the quotes around its templates', ({ source }) => {
    const bare = source.replace(/"(\$\{\{ [\w.]+ \}\})"/g, '$1');
    expect(fixSource(bare).source).toContain('"${{ ');
    expect(value(fixSource(bare).source)).toEqual(value(source));
  });

  it('whatever the text, it comes back, and what could be read can be read still', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ': ',
      ' #',
      '\n',
      '  ',
      '- ',
      '|',
      '>',
      '"',
      "'",
      '!',
      '${{ ',
      ' }}',
      '(',
      ')',
      'if: ',
      'entry:',
      'version: ',
      '1.0',
      'a',
      'b.c',
      ' == ',
      '\\',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const source = pieces.join('');
        const { source: result, fixed } = fixSource(source);
        expect(fixed === 0).toBe(result === source);
        if (value(source) !== undefined) expect(value(result)).toBeDefined();
      }),
      { numRuns: 2_000, seed: 7 },
    );
  });

  it('a large or deeply nested file is not touched', () => {
    expect(fixSource('['.repeat(100_000)).fixed).toBe(0);
    expect(fixSource(`a: ${'x'.repeat(3_000_000)}`).fixed).toBe(0);
  });
});
