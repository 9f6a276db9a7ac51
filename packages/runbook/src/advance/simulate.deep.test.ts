import { describe, it } from 'vitest';
import { playHistories } from './testing/histories.ts';

describe('simulated histories', () => {
  it('RUN-09 RUN-25 RUN-38 RUN-40: 20,000 random histories of the whole language hold every invariant', () => {
    playHistories(20_000);
  }, 900_000);
});
