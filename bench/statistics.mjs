/**
 * @param {readonly number[]} values
 * @param {number} share between 0 and 1
 */
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  if (below === undefined || above === undefined) throw new RangeError('no value was measured');
  return below + (above - below) * (at - Math.floor(at));
}

/** @param {readonly number[]} values */
export const median = (values) => quantile(values, 0.5);

/**
 * Half the distance between the quartiles, in percent of the median: one slow repetition does not move it.
 *
 * @param {readonly number[]} values
 */
export function spreadPercent(values) {
  const middle = median(values);
  if (middle === 0) return 0;
  return ((quantile(values, 0.75) - quantile(values, 0.25)) / 2 / Math.abs(middle)) * 100;
}
