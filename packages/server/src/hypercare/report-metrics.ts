/** Figures of a tenant come in: from the vendor's application, which alone knows them. */
import { createHash } from 'node:crypto';
import { canonicalJson, isUuid, type MetricsReport, TenantryError } from '@tenantry/contract';
import { type Ctx, permit } from '../access/index.ts';
import { findTenant, findTenantBySlug, isWithinReach, type Tenant } from '../tenants/index.ts';

export interface ReportInput {
  /** Id or slug. */
  readonly tenant: string;
  readonly report: MetricsReport;
}

/** A clock may run ahead by so much; a report may be so late after an outage. */
const AHEAD_MAX_MS = 60_000;
const LATE_MAX_MS = 86_400_000;

/**
 * Keeps one report. The same one sent again is known and changes nothing, whoever asks how often. It is deliberately in
 * no audit row: a report is a reading and no act, and one a minute for each tenant would bury the acts.
 *
 * @throws access.forbidden, tenant.not_found; request.invalid for a time that cannot be; metrics.conflict
 */
export async function reportMetrics(ctx: Ctx, { tenant: idOrSlug, report }: ReportInput): Promise<'stored' | 'known'> {
  const tenant = await loadReported(ctx, idOrSlug);
  assertTimely(ctx, report);
  // Two reports of one source at once would not see each other's time.
  await ctx.tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `metrics ${tenant.id} ${report.source}`,
  ]);
  const hash = createHash('sha256').update(canonicalJson(report)).digest();
  const { rows } = await ctx.tx.query<{ starts_at: Date; hash: Buffer }>(
    `select starts_at, hash from tenant_metrics
     where tenant_id = $1 and source = $2 and starts_at < $4 and ends_at > $3`,
    [tenant.id, report.source, report.from, report.to],
  );
  if (rows.some((row) => hash.equals(row.hash))) return 'known';
  if (rows.length > 0) throw conflict(report);
  await insert(ctx, tenant.id, report, hash);
  return 'stored';
}

async function loadReported({ tx, actor }: Ctx, idOrSlug: string): Promise<Tenant> {
  permit(actor, 'metrics:write');
  const tenant = isUuid(idOrSlug) ? await findTenant(tx, idOrSlug) : await findTenantBySlug(tx, idOrSlug);
  if (tenant !== undefined && isWithinReach(actor, 'metrics:write', tenant)) return tenant;
  throw new TenantryError('tenant.not_found', `There is no tenant ${idOrSlug}.`, { next: 'Check the id or slug.' });
}

function assertTimely({ now }: Ctx, { from, to }: MetricsReport): void {
  const ahead = Date.parse(to) - now.getTime();
  const late = now.getTime() - Date.parse(from);
  if (ahead <= AHEAD_MAX_MS && late <= LATE_MAX_MS) return;
  const message = ahead > AHEAD_MAX_MS ? 'lies in the future' : 'is more than a day ago';
  throw new TenantryError('request.invalid', `The time of the report ${message}.`, {
    faults: [{ path: ahead > AHEAD_MAX_MS ? 'to' : 'from', message }],
    next: 'Set the clock of the application, and report at least once a day.',
  });
}

async function insert({ tx, now }: Ctx, tenantId: string, report: MetricsReport, hash: Buffer): Promise<void> {
  await tx.query(
    `insert into tenant_metrics (tenant_id, source, starts_at, ends_at, requests, errors, latency, log_ins,
       log_ins_failed, active_users, features, hash, received_at, tickets)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    [
      tenantId,
      report.source,
      report.from,
      report.to,
      report.requests,
      report.errors,
      report.latency ?? null,
      report.log_ins ?? null,
      report.log_ins_failed ?? null,
      report.active_users ?? null,
      report.features,
      hash,
      now,
      report.tickets ?? null,
    ],
  );
}

const conflict = ({ source, from, to }: MetricsReport): TenantryError =>
  new TenantryError(
    'metrics.conflict',
    `${source} has reported time between ${from} and ${to} before, with other figures.`,
    {
      next: 'Begin a report where the last one of the process ended; give each process and each start a source of its own.',
    },
  );
