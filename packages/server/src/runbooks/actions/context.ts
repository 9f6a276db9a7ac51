import { TenantryError, toWireId } from '@tenantry/contract';
import type { Person } from '@tenantry/runbook';
import { systemActor } from '../../access/index.ts';
import type { ActionContext } from '../../connectors/kit/index.ts';
import type { Database, Tx } from '../../db/index.ts';
import { loadRun, type Movement, moveRun, type RunRecord } from '../runs/index.ts';

export interface RunActionDeps {
  readonly database: Database;
  readonly now: () => Date;
}

/**
 * The run that the run of this step is about. No other can be named: whoever started the one was checked for the other.
 *
 * @throws runbook.invalid
 */
export async function subjectOf(tx: Tx, ctx: ActionContext): Promise<RunRecord> {
  const { meta } = await loadRun(tx, ctx.run.id);
  if (meta.subjectRunId !== undefined) return loadRun(tx, meta.subjectRunId);
  throw new TenantryError('runbook.invalid', `The step ${ctx.step.id} is about no run.`, {
    next: 'Write `subject: run` in the runbook, and start it from a run.',
  });
}

/** The step as an actor in the history of the other run; its key tells whether it has acted already. */
export const stepAsPerson = (ctx: ActionContext): Person => ({
  id: ctx.key,
  name: `step ${ctx.step.id} of ${toWireId('run', ctx.run.id)}`,
  role: 'runbook',
});

/** Whether this very piece of work moved the run before, and was interrupted before it could say so. */
async function hasActed(tx: Tx, ctx: ActionContext, runId: string): Promise<boolean> {
  const { rowCount } = await tx.query(`select from run_events where run_id = $1 and event #>> '{by,id}' = $2 limit 1`, [
    runId,
    ctx.key,
  ]);
  return (rowCount ?? 0) > 0;
}

/**
 * Moves the run of `subjectOf`, unless this very piece of work has; the event names `stepAsPerson` as whom it is by.
 *
 * @returns the run as it was found
 * @throws runbook.invalid, run.conflict, and what `advance` refuses
 */
export async function actOnSubject(
  { database, now }: RunActionDeps,
  ctx: ActionContext,
  event: Movement['event'],
): Promise<RunRecord> {
  const { subject, acted } = await database.transaction('worker', (tx) => subjectAndActed(tx, ctx));
  if (!acted) await moveRun({ database, actor: systemActor('rollback'), now }, subject.id, { event });
  return subject;
}

/** The run of `subjectOf`, and whether this piece of work has moved it. */
export async function subjectAndActed(tx: Tx, ctx: ActionContext) {
  const subject = await subjectOf(tx, ctx);
  return { subject, acted: await hasActed(tx, ctx, subject.id) };
}
