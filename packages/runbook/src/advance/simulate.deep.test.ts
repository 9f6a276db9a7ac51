import fc from 'fast-check';
import { describe, it } from 'vitest';
import { simulate } from './testing/simulate.ts';

describe('simulated histories', () => {
  it('RUN-09 RUN-25 RUN-38 RUN-40: 20,000 random histories of the whole language hold every invariant', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), (seed) => {
        simulate(seed);
      }),
      { numRuns: 20_000 },
    );
  }, 900_000);
});
