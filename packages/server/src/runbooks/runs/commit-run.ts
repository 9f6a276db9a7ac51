/**
 * Writes one move of a run: new state, attempts, evidence, ledger, event, audit, jobs and timers, all or
 * nothing. The revision is the lock: whoever moved the run first wins, the other reads again and thinks anew.
 */
import { isTerminal, type RunState } from '@tenantry/runbook';
import type { Ctx } from '../../access/index.ts';
import { recordAuditMany } from '../../audit/index.ts';
import { clearTimers, enqueue, type Job, setTimers, type Timer } from '../../engine/index.ts';
import { releaseReservation } from '../../tenants/index.ts';
import { attemptsOf, carriedBy, laneOf, type Move } from './move.ts';
import { recordNews } from './news.ts';
import { auditOf, evidenceOf } from './records.ts';
import { jobsOfRelations, recordStarts } from './relations.ts';
import { ATTEMPT_TASK, TIMER_TASK } from './tasks.ts';

export const RUN_CHANNEL = 'tenantry_runs';

/**
 * False when the run has moved on since `before` was read, or the attempt is no longer ours: the caller throws, so
 * that the transaction takes the rest back. All statements travel together, before it is known who won.
 */
export async function commitRun(ctx: Ctx, move: Move): Promise<boolean> {
  const { tx } = ctx;
  const ended = isTerminal(move.state.status);
  const { timers, cleared } = timersOf(move);
  const [moved] = await Promise.all([
    writeRows(ctx, move),
    recordAuditMany(ctx, auditOf(ctx, move)),
    enqueue(tx, [...jobsOf(move), ...jobsOfRelations(move)]),
    recordStarts(ctx, move),
    clearTimers(tx, move.before.id, ended ? 'all' : cleared),
    setTimers(tx, timers),
    recordNews(ctx, move),
    isPassage(move) ? undefined : tx.query(TELL_WATCHERS, [[move.before.id]]),
  ]);
  // A tenant that was made keeps its slug by itself; what was only reserved is free again.
  if (moved && ended) await releaseReservation(ctx, move.before.id);
  return moved;
}

export const TELL_WATCHERS = {
  name: 'tell_watchers',
  text: `select pg_notify('${RUN_CHANNEL}', id) from unnest($1::text[]) as id`,
};

/**
 * One step in the middle of many that follow each other by themselves. Watchers hear of it a moment later and
 * outside the transaction: PostgreSQL lets commits that notify through one at a time. The move that ends the lane
 * tells them in its own transaction, so none is missed for good.
 */
export const isPassage = (move: Move): boolean =>
  carriedBy(move) !== undefined && move.state.status === move.before.state.status;

async function writeRows(ctx: Ctx, move: Move): Promise<boolean> {
  const { before, state, result } = move;
  const changed = changedSteps(before.state, state);
  const { rowCount } = await ctx.tx.query({ name: 'commit_run', text: COMMIT }, [
    before.id,
    before.revision,
    ctx.now,
    state.status,
    state.facts === before.state.facts ? null : JSON.stringify(state.facts),
    state.phases === before.state.phases ? null : JSON.stringify(state.phases),
    state.artifacts === before.state.artifacts ? null : JSON.stringify(state.artifacts),
    state.ending === undefined ? null : JSON.stringify(state.ending),
    isTerminal(state.status) && state.status !== before.state.status ? ctx.now : null,
    JSON.stringify(changed),
    JSON.stringify(attemptRows(move)),
    JSON.stringify(evidenceOf(ctx, move)),
    JSON.stringify(result?.resources ?? []),
    JSON.stringify(result?.undone ?? []),
    JSON.stringify(move.event),
    result === undefined ? null : JSON.stringify(result),
  ]);
  return rowCount === 1;
}

