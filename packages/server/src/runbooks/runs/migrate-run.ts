import { advance, migrateState, type RunState, stepsOf } from '@tenantry/runbook';
import { type Ctx, permit } from '../../access/index.ts';
import { loadRunbook, requireApprovals } from '../library/index.ts';
import { personFor, refuseStrangers } from './acting.ts';
import { commitRun } from './commit-run.ts';
import { forgetRun, loadRun } from './load-run.ts';
import { pinRunbooks } from './prepare-run.ts';
import type { RunRecord } from './run-record.ts';

export interface MigrationInput {
  /** The version to go on under. */
  readonly to: string;
  /** A phase of it that begins anew, with all that depends on it. */
  readonly reopen?: string;
  readonly role?: string;
  readonly reason: string;
}

/**
 * Carries a live run over to another version of its runbook: an act of a named person, on a version that its approvers
 * have approved.
 *
 * @throws runbook.not_found, runbook.not_approved, run.not_migratable with every reason, run.wrong_state,
 *   access.forbidden
 */
export async function migrateRun(
  ctx: Ctx,
  runId: string,
  input: MigrationInput,
  { mode }: { readonly mode: 'development' | 'production' },
): Promise<RunRecord> {
  permit(ctx.actor, 'runs:write');
  const record = await loadRun(ctx.tx, runId, { lock: true });
  refuseStrangers(ctx.actor, 'runs:write', record);
  const published = await loadRunbook(ctx.tx, record.runbook.id, input.to);
  await requireApprovals(ctx, published, mode);
  const to = published.definition;
  const by = personFor(ctx.actor, to.may.override, input.role);
  const { reason, reopen } = input;
  const at = ctx.now.toISOString();
  const again = reopen === undefined ? {} : { reopen };
  const carried = migrateState({ from: record.runbook, to, state: record.state, at, ...again });
  const before = { ...record, runbook: to, state: carried };
  await replaceSteps(ctx, runId, before);
  await ctx.tx.query('update runs set runbook_version = $2, pins = $3 where id = $1', [
    runId,
    to.version,
    JSON.stringify(await pinRunbooks(ctx, to, mode)),
  ]);
  const event = { type: 'migrated', at, from: record.runbook.version, to: to.version, ...again, by, reason } as const;
  const { state, commands } = advance(to, carried, event);
  await commitRun(ctx, { before, event, state, commands });
  // This process may remember the run with the definition it had.
  forgetRun(runId);
  return { ...before, revision: before.revision + 1, state };
}

/** The rows of the steps of the new version, as they were carried over; those it has no more go. */
async function replaceSteps(
  ctx: Ctx,
  runId: string,
  { runbook, state }: { readonly runbook: RunRecord['runbook']; readonly state: RunState },
): Promise<void> {
  const rows = stepsOf(runbook).map(({ id }, position) => ({ step: id, position, state: state.steps[id] }));
  await ctx.tx.query(
    `insert into run_steps (run_id, step_id, position, status, waiting_for, state, updated_at)
     select $1, x.step, x.position, x.state ->> 'status', x.state ->> 'waitingFor', x.state, $3
     from jsonb_to_recordset($2::jsonb) as x(step text, position int, state jsonb)
     on conflict (run_id, step_id) do update set position = excluded.position`,
    [runId, JSON.stringify(rows), ctx.now],
  );
  await ctx.tx.query('delete from run_steps where run_id = $1 and not step_id = any($2)', [
    runId,
    rows.map(({ step }) => step),
  ]);
  // Nobody is told of a question that went with its step.
  await ctx.tx.query(
    `update run_news set ended_at = $3 where run_id = $1 and kind = 'ask' and ended_at is null and not subject = any($2)`,
    [runId, rows.map(({ step }) => step), ctx.now],
  );
}
