import { describe, expect, it } from 'vitest';
import { fillDocument } from './document-text.ts';
import { ExpressionError } from './expression-error.ts';

const scope = {
  systems: ['ERP', 'CRM {% end %}'],
  limits: { users: 10, api: 5 },
  sso: true,
  contacts: [
    { name: 'Ada', phones: ['1', '2'] },
    { name: 'Bob', phones: [] },
  ],
  key: { $secret: 'vault:1' },
};
const fill = (text: string): string => fillDocument(text, scope, (value) => String(value));

describe('fillDocument', () => {
  it('repeats lines for each item of a list, in order', () => {
    expect(fill('Systems:\n{% for s in systems %}\n- ${{ s }}\n{% end %}\nDone')).toBe(
      'Systems:\n- ERP\n- CRM {% end %}\nDone',
    );
  });

  it('gives the entries of a map by key', () => {
    expect(fill('{% for l in limits %}\n${{ l.key }}=${{ l.value }}\n{% end %}\n')).toBe('api=5\nusers=10\n');
  });

  it('nests, and an inner name hides an outer one', () => {
    const text = '{% for c in contacts %}\n${{ c.name }}\n{% for c in c.phones %}\n  ${{ c }}\n{% end %}\n{% end %}\n';
    expect(fill(text)).toBe('Ada\n  1\n  2\nBob\n');
  });

  it('keeps one of two parts', () => {
    const text = (when: string): string => `{% if ${when} %}\nyes\n{% else %}\nno\n{% end %}\n`;
    expect(fill(text('sso && limits.users > 5'))).toBe('yes\n');
    expect(fill(text('systems.size() == 0'))).toBe('no\n');
  });

  it('a part that is left out is not evaluated', () => {
    expect(fill('{% if !sso %}\n${{ nowhere.at.all }}\n{% end %}\nend')).toBe('end');
  });

  it('text in which the notation does not stand alone on a line is text', () => {
    expect(fill('100 {% of %} it')).toBe('100 {% of %} it');
  });

  it.each([
    ['a loop without an end', '{% for s in systems %}\nx', 'Line 1'],
    ['an end too many', 'x\n{% end %}\n', 'Line 2'],
    ['two elses', '{% if sso %}\n{% else %}\n{% else %}\n{% end %}\n', 'Line 3'],
    ['an unknown word', '{% each s %}\n', 'Line 1'],
    ['a condition that is none', '{% if systems %}\n{% end %}\n', 'neither true nor false'],
    ['a loop over text', '{% for s in systems[0] %}\n{% end %}\n', 'neither a list nor a map'],
    ['a loop over a secret', '{% for s in key %}\n{% end %}\n', 'neither a list nor a map'],
    ['a name nobody knows', '{% if nobody.knows %}\n{% end %}\n', 'Line 1'],
  ])('%s is refused, with its line', (_what, text, message) => {
    expect(() => fill(text)).toThrow(ExpressionError);
    expect(() => fill(text)).toThrow(message);
  });

  it.each([
    ['in text', '0123456789'.repeat(1_000), 'longer than'],
    ['in turns', '', 'more than 100000 turns'],
  ])('loops in loops end where nobody reads on: %s', (_what, line, message) => {
    const many = { numbers: Array.from({ length: 300 }, (_, index) => index) };
    const text = `${'{% for a in numbers %}\n'.repeat(4)}${line}\n${'{% end %}\n'.repeat(4)}`;
    expect(() => fillDocument(text, many, (value) => String(value))).toThrow(message);
  });
});
