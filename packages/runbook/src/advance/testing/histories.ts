/** The property both tiers put to the test, with as many histories as each has time for. */
import fc from 'fast-check';
import { simulate } from './simulate.ts';

const SEED_MAX = 2 ** 31;
/** Histories that once broke an invariant. */
const BROKE_ONCE = [
  16, 29, 57, 128, 411, 666, 669, 1_031, 1_256, 1_614, 1_758, 1_006_723, 42_914_974, 50_000_515, 1_007_685_746,
  2_019_354_060,
];
/** Whether a change may land is not for chance to say: CI plays the same histories again, everybody else new ones. */
const SEED_IN_CI = 40;

/** @throws when an invariant breaks; the message names the seed for `simulate` */
export function playHistories(count: number): void {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: SEED_MAX }), (seed) => {
      simulate(seed);
    }),
    {
      numRuns: count,
      examples: BROKE_ONCE.map((seed): [number] => [seed]),
      ...(process.env.TENANTRY_CI === undefined ? {} : { seed: SEED_IN_CI }),
    },
  );
}
