/** When a runbook is to be looked at again (RUN-02). Days are days in UTC: `YYYY-MM-DD`. */

const WORDS: Readonly<Record<string, string>> = {
  week: '1w',
  month: '1mo',
  quarter: '3mo',
  quarterly: '3mo',
  half_year: '6mo',
  year: '12mo',
  yearly: '12mo',
};

/** The day after `every` has gone by: a word, or a duration in d, w or mo; undefined for any other text. */
export function nextReview(every: string, from: string): string | undefined {
  const word = every.trim().toLowerCase();
  const [, amount, unit] = /^(\d{1,3})(d|w|mo)$/.exec(Object.hasOwn(WORDS, word) ? (WORDS[word] ?? '') : word) ?? [];
  if (amount === undefined || Number(amount) === 0) return undefined;
  if (unit === 'mo') return addMonths(from, Number(amount));
  const day = new Date(`${from}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() + Number(amount) * (unit === 'w' ? 7 : 1));
  return day.toISOString().slice(0, 10);
}

/** The last day of the month stands for one that a month does not have. */
function addMonths(from: string, months: number): string {
  const [year = 0, month = 1, day = 1] = from.split('-').map(Number);
  const last = new Date(Date.UTC(year, month - 1 + months + 1, 0));
  last.setUTCDate(Math.min(day, last.getUTCDate()));
  return last.toISOString().slice(0, 10);
}

export const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

export const isDue = (nextOn: string, at: Date): boolean => nextOn <= dayOf(at);

/** Asked again each month while nobody looks: 0 in the first. */
export const monthsOver = (nextOn: string, at: Date): number =>
  Math.max(0, Math.floor((Date.parse(dayOf(at)) - Date.parse(nextOn)) / (30 * 86_400_000)));
