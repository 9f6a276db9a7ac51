import { describe, expect, it } from 'vitest';
import { playHistories } from './testing/histories.ts';
import { simulate } from './testing/simulate.ts';

describe('simulated histories', () => {
  it('RUN-09 RUN-25 RUN-38 RUN-40: 2,000 random histories of the whole language hold every invariant', () => {
    playHistories(2_000);
  }, 120_000);

  it('reach every end a run can have, so that the invariants are put to the test', () => {
    const ends = new Set(Array.from({ length: 60 }, (_, seed) => simulate(seed).status));
    expect([...ends]).toEqual(expect.arrayContaining(['completed', 'rolled_back', 'cancelled']));
  }, 60_000);
});