const COMMIT = `
with moved as (
  update runs set status = $4, revision = revision + 1, updated_at = $3,
    facts = coalesce($5::jsonb, facts), phases = coalesce($6::jsonb, phases), artifacts = coalesce($7::jsonb, artifacts),
    ending = coalesce($8::jsonb, ending), ended_at = coalesce($9, ended_at)
  where id = $1 and revision = $2
    and ($16::jsonb is null or exists (
      select from run_attempts a, jsonb_to_record($16::jsonb) as r(step text, round int, try int, epoch int)
      where a.run_id = $1 and a.step_id = r.step and a.round = r.round and a.try = r.try and a.epoch = r.epoch and a.status = 'open'))
  returning revision, tenant_id
), steps_written as (
  update run_steps s set status = x.status, waiting_for = x."waitingFor", state = x.state, updated_at = $3
  from moved, jsonb_to_recordset($10::jsonb) as x(step text, status text, "waitingFor" text, state jsonb)
  where s.run_id = $1 and s.step_id = x.step
), attempt_finished as (
  update run_attempts a set status = r.status, finished_at = $3
  from moved, jsonb_to_record($16::jsonb) as r(step text, round int, try int, status text)
  where a.run_id = $1 and a.step_id = r.step and a.round = r.round and a.try = r.try
), attempts_opened as (
  insert into run_attempts (run_id, step_id, round, try, verb, name, environment, input, status, created_at, lane, epoch, executor, claim, started_at)
  select $1, x.step, x.round, x.try, x.verb, x.name, x.environment, x."with", 'open', $3,
    x.lane, x.epoch, x.executor, x.claim, case when x.epoch > 0 then $3::timestamptz end
  from moved, jsonb_to_recordset($11::jsonb) as x(step text, round int, try int, verb text, name text, environment text, "with" jsonb,
    lane text, epoch int, executor uuid, claim uuid)
), evidence_written as (
  insert into run_evidence (run_id, tenant_id, step_id, round, try, kind, ok, expected, actual, actor, at)
  select $1, moved.tenant_id, x.step, x.round, x.try, x.kind, x.ok, x.expected, x.actual, x.actor, $3
  from moved, jsonb_to_recordset($12::jsonb) as x(step text, round int, try int, kind text, ok boolean, expected jsonb, actual jsonb, actor jsonb)
), ledger_written as (
  insert into run_resources (run_id, tenant_id, step_id, action, action_version, environment, kind, external_id, name, claim, undo, made_at)
  select $1, moved.tenant_id, r.step, x.action, x.action_version, x.environment, x.kind, x.external_id, x.name, x.claim, x.undo, $3
  from moved, jsonb_to_record($16::jsonb) as r(step text),
    jsonb_to_recordset($13::jsonb) as x(action text, action_version int, environment text, kind text, external_id text, name text, claim text, undo jsonb)
  on conflict (run_id, step_id, kind, external_id) do update set status = 'standing', undone_at = null
), ledger_undone as (
  update run_resources set status = x.outcome, undone_at = $3
  from moved, jsonb_to_recordset($14::jsonb) as x(id uuid, outcome text)
  where run_resources.id = x.id
)
insert into run_events (run_id, revision, at, event, run_status, steps)
select $1, moved.revision, $3, $15::jsonb, $4, (select coalesce(jsonb_agg(jsonb_build_object('step', x.step, 'status', x.status)), '[]')
  from jsonb_to_recordset($10::jsonb) as x(step text, status text)) from moved`;

function changedSteps(before: RunState, after: RunState): readonly object[] {
  if (before.steps === after.steps) return [];
  return Object.entries(after.steps)
    .filter(([id, step]) => before.steps[id] !== step)
    .map(([id, step]) => ({ step: id, status: step.status, waitingFor: step.waitingFor ?? null, state: step }));
}

function attemptRows(move: Move): readonly object[] {
  const carried = carriedBy(move);
  return attemptsOf(move).map((attempt) => {
    if (attempt !== carried || move.carry === undefined) return { ...attempt, lane: laneOf(attempt), epoch: 0 };
    const { lane, claim, executor } = move.carry;
    return { ...attempt, lane, claim, executor, epoch: move.carry.begins(attempt) ? 1 : 0 };
  });
}

function jobsOf(move: Move): readonly Job[] {
  const carried = carriedBy(move);
  return attemptsOf(move)
    .filter((attempt) => attempt !== carried)
    .map(({ step, round, try: number }) => ({
      task: ATTEMPT_TASK,
      payload: { run: move.before.id, step, round, try: number },
    }));
}

function timersOf(move: Move): { readonly timers: readonly Timer[]; readonly cleared: readonly string[] } {
  const timers: Timer[] = [];
  const cleared: string[] = [];
  for (const command of move.commands) {
    if (command.do === 'clear_timer') cleared.push(command.key);
    if (command.do === 'set_timer') {
      timers.push({
        owner: move.before.id,
        key: command.key,
        dueAt: new Date(command.at),
        task: TIMER_TASK,
        payload: { run: move.before.id, key: command.key },
      });
    }
  }
  return { timers, cleared };
}
