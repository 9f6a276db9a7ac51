import type { AttemptView } from '@tenantry/contract';
import { type Ctx, isClientPerson } from '../../access/index.ts';
import { reachRun } from '../runs/index.ts';

interface Row extends Omit<AttemptView, 'step' | 'created_at' | 'started_at' | 'finished_at'> {
  readonly step_id: string;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
}

/** Every try of every step, oldest first. What a call was handed is the vendor's own business. */
export async function listAttempts(ctx: Ctx, runId: string): Promise<AttemptView[]> {
  await reachRun(ctx, runId);
  const internal = !isClientPerson(ctx.actor);
  const { rows } = await ctx.tx.query<Row>(
    `select step_id, round, try, verb, name, environment, status, case when $2 then input end as input, failure,
            created_at, started_at, finished_at
     from run_attempts where run_id = $1 order by created_at, step_id, round, try`,
    [runId, internal],
  );
  return rows.map(({ step_id: step, ...row }) => ({
    ...row,
    step,
    created_at: row.created_at.toISOString(),
    started_at: row.started_at?.toISOString() ?? null,
    finished_at: row.finished_at?.toISOString() ?? null,
  }));
}
