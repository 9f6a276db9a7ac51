import type { MetricsSummary } from '@tenantry/contract';
import type { Tx } from '../db/index.ts';
import { summarizeReports } from './core/summarize.ts';
import { lastMinutes, readReports } from './read-metrics.ts';

export interface TenantSummary {
  readonly tenantId: string;
  /** Seconds since the newest report ends. */
  readonly reportAgeSeconds: number;
  /** Of the last five minutes. */
  readonly summary: MetricsSummary;
}

const MINUTES = 5;

/**
 * The newest tenants that report, as far as the cap goes: those in hypercare are the newest. The others are counted.
 * Tenants that were offboarded are past watching.
 */
export async function summarizeTenants(
  tx: Tx,
  { now, max }: { readonly now: Date; readonly max: number },
): Promise<{ readonly shown: readonly TenantSummary[]; readonly omitted: number }> {
  const { rows } = await tx.query<{ id: string; newest: Date; reporting: string }>(
    `select id, newest, count(*) over () as reporting from (
       select t.id, t.created_at,
              (select m.ends_at from tenant_metrics m where m.tenant_id = t.id order by m.ends_at desc limit 1) as newest
       from tenants t where t.status <> 'offboarded'
     ) as reported
     where newest is not null order by created_at desc, id limit $1`,
    [Math.max(max, 1)],
  );
  const newest = rows.slice(0, max);
  const period = lastMinutes(now, MINUTES);
  const reports = await readReports(
    tx,
    newest.map(({ id }) => id),
    period,
  );
  const shown = newest.map(({ id, newest: at }) => ({
    tenantId: id,
    reportAgeSeconds: Math.max(0, (now.getTime() - at.getTime()) / 1_000),
    summary: summarizeReports(period, reports.get(id) ?? []),
  }));
  return { shown, omitted: Number(rows[0]?.reporting ?? 0) - shown.length };
}
