import type { MetricsSummary } from '@tenantry/contract';
import type { Ctx } from '../access/index.ts';
import type { Tx } from '../db/index.ts';
import { readTenant } from '../tenants/index.ts';
import { type Period, type StoredReport, summarizeReports } from './core/summarize.ts';

interface Row {
  readonly tenant_id: string;
  readonly starts_at: Date;
  readonly ends_at: Date;
  readonly requests: string;
  readonly errors: string;
  readonly latency: readonly number[] | null;
  readonly log_ins: string | null;
  readonly log_ins_failed: string | null;
  readonly active_users: number | null;
  readonly tickets: string | null;
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

/** Weeks of reports are read in parts, so that other requests get their turn in between. */
const PART_MS = 12 * 3_600_000;

/** A report belongs to the time it ends in, whole. */
export async function summarizeTenant(tx: Tx, tenantId: string, period: Period): Promise<MetricsSummary> {
  return summarizeReports(period, await readAllReports(tx, tenantId, period));
}

/** Of one tenant, in whatever order. */
export async function readAllReports(tx: Tx, tenantId: string, period: Period): Promise<readonly StoredReport[]> {
  const reports: StoredReport[] = [];
  for (let from = period.from; from < period.to; from = new Date(from.getTime() + PART_MS)) {
    const to = new Date(Math.min(from.getTime() + PART_MS, period.to.getTime()));
    const found = await readReports(tx, [tenantId], { from, to });
    reports.push(...(found.get(tenantId) ?? []));
  }
  return reports;
}

/** By tenant; one of whom nothing was reported is absent. */
export async function readReports(
  tx: Tx,
  tenantIds: readonly string[],
  period: Period,
): Promise<ReadonlyMap<string, readonly StoredReport[]>> {
  const { rows } = await tx.query<Row>(
    `select tenant_id, starts_at, ends_at, requests, errors, to_json(latency) as latency, log_ins,
            log_ins_failed, active_users, tickets, features
     from tenant_metrics where tenant_id = any($1::uuid[]) and ends_at > $2 and ends_at <= $3`,
    [tenantIds, period.from, period.to],
  );
  const reports = new Map<string, StoredReport[]>();
  for (const row of rows) {
    const known = reports.get(row.tenant_id) ?? [];
    known.push(reportOf(row));
    reports.set(row.tenant_id, known);
  }
  return reports;
}

const numberOf = (text: string | null): number | null => (text === null ? null : Number(text));

const reportOf = (row: Row): StoredReport => ({
  from: row.starts_at,
  to: row.ends_at,
  requests: Number(row.requests),
  errors: Number(row.errors),
  latency: row.latency,
  logIns: numberOf(row.log_ins),
  logInsFailed: numberOf(row.log_ins_failed),
  activeUsers: row.active_users,
  tickets: numberOf(row.tickets),
  features: row.features,
});
