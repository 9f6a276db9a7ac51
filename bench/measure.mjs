import { quantile } from './statistics.mjs';

/**
 * Operations per second of `work`, which does `count` of them.
 *
 * @param {number} count
 * @param {() => unknown} work
 */
export async function perSecond(count, work) {
  const startedAt = performance.now();
  await work();
  return count / ((performance.now() - startedAt) / 1000);
}

/**
 * Milliseconds each of `count` calls took, one after another, as a quantile (0.99 for the p99).
 *
 * @param {number} count
 * @param {number} share
 * @param {(index: number) => unknown} work
 */
export async function millisecondsAt(count, share, work) {
  const values = [];
  for (let index = 0; index < count; index++) {
    const startedAt = performance.now();
    await work(index);
    values.push(performance.now() - startedAt);
  }
  return quantile(values, share);
}
