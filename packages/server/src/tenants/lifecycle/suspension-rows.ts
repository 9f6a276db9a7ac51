import { randomUUID } from 'node:crypto';
import type { Ctx } from '../../access/index.ts';
import type { Tx } from '../../db/index.ts';
import type { AccessMode } from '../core/status.ts';
import { byPriority, type Cause } from '../core/suspension.ts';
import { runOf } from '../history.ts';

/** One cause for which a tenant is or was suspended. */
export interface Suspension {
  readonly id: string;
  readonly tenantId: string;
  readonly cause: Cause;
  readonly accessMode: AccessMode;
  readonly reason: string;
  readonly authority: string;
  readonly historyId: number;
  readonly beganAt: Date;
  readonly endedAt: Date | null;
  readonly resolution: string | null;
}

const COLUMNS = `id, tenant_id as "tenantId", cause, access_mode as "accessMode", reason, authority,
  history_id::int as "historyId", began_at as "beganAt", ended_at as "endedAt", resolution`;

/** The causes that hold now, most urgent first. */
export async function listOpenSuspensions(tx: Tx, tenantId: string): Promise<readonly Suspension[]> {
  const { rows } = await tx.query<Suspension>(
    {
      name: 'suspensions-open',
      text: `select ${COLUMNS} from tenant_suspensions where tenant_id = $1 and ended_at is null`,
    },
    [tenantId],
  );
  return rows.sort((a, b) => byPriority(a.cause, b.cause));
}

export async function findSuspension(tx: Tx, tenantId: string, id: string): Promise<Suspension | undefined> {
  const { rows } = await tx.query<Suspension>(
    `select ${COLUMNS} from tenant_suspensions where tenant_id = $1 and id = $2`,
    [tenantId, id],
  );
  return rows[0];
}

export async function findSuspensionByKey(tx: Tx, tenantId: string, key: string): Promise<Suspension | undefined> {
  const { rows } = await tx.query<Suspension>(
    `select ${COLUMNS} from tenant_suspensions where tenant_id = $1 and key = $2 order by began_at desc limit 1`,
    [tenantId, key],
  );
  return rows[0];
}

export interface NewSuspension
  extends Pick<Suspension, 'tenantId' | 'cause' | 'accessMode' | 'reason' | 'authority' | 'historyId'> {
  readonly key: string | undefined;
}

export async function insertSuspension(ctx: Ctx, row: NewSuspension): Promise<Suspension> {
  const { rows } = await ctx.tx.query<Suspension>(
    `insert into tenant_suspensions (id, tenant_id, cause, access_mode, reason, authority, history_id, key, run_id, began_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning ${COLUMNS}`,
    [
      randomUUID(),
      row.tenantId,
      row.cause,
      row.accessMode,
      row.reason,
      row.authority,
      row.historyId,
      row.key ?? null,
      runOf(ctx.actor),
      ctx.now,
    ],
  );
  return rows[0] as Suspension;
}

export async function endSuspension(ctx: Ctx, id: string, resolution: string): Promise<void> {
  await ctx.tx.query(
    'update tenant_suspensions set ended_at = $2, resolution = $3 where id = $1 and ended_at is null',
    [id, ctx.now, resolution],
  );
}
