/** What a tenant uses of what its contract allows. */
import type { StoredReport } from './summarize.ts';

export interface Usage {
  readonly name: string;
  /** Null: nobody counts it here. */
  readonly used: number | null;
  /** Null: unlimited, or not set yet. */
  readonly limit: number | null;
  /** Used of the limit, 0 to 1 and beyond. */
  readonly share: number | null;
  readonly text: string;
}

type Limit = number | 'unlimited';

export function usageOf(
  limits: Readonly<Record<string, Limit>>,
  used: Readonly<Record<string, number>>,
): readonly Usage[] {
  return Object.entries(limits)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, bound]) => {
      const count = used[name] ?? null;
      const limit = bound === 'unlimited' ? null : bound;
      const share = count === null || limit === null || limit === 0 ? null : count / limit;
      const said = count === null ? 'not counted here' : String(count);
      const of = limit === null ? 'no limit' : `of ${limit}`;
      const part = share === null ? '' : `, ${Math.round(share * 100)} %`;
      return { name, used: count, limit, share, text: `${said} ${of}${part}` };
    });
}

const QUARTER_MS = 900_000;

/**
 * Most requests in any quarter of an hour (of the clock), over all processes. A report longer than that counts evenly
 * over its time; undefined without reports.
 */
export function busiestQuarter(reports: readonly StoredReport[]): number | undefined {
  const quarters = new Map<number, number>();
  for (const { from, to, requests } of reports) {
    const perMs = requests / (to.getTime() - from.getTime());
    for (let at = from.getTime(); at < to.getTime(); ) {
      const quarter = Math.floor(at / QUARTER_MS);
      const end = Math.min((quarter + 1) * QUARTER_MS, to.getTime());
      quarters.set(quarter, (quarters.get(quarter) ?? 0) + perMs * (end - at));
      at = end;
    }
  }
  let most: number | undefined;
  for (const count of quarters.values()) most = Math.max(most ?? 0, count);
  return most === undefined ? undefined : Math.round(most);
}
