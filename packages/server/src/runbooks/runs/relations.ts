/** What a move of one run asks of others: runs to start and to end, parents to tell, events to catch up with. */
import { type Command, effectiveStep, findStep, isTerminal, ownersOf } from '@tenantry/runbook';
import type { Ctx } from '../../access/index.ts';
import type { Job } from '../../engine/index.ts';
import type { Move } from './move.ts';
import { ASKED_TASK, CATCH_UP_TASK, END_TASK, ESCALATE_TASK, START_TASK, TELL_PARENT_TASK } from './tasks.ts';

export function jobsOfRelations(move: Move): readonly Job[] {
  const { id, meta } = move.before;
  const jobs = move.commands.flatMap((command) => jobOf(id, command) ?? askedJob(move, command) ?? []);
  // A child that was completed ends a second time when it is taken back with its parent.
  const ended = isTerminal(move.state.status) && move.state.status !== move.before.state.status;
  return ended && meta.parent !== undefined ? [...jobs, { task: TELL_PARENT_TASK, payload: { run: id } }] : jobs;
}

function jobOf(run: string, command: Command): Job | undefined {
  switch (command.do) {
    case 'start_child': {
      const { step, round, try: number } = command;
      return { task: START_TASK, payload: { run, step, round, try: number, kind: 'child' } };
    }
    case 'start_remedy':
      return { task: START_TASK, payload: { run, step: command.step, round: command.round, try: 0, kind: 'remedy' } };
    case 'end_child':
      return { task: END_TASK, payload: { run: command.child, parent: run, undo: command.undo } };
    case 'watch':
      return { task: CATCH_UP_TASK, payload: { run, step: command.step } };
    case 'escalate':
      return { task: ESCALATE_TASK, payload: { run, step: command.step, to: command.to, rung: command.rung } };
    default:
      return undefined;
  }
}

/** Asked of the client, so that somebody there is told; people of the vendor have their own list. */
function askedJob({ before, state }: Move, command: Command): Job | undefined {
  if (command.do !== 'ask') return undefined;
  const { runbook, id: run } = before;
  const written = findStep(runbook, command.step);
  if (written === undefined) return undefined;
  const { body } = effectiveStep(written, state.steps[command.step]);
  const roles = body.kind === 'approve' || body.kind === 'sign_off' ? body.by : ownersOf(runbook, written).roles;
  if (!roles.some((role) => runbook.roles[role]?.party === 'client')) return undefined;
  return { task: ASKED_TASK, payload: { run, step: command.step } };
}

interface StartRow {
  readonly step: string;
  readonly round: number;
  readonly try: number;
  readonly kind: 'child' | 'remedy';
  readonly runbook: string;
  readonly input: unknown;
}

/** A job holds ids only, so what the run is to start with is kept beside it. */
export async function recordStarts(ctx: Ctx, move: Move): Promise<void> {
  const rows = move.commands.flatMap((command) => startOf(command) ?? []);
  if (rows.length === 0) return;
  await ctx.tx.query(
    `insert into run_starts (run_id, step_id, round, try, kind, runbook_id, input, created_at)
     select $1, x.step, x.round, x.try, x.kind, x.runbook, x.input, $3
     from jsonb_to_recordset($2::jsonb) as x(step text, round int, try int, kind text, runbook text, input jsonb)
     on conflict do nothing`,
    [move.before.id, JSON.stringify(rows), ctx.now],
  );
}

function startOf(command: Command): StartRow | undefined {
  if (command.do === 'start_child') {
    const { step, round, try: number, runbook, with: input } = command;
    return { step, round, try: number, kind: 'child', runbook, input };
  }
  if (command.do === 'start_remedy') {
    const { step, round, runbook } = command;
    return { step, round, try: 0, kind: 'remedy', runbook, input: {} };
  }
  return undefined;
}
