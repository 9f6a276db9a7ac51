/** Durations as people write them, in the words of the language: `1-2 weeks` is `1w-2w`. */

const UNITS: readonly (readonly [RegExp, string, number])[] = [
  [/^(s|secs?|seconds?)$/, 's', 1],
  [/^(m|mins?|minutes?)$/, 'm', 60],
  [/^(h|hrs?|hours?)$/, 'h', 3_600],
  [/^(business|working) days?$/, 'bd', 86_400],
  [/^(d|days?)$/, 'd', 86_400],
  [/^(w|wks?|weeks?)$/, 'w', 604_800],
  [/^(mo|months?)$/, 'mo', 2_629_800],
];
const SPAN =
  /(\d+(?:\.\d+)?)(?:\s*(?:-|–|—|to)\s*(\d+(?:\.\d+)?))?\s*(seconds?|secs?|minutes?|mins?|hours?|hrs?|(?:business|working) days?|days?|weeks?|wks?|months?|[smhdw](?![\p{L}\p{N}]))/giu;

export interface ReadDuration {
  /** In the language: a duration or a range. */
  readonly text: string;
  /** What else the text says. */
  readonly rest: string;
}

interface Amount {
  readonly text: string;
  readonly seconds: number;
}

/** The shortest and the longest time a text names; undefined where it names none. */
export function readDuration(text: string): ReadDuration | undefined {
  const amounts = [...text.matchAll(SPAN)].flatMap(([, from, to, unit = '']) =>
    [from, to].flatMap((amount) => (amount === undefined ? [] : (toAmount(amount, unit.toLowerCase()) ?? []))),
  );
  amounts.sort((a, b) => a.seconds - b.seconds);
  const [shortest] = amounts;
  const longest = amounts.at(-1);
  if (shortest === undefined || longest === undefined) return undefined;
  const rest = text
    .replace(SPAN, '')
    .replace(/[\s*_.,;~|≈]+/g, ' ')
    .trim();
  return { text: shortest.text === longest.text ? shortest.text : `${shortest.text}-${longest.text}`, rest };
}

function toAmount(amount: string, word: string): Amount | undefined {
  const unit = UNITS.find(([pattern]) => pattern.test(word));
  if (unit === undefined || Number(amount) > 10_000) return undefined;
  const [, short, seconds] = unit;
  // Months and working days come in whole numbers.
  const isWhole = Number.isInteger(Number(amount)) || (short !== 'mo' && short !== 'bd');
  return isWhole ? { text: `${Number(amount)}${short}`, seconds: Number(amount) * seconds } : undefined;
}
