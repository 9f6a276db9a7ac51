import type { Ctx } from '../../access/index.ts';
import type { Database } from '../../db/index.ts';
import type { RunRecord } from '../../runbooks/index.ts';
import { loadOwnRun, type Visitor } from '../visitor.ts';
import { concernsClient } from './view-progress.ts';

const RUNS_MAX = 30;

/** Ids of the tenant's runs, newest first, as row-level security shows them. */
export async function listOwnRunIds(database: Database, { tenantId }: Visitor): Promise<readonly string[]> {
  const { rows } = await database.tenantTransaction(tenantId, (tx) =>
    tx.query<{ id: string }>(`select id from runs order by created_at desc, id limit ${RUNS_MAX}`),
  );
  return rows.map(({ id }) => id);
}

/** Those that ask anything of the client. */
export async function loadOwnRuns(ctx: Ctx, visitor: Visitor, ids: readonly string[]): Promise<readonly RunRecord[]> {
  const records: RunRecord[] = [];
  for (const id of ids) {
    const record = await loadOwnRun(ctx, visitor, id).catch(() => undefined);
    if (record !== undefined && concernsClient(record.runbook)) records.push(record);
  }
  return records;
}
