import type { MetricsSummary } from '@tenantry/contract';
import type { Ctx } from '../access/index.ts';
import type { Tx } from '../db/index.ts';
import { readTenant } from '../tenants/index.ts';
import { type Period, type StoredReport, summarizeReports } from './core/summarize.ts';

interface Row {
  readonly starts_at: Date;
  readonly ends_at: Date;
  readonly requests: string;
  readonly errors: string;
  readonly latency: readonly string[] | null;
  readonly log_ins: string | null;
  readonly log_ins_failed: string | null;
  readonly active_users: number | null;
  readonly features: Readonly<Record<string, number>>;
}

/** The last so many minutes, up to the transaction's time. */
export const lastMinutes = (now: Date, minutes: number): Period => ({
  from: new Date(now.getTime() - minutes * 60_000),
  to: now,
});

/** @throws tenant.not_found, access.forbidden, access.support_required */
export async function readMetrics(
  ctx: Ctx,
  input: { readonly tenant: string; readonly minutes: number },
): Promise<MetricsSummary> {
  const tenant = await readTenant(ctx, input.tenant);
  return summarizeTenant(ctx.tx, tenant.id, lastMinutes(ctx.now, input.minutes));
}

/** A report belongs to the time it ends in, whole. */
export async function summarizeTenant(tx: Tx, tenantId: string, period: Period): Promise<MetricsSummary> {
  const { rows } = await tx.query<Row>(
    `select starts_at, ends_at, requests, errors, latency, log_ins, log_ins_failed, active_users, features
     from tenant_metrics where tenant_id = $1 and ends_at > $2 and ends_at <= $3`,
    [tenantId, period.from, period.to],
  );
  return summarizeReports(period, rows.map(reportOf));
}

const numberOf = (text: string | null): number | null => (text === null ? null : Number(text));

const reportOf = (row: Row): StoredReport => ({
  from: row.starts_at,
  to: row.ends_at,
  requests: Number(row.requests),
  errors: Number(row.errors),
  latency: row.latency?.map(Number) ?? null,
  logIns: numberOf(row.log_ins),
  logInsFailed: numberOf(row.log_ins_failed),
  activeUsers: row.active_users,
  features: row.features,
});
