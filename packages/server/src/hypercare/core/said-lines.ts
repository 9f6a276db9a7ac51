/** What people write in the form of a check-in, a line for each thing. */

/** `none`, a dash or nothing at all says that there is nothing. */
const NOTHING = /^(?:none|nothing|n\/a|-+)\.?$/i;
const TITLE_MAX = 500;

/** One a line; bullets and tick boxes before it are left out. */
export const saidLines = (text: string): readonly string[] =>
  text
    .split(/\r?\n/)
    .map((line) =>
      line
        .replace(/^\s*(?:[-*•]|\d+[.)])\s+/, '')
        .replace(/^\[[ xX]?\]\s*/, '')
        .trim()
        .slice(0, TITLE_MAX),
    )
    .filter((line) => line !== '' && !NOTHING.test(line));

export interface SaidResolution {
  readonly number: number;
  readonly resolution: string;
}

/** `#3 The cache was too small`: what is resolved and how. Lines of another form are not understood. */
export function saidResolutions(text: string): {
  readonly resolved: readonly SaidResolution[];
  readonly notUnderstood: readonly string[];
} {
  const resolved: SaidResolution[] = [];
  const notUnderstood: string[] = [];
  for (const line of saidLines(text)) {
    const [, number, resolution] = /^#?(\d{1,6})\b[\s:.,-]*(.*)$/.exec(line) ?? [];
    if (number === undefined) notUnderstood.push(line);
    else resolved.push({ number: Number(number), resolution: resolution || 'Said to be resolved at a check-in' });
  }
  return { resolved, notUnderstood };
}
