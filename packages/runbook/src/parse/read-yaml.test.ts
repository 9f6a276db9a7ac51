import { describe, expect, it } from 'vitest';
import { readYaml, type YamlFile } from './read-yaml.ts';

const read = (source: string): YamlFile => readYaml(source, 'file.yaml', 1024 * 1024);
const rules = (source: string): readonly string[] => read(source).faults.map((fault) => fault.rule);

describe('readYaml', () => {
  it('keeps no, times, dates and underscored numbers as text (YAML 1.2 core)', () => {
    expect(read('a: no\nb: 09:00\nc: 2026-01-01\nd: 1_000\ne: 0x1F\nf: ~\n8080: port').value).toEqual({
      a: 'no',
      b: '09:00',
      c: '2026-01-01',
      d: '1_000',
      e: 31,
      f: null,
      '8080': 'port',
    });
    expect(read('').value).toBeNull();
    expect(read('{"json": [1, true]}').value).toEqual({ json: [1, true] });
  });

  it.each([
    ['a: &x 1\nb: *x', ['alias', 'alias']],
    ['base: &b {x: 1}\nc:\n  <<: *b', ['alias', 'alias']],
    ['a: !x y', ['dropped-tag']],
    ['a: !!str 1', ['dropped-tag']],
    ['a: 1\na: 2', ['duplicate-key']],
    ['__proto__: { admin: true }', ['bad-key']],
    ['? [a]\n: b', ['bad-key']],
    ['a: 99999999999999999999999', ['bad-number']],
    ['a: .inf', ['bad-number']],
    ['a: "\\0"', ['bad-value']],
    ['a: "\\ud800"', ['bad-value']],
    ['a: "b', ['yaml-syntax']],
    ['a: b\n---\nc: d', ['yaml-syntax']],
    ['\ta: 1', ['yaml-syntax']],
    ['with: { a: ${{ x }} }', ['yaml-syntax']],
  ])('%j is refused: %j', (source, expected) => {
    expect(rules(source)).toEqual(expected);
  });

  it('a negated expression without quotes would lose its first word: an error with the fix', () => {
    const [fault] = read('a: 1\nif: !vars.single').faults;
    expect(fault).toMatchObject({
      rule: 'dropped-tag',
      line: 2,
      column: 5,
      path: 'if',
      fix: 'Put quotes around it: "!vars.single".',
    });
  });

  it('only the first syntax fault is given, every other kind at once', () => {
    expect(rules('a: "b\nc: "d')).toHaveLength(1);
    expect(rules('a: 1\na: 2\nb: !x y\nc: &d 1')).toHaveLength(3);
  });
});

describe('positions', () => {
  const source =
    'phases:\n  - id: a\n    if: "x == 1"\n    when: |\n      one\n      two\n    esc: "a\\tb"\n    "odd key": v\n';
  const { positions } = read(source);

  it('points at values, keys and characters inside text', () => {
    expect(positions.of('phases[0].id')).toEqual({ line: 2, column: 9 });
    expect(positions.ofKey('phases[0].if')).toEqual({ line: 3, column: 5 });
    expect(positions.within('phases[0].if', 5)).toEqual({ line: 3, column: 15, exact: true });
    expect(positions.of('phases[0]["odd key"]')).toEqual({ line: 8, column: 16 });
  });

  it('says when it cannot point inside', () => {
    expect(positions.within('phases[0].when', 4)).toMatchObject({ line: 4, exact: false });
    expect(positions.within('phases[0].esc', 2)).toMatchObject({ line: 7, exact: false });
  });

  it('falls back to the nearest container', () => {
    expect(positions.of('phases[0].missing.deep[3]')).toEqual({ line: 2, column: 5 });
    expect(positions.of('nothing')).toEqual({ line: 1, column: 1 });
  });
});

describe('hostile files', () => {
  it.each([
    ['brackets', '['.repeat(100_000)],
    ['balanced brackets', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
    ['maps in maps', '{a: '.repeat(50_000)],
    ['dashes on one line', `${'- '.repeat(100_000)}x`],
    ['question marks on one line', `${'? '.repeat(100_000)}x`],
    ['keys on one line', 'a: '.repeat(100_000)],
    ['indentation', Array.from({ length: 1_000 }, (_, level) => `${' '.repeat(level)}a:`).join('\n')],
  ])('nesting by %s is one fault', (_, source) => {
    expect(rules(source)).toEqual(['too-deep']);
  });

  it('values deeper than 64 levels are refused where they stand', () => {
    expect(rules(`a: ${'['.repeat(80)}${']'.repeat(80)}`)).toEqual(['too-deep']);
  });

  it('an alias bomb is refused without being built', () => {
    const bomb = [
      'a: &a [x, x, x]',
      ...'bcdefghij'
        .split('')
        .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[index]}`).join(', ')}]`),
    ].join('\n');
    expect(new Set(rules(bomb))).toEqual(new Set(['alias']));
  });

  it('a file over the limit is one fault, counted in bytes', () => {
    expect(read(`a: ${'x'.repeat(1024 * 1024)}`).faults).toMatchObject([{ rule: 'file-size', line: 1 }]);
    expect(rules(`a: ${'é'.repeat(600_000)}`)).toEqual(['file-size']);
  });

  it('a hundred thousand keys and items are read', () => {
    expect(
      Object.keys(read(Array.from({ length: 60_000 }, (_, index) => `k${index}: 1`).join('\n')).value as object),
    ).toHaveLength(60_000);
    expect(read(`[${'1,'.repeat(100_000)}1]`).value).toHaveLength(100_001);
  });
});
