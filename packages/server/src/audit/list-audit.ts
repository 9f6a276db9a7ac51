import { TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import type { Ctx } from '../access/index.ts';
import { permitAudit } from './permit-audit.ts';
import type { AuditFilter, AuditPage, AuditRow } from './types.ts';

export interface PageRequest {
  readonly cursor?: string;
  /** 1 to 500; 50 when not given. */
  readonly limit?: number;
}

interface LogRow {
  readonly seq: string;
  readonly id: string;
  readonly at: Date;
  readonly actor_kind: AuditRow['actorKind'];
  readonly actor_id: string;
  readonly action: string;
  readonly tenant_id: string | null;
  readonly run_id: string | null;
  readonly subject_kind: string;
  readonly subject_id: string;
  readonly payload: unknown;
}

const payloadSchema = z.object({
  actor: z.record(z.string(), z.unknown()),
  subjectName: z.string().optional(),
  reason: z.string().optional(),
  detail: z.unknown().optional(),
});

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 500;

/**
 * One page of the log, newest first. What it can see is what the transaction's role can: everything for an operator,
 * one tenant's rows in a tenant's transaction.
 *
 * @throws access.forbidden without `audit:read`, and to people of a client; request.invalid for a cursor or limit out of form.
 */
export async function listAudit(ctx: Ctx, filter: AuditFilter = {}, page: PageRequest = {}): Promise<AuditPage> {
  permitAudit(ctx.actor);
  const limit = page.limit ?? LIMIT_DEFAULT;
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
    throw new TenantryError('request.invalid', `A page has 1 to ${LIMIT_MAX} rows.`);
  }
  const { where, values } = conditions(filter, page.cursor);
  const { rows } = await ctx.tx.query<LogRow>(
    `select seq::text, id, at, actor_kind, actor_id, action, tenant_id, run_id, subject_kind, subject_id, payload
     from audit_log ${where} order by audit_log.seq desc limit ${limit + 1}`,
    values,
  );
  const shown = rows.slice(0, limit);
  return { rows: shown.map(toAuditRow), cursor: rows.length > limit ? shown.at(-1)?.seq : undefined };
}

function conditions(filter: AuditFilter, cursor: string | undefined) {
  if (cursor !== undefined && !/^[1-9]\d{0,17}$/.test(cursor)) {
    throw new TenantryError('request.invalid', 'The cursor is not one that a page gave.', {
      next: 'Start again without a cursor.',
    });
  }
  const asked: readonly (readonly [condition: string, value: unknown])[] = [
    ['seq < ?', cursor],
    ['tenant_id = ?', filter.tenantId],
    ['run_id = ?', filter.runId],
    ['actor_id = ?', filter.actorId],
    ["action like ? escape '!'", filter.action === undefined ? undefined : prefixPattern(filter.action)],
    ['at >= ?', filter.from],
    ['at < ?', filter.to],
  ];
  const given = asked.filter(([, value]) => value !== undefined);
  const where = given.map(([condition], index) => condition.replace('?', `$${index + 1}`)).join(' and ');
  return { where: where === '' ? '' : `where ${where}`, values: given.map(([, value]) => value) };
}

/** An action name holds `_`, which LIKE would read as "any character". */
const prefixPattern = (prefix: string): string => `${prefix.replaceAll(/[!%_]/g, '!$&')}%`;

function toAuditRow(row: LogRow): AuditRow {
  const payload = row.payload === null ? undefined : payloadSchema.parse(row.payload);
  return {
    id: row.id,
    seq: row.seq,
    at: row.at,
    action: row.action,
    actorKind: row.actor_kind,
    actorId: row.actor_id,
    tenantId: row.tenant_id,
    runId: row.run_id,
    subject: {
      kind: row.subject_kind,
      id: row.subject_id,
      ...(payload?.subjectName === undefined ? {} : { name: payload.subjectName }),
    },
    erased: payload === undefined,
    actor: payload?.actor,
    reason: payload?.reason,
    detail: payload?.detail,
  };
}
