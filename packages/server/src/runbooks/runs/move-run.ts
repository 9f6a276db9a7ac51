/**
 * The one way a run moves: read, decide with the pure core, commit. People's acts lock the run in the
 * transaction of their request; workers bet that nobody is faster, and read again when somebody was.
 */
import { bug, TenantryError, toWireId } from '@tenantry/contract';
import { advance, type RunEvent } from '@tenantry/runbook';
import type { Actor, Ctx } from '../../access/index.ts';
import type { Database, Tx } from '../../db/index.ts';
import { reach } from '../../engine/index.ts';
import { commitRun, isPassage } from './commit-run.ts';
import { forgetRun, loadRun, recallRun, rememberRun } from './load-run.ts';
import { type AttemptCommand, type AttemptResult, type Carry, carriedBy } from './move.ts';
import type { RunRecord } from './run-record.ts';
import { tellWatchersSoon } from './tell-watchers.ts';

/** Rounds of "somebody else was faster" before giving up; each costs a read and a decision. */
const ROUNDS_MAX = 20;

/**
 * Moves a run inside a transaction that does more than that: what a person does, and the answer kept for it.
 *
 * @throws run.not_found, and what `advance` refuses
 */
export async function moveRunHere(
  ctx: Ctx,
  id: string,
  event: (record: RunRecord) => RunEvent | Promise<RunEvent>,
): Promise<RunRecord> {
  const before = await loadRun(ctx.tx, id, { lock: true });
  const happened = await event(before);
  const { state, commands } = advance(before.runbook, before.state, happened);
  const committed = await commitRun(ctx, { before, event: happened, state, commands });
  if (!committed) throw bug('a locked run was moved by somebody else');
  return { ...before, revision: before.revision + 1, state };
}

export interface MoveOptions {
  readonly database: Database;
  readonly actor: Actor;
  readonly now: () => Date;
}

export interface Movement {
  /** Works out the event from the run as it stands; undefined: nothing to do. Called again after a lost race. */
  event(record: RunRecord, tx: Tx, now: Date): RunEvent | undefined | Promise<RunEvent | undefined>;
  readonly result?: AttemptResult;
  /** Written in the same transaction, before the state. */
  also?(tx: Tx, record: RunRecord, now: Date): Promise<void>;
  /** Go on with what follows, in the job at hand. */
  readonly carry?: Carry;
  /** Name of the action or probe, for the kill points of test builds. */
  readonly killName?: string;
}

/**
 * The run after the move, or undefined when there was nothing to do: the event did not apply, or the attempt
 * whose result this is has been taken from us.
 *
 * @throws run.not_found, run.conflict, and what `advance` refuses
 */
export async function moveRun(options: MoveOptions, id: string, movement: Movement): Promise<RunRecord | undefined> {
  return (await moveRunOn(options, id, movement))?.run;
}

export interface Moved {
  readonly run: RunRecord;
  /** What the job goes on with, where the movement said it would. */
  readonly carried: AttemptCommand | undefined;
}

/** `moveRun` for a job that goes on with what follows. */
export async function moveRunOn(options: MoveOptions, id: string, movement: Movement): Promise<Moved | undefined> {
  let known = recallRun(id);
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const outcome = await tryMove(options, id, movement, known);
    if (outcome === 'lost') {
      forgetRun(id);
      known = undefined;
      if (movement.result !== undefined && !(await isStillOurs(options, id, movement.result))) return undefined;
      continue;
    }
    if (outcome !== undefined) rememberRun(outcome.run);
    return outcome;
  }
  throw new TenantryError('run.conflict', `Run ${toWireId('run', id)} is being moved by too many at once.`, {
    retry: 'now',
    next: 'Try again.',
  });
}

async function tryMove(
  options: MoveOptions,
  id: string,
  movement: Movement,
  known: RunRecord | undefined,
): Promise<Moved | 'lost' | undefined> {
  const now = options.now();
  let passed = false;
  const outcome = await options.database
    .transaction('worker', async (tx) => {
      const before = known ?? (await loadRun(tx, id));
      const event = await movement.event(before, tx, now);
      if (event === undefined) return nothingToDo(known);
      const { state, commands } = advance(before.runbook, before.state, event);
      if (state === before.state && commands.length === 0 && movement.result === undefined) return nothingToDo(known);
      await movement.also?.(tx, before, now);
      const move = {
        before,
        event,
        state,
        commands,
        ...(movement.result === undefined ? {} : { result: movement.result }),
        ...(movement.carry === undefined ? {} : { carry: movement.carry }),
      };
      if (!(await commitRun({ tx, actor: options.actor, now }, move))) throw new LostRace();
      if (movement.killName !== undefined) reach('before_commit', movement.killName);
      if (isPassage(move)) passed = true;
      return { run: { ...before, revision: before.revision + 1, state }, carried: carriedBy(move) };
    })
    .catch((error: unknown) => {
      if (error instanceof LostRace || isStaleRefusal(error, known)) return 'lost' as const;
      throw error;
    });
  if (outcome !== undefined && outcome !== 'lost' && movement.killName !== undefined)
    reach('after_commit', movement.killName);
  if (passed) tellWatchersSoon(options.database, id);
  return outcome;
}

/** Nothing is committed, so nothing would say that a remembered state is out of date: look again before believing it. */
const nothingToDo = (known: RunRecord | undefined): 'lost' | undefined => (known === undefined ? undefined : 'lost');

/** Rolls the transaction back; never leaves this file. */
class LostRace extends Error {}

/** A refusal worked out from a remembered state may be out of date: look again before telling anyone. */
const isStaleRefusal = (error: unknown, known: RunRecord | undefined): boolean =>
  known !== undefined && error instanceof TenantryError && error.kind === 'refusal';

async function isStillOurs(options: MoveOptions, id: string, result: AttemptResult): Promise<boolean> {
  return options.database.transaction('worker', async (tx) => {
    const { rowCount } = await tx.query(
      `select from run_attempts where run_id = $1 and step_id = $2 and round = $3 and try = $4 and epoch = $5 and status = 'open'`,
      [id, result.step, result.round, result.try, result.epoch],
    );
    return rowCount === 1;
  });
}
