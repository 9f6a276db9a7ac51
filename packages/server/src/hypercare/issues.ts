/** What is open at a tenant: findings of the watch, issues and action items of people (HYP-09, HYP-12, HYP-14). */
import { type IssueKind, type IssueView, TenantryError } from '@tenantry/contract';
import { actorLabel, type Ctx } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Tx } from '../db/index.ts';
import { lockTenant, readTenant } from '../tenants/index.ts';
import type { Breach } from './core/breaches.ts';

interface Row extends Omit<IssueView, 'opened_at' | 'resolved_at'> {
  readonly opened_at: Date;
  readonly resolved_at: Date | null;
}

const COLUMNS = `number, kind, title, metric, figure, threshold, baseline, status, resolution, opened_by, opened_at,
  resolved_by, resolved_at`;

const viewOf = (row: Row): IssueView => ({
  ...row,
  opened_at: row.opened_at.toISOString(),
  resolved_at: row.resolved_at?.toISOString() ?? null,
});

export interface IssueFilter {
  readonly status?: 'open' | 'resolved';
  /** Opened or resolved since then. */
  readonly since?: Date;
}

/** Oldest first. */
export async function listIssues(
  tx: Tx,
  tenantId: string,
  { status, since }: IssueFilter = {},
): Promise<readonly IssueView[]> {
  const { rows } = await tx.query<Row>(
    `select ${COLUMNS} from tenant_issues
     where tenant_id = $1 and ($2::text is null or status = $2)
       and ($3::timestamptz is null or opened_at > $3 or resolved_at > $3)
     order by number limit 1000`,
    [tenantId, status ?? null, since ?? null],
  );
  return rows.map(viewOf);
}

/** @throws tenant.not_found, access.forbidden, access.support_required */
export async function readIssues(
  ctx: Ctx,
  input: { readonly tenant: string; readonly status: 'open' | 'resolved' | 'all' },
): Promise<readonly IssueView[]> {
  const tenant = await readTenant(ctx, input.tenant);
  return listIssues(ctx.tx, tenant.id, input.status === 'all' ? {} : { status: input.status });
}

export interface NewIssue {
  readonly kind: IssueKind;
  readonly title: string;
  /** Names the work: done again, it finds what it opened. */
  readonly key: string;
  readonly breach?: Breach;
}

/**
 * Opens what this work has not opened before. For callers that hold `lockIssues`.
 *
 * @returns its number
 */
export async function openIssue(ctx: Ctx, tenantId: string, issue: NewIssue): Promise<number> {
  const known = await ctx.tx.query<{ number: number }>(
    'select number from tenant_issues where tenant_id = $1 and opened_key = $2',
    [tenantId, issue.key],
  );
  if (known.rows[0] !== undefined) return known.rows[0].number;
  const { breach } = issue;
  const { rows } = await ctx.tx.query<{ number: number }>(
    `insert into tenant_issues (tenant_id, number, kind, title, metric, figure, threshold, baseline, opened_key, opened_by, opened_at)
     select $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10 from tenant_issues where tenant_id = $1
     returning number`,
    [
      tenantId,
      issue.kind,
      issue.title,
      breach?.metric ?? null,
      breach?.figure ?? null,
      breach?.threshold ?? null,
      breach?.baseline ?? null,
      issue.key,
      actorLabel(ctx.actor),
      ctx.now,
    ],
  );
  const number = rows[0]?.number ?? 0;
  await recordAudit(ctx, {
    action: `${issue.kind}.opened`,
    tenantId,
    subject: { kind: issue.kind, id: `${tenantId}#${number}` },
    detail: { number, title: issue.title, ...(breach === undefined ? {} : { ...breach }) },
  });
  return number;
}

/** Numbers are given one after the other, and one finding is open for a figure. */
export const lockIssues = async (tx: Tx, tenantId: string): Promise<void> => {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`issues ${tenantId}`]);
};

/** The finding that is open for each figure. */
export async function openFindings(tx: Tx, tenantId: string): Promise<ReadonlyMap<string, number>> {
  const { rows } = await tx.query<{ metric: string; number: number }>(
    `select metric, number from tenant_issues where tenant_id = $1 and kind = 'finding' and status = 'open'`,
    [tenantId],
  );
  return new Map(rows.map(({ metric, number }) => [metric, number]));
}

export interface Resolution {
  readonly number: number;
  readonly resolution: string;
  /** Names the work, as in `NewIssue`. */
  readonly key: string;
}

/** @returns false when there is no open one of that number */
export async function closeIssue(
  ctx: Ctx,
  tenantId: string,
  { number, resolution, key }: Resolution,
): Promise<boolean> {
  const { rows } = await ctx.tx.query<{ kind: IssueKind }>(
    `update tenant_issues set status = 'resolved', resolution = $3, resolved_key = $4, resolved_by = $5, resolved_at = $6
     where tenant_id = $1 and number = $2 and status = 'open' returning kind`,
    [tenantId, number, resolution, key, actorLabel(ctx.actor), ctx.now],
  );
  const kind = rows[0]?.kind;
  if (kind === undefined) return false;
  await recordAudit(ctx, {
    action: `${kind}.resolved`,
    tenantId,
    subject: { kind, id: `${tenantId}#${number}` },
    detail: { number, resolution },
  });
  return true;
}

/** A person opens one. @throws tenant.not_found, access.forbidden, access.support_required */
export async function reportIssue(
  ctx: Ctx,
  input: { readonly tenant: string; readonly kind: 'issue' | 'action'; readonly title: string; readonly key: string },
): Promise<IssueView> {
  const { id } = await readTenant(ctx, input.tenant);
  await lockTenant(ctx, id);
  await lockIssues(ctx.tx, id);
  const number = await openIssue(ctx, id, input);
  return loadIssue(ctx.tx, id, number);
}

/** A person resolves one. @throws tenant.not_found, access.forbidden, request.not_found, request.invalid */
export async function resolveIssue(ctx: Ctx, input: { readonly tenant: string } & Resolution): Promise<IssueView> {
  const { id } = await readTenant(ctx, input.tenant);
  await lockTenant(ctx, id);
  const closed = await closeIssue(ctx, id, input);
  const issue = await loadIssue(ctx.tx, id, input.number);
  if (closed) return issue;
  throw new TenantryError('request.invalid', `#${input.number} is resolved already: ${issue.resolution ?? ''}`, {
    faults: [{ path: 'number', message: 'is resolved already' }],
    next: 'Open another one if it came back.',
  });
}

async function loadIssue(tx: Tx, tenantId: string, number: number): Promise<IssueView> {
  const { rows } = await tx.query<Row>(`select ${COLUMNS} from tenant_issues where tenant_id = $1 and number = $2`, [
    tenantId,
    number,
  ]);
  if (rows[0] !== undefined) return viewOf(rows[0]);
  throw new TenantryError('request.not_found', `There is no #${number} at this tenant.`, {
    next: 'List what is open: GET /api/v1/tenants/TENANT/issues.',
  });
}
