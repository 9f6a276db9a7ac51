import { describe, expect, it } from 'vitest';
import { coveragePage, proofsIn, proofsOfCases } from './proven-requirements.mjs';

const proofs = (source: string): string[] =>
  proofsIn('a.test.ts', source).map((proof) => `${proof.id} ${proof.guarantee}`);

describe('titles', () => {
  it('an id at the start or in brackets counts, and several may stand together', () => {
    expect(proofs("it('AB-03: one', f);")).toEqual(['AB-03 one']);
    expect(proofs("test('AB-03, CD-17: two', f);")).toEqual(['AB-03 two', 'CD-17 two']);
    expect(proofs("it('three holds (AB-03)', f);")).toEqual(['AB-03 three holds']);
    expect(proofs("it('four [AB-03 and CD-17]', f);")).toEqual(['AB-03 four', 'CD-17 four']);
  });

  it('a range names what lies between, and a case of a runbook counts like a test', () => {
    expect(proofs("it('AB-03 to AB-05, CD-17: one', f);")).toEqual([
      'AB-03 one',
      'AB-05 one',
      'CD-17 one',
      'AB-04 one',
    ]);
    expect(proofsOfCases('a.test.yaml', [{ name: 'two (AB-03)' }])).toEqual([
      { id: 'AB-03', guarantee: 'two', path: 'a.test.yaml' },
    ]);
  });

  it('conditional, parameterised and template titles are read', () => {
    expect(proofs("it.skipIf(x)('AB-03: one', f); it.each([1])('AB-04: %s', f); it(`AB-05: ${n}`, f);")).toEqual([
      'AB-03 one',
      'AB-04 %s',
      'AB-05 …',
    ]);
  });

  it('an id inside a sentence, a comment or another call proves nothing', () => {
    expect(proofs("it('is like AB-03 was', f); // it('AB-03: no')\nlog('AB-03: no');")).toEqual([]);
  });
});

describe('page', () => {
  const groups = [{ prefix: 'AB', count: 5, about: 'letters' }];

  it('lists what is proven with its guarantee and file, then the rest in ranges', () => {
    const { page } = coveragePage(groups, [{ id: 'AB-03', guarantee: 'a | b', path: 'a.test.ts' }]);
    expect(page).toContain('1 of 5 requirements');
    expect(page).toContain('| AB-03 | a \\| b | `a.test.ts` |');
    expect(page).toContain('| AB | letters | 01-02, 04-05 |');
  });

  it('does not depend on the order the tests were found in', () => {
    const found = ['z', 'a'].map((path) => ({ id: 'AB-01', guarantee: 'g', path }));
    expect(coveragePage(groups, found).page).toBe(coveragePage(groups, found.toReversed()).page);
  });

  it('an id that does not exist is reported, not counted', () => {
    const proof = { id: 'AB-06', guarantee: 'g', path: 'a.test.ts' };
    const { page, unknown } = coveragePage(groups, [proof]);
    expect(unknown).toEqual([proof]);
    expect(page).toContain('0 of 5 requirements');
  });
});
