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
 * Nanoseconds of a processor that one of `count` operations of `work` takes: work in memory alone, whose figure must not
 * depend on who else is using the machine.
 *
 * @param {number} count
 * @param {() => unknown} work
 */
export async function processorNanoseconds(count, work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1_000) / count;
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
