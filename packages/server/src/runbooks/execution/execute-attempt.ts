/**
 * Carries out attempts, one after another in one job: takes each up (intent), calls outside every transaction,
 * records the result under the fence. When PostgreSQL is away the result is held in memory until it is back; no try
 * is used up by that.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptVerb, RunEvent } from '@tenantry/runbook';
import type { Actor } from '../../access/index.ts';
import type { Tx } from '../../db/index.ts';
import { reach } from '../../engine/index.ts';
import { openSecret } from '../../vault/index.ts';
import {
  type AttemptCommand,
  type AttemptResult,
  type Carry,
  type Claim,
  laneOf,
  loadRun,
  moveRunOn,
  type RunRecord,
  recallRun,
} from '../runs/index.ts';
import { makeContext } from './action-context.ts';
import { type AttemptId, type AttemptRow, type Claimed, claimAttempt, recallClaim } from './attempt-row.ts';
import type { CallMemory } from './call-action.ts';
import type { ExecutorDeps } from './executor-deps.ts';
import { faultOf, isOutage } from './faults.ts';
import { type Deed, perform } from './perform.ts';
import { findSecrets, reachOfRun } from './reach.ts';
import { openSecrets } from './secrets-in.ts';
import { openSurroundings, type Surroundings } from './surroundings.ts';

const OUTAGE_WAIT_MS = 500;

interface Held {
  readonly attempt: AttemptRow;
  readonly run: RunRecord;
}

/**
 * Settles what is open in the lane of this attempt, and what follows it, until the run waits for somebody else.
 * Finds nothing to do when all of it is settled. Throws only when the worker is stopped.
 */
export async function executeAttempt(deps: ExecutorDeps, id: AttemptId, signal: AbortSignal): Promise<void> {
  const job = { lane: laneOf(id), surroundings: openSurroundings(deps), signal };
  let held = await begin(deps, id.run, job);
  while (held !== undefined) {
    const next: Held | undefined = await settle(deps, held, job);
    held = next?.attempt.epoch === 0 ? await begin(deps, id.run, job) : next;
  }
}

/** Repeated through an outage, it is one and the same claim. */
async function begin(deps: ExecutorDeps, runId: string, { lane, signal }: JobInHand): Promise<Held | undefined> {
  const claim = newClaim(deps, lane);
  return throughOutages(deps, signal, () => takeUp(deps, runId, claim));
}

interface JobInHand {
  readonly lane: string;
  readonly surroundings: Surroundings;
  readonly signal: AbortSignal;
}

const newClaim = (deps: ExecutorDeps, lane: string): Claim => ({ lane, claim: randomUUID(), executor: deps.bootId() });

/** What cannot be asked afterwards gets an intent of its own, just before its call. */
const newCarry = (deps: ExecutorDeps, lane: string): Carry => ({
  ...newClaim(deps, lane),
  begins: ({ verb, name }) => !isCall(verb) || deps.registry.catalog.actions[name]?.delivery !== 'unknown',
});

const isCall = (verb: AttemptVerb): boolean => verb === 'apply' || verb === 'undo_call';

async function takeUp(deps: ExecutorDeps, runId: string, claim: Claim): Promise<Held | undefined> {
  return deps.database.transaction('worker', async (tx) => {
    const claimed = await claimAttempt(tx, runId, claim, deps.now());
    return claimed === undefined ? undefined : withRun(tx, claimed);
  });
}

/** A remembered run may be older than the attempt, and then lacks results it builds on. */
async function withRun(tx: Tx, { attempt, revision }: Claimed): Promise<Held> {
  const known = recallRun(attempt.runId);
  return { attempt, run: known?.revision === revision ? known : await loadRun(tx, attempt.runId) };
}

/**
 * Answers what the same job goes on with, of epoch 0 when that is still to be taken up. A worker that is told to stop
 * leaves it to a job of its own.
 */
async function settle(deps: ExecutorDeps, { attempt, run }: Held, job: JobInHand): Promise<Held | undefined> {
  const { lane, signal } = job;
  reach('after_intent', attempt.name);
  const deed = await carryOut(deps, { attempt, run }, job.surroundings, signal);
  // The call was cut off because this worker stops: no fault of the step, so whoever takes the job next settles it.
  if (deed.status === 'failed') signal.throwIfAborted();
  const actor: Actor = { kind: 'run', runId: run.id, stepId: attempt.step };
  const carry = signal.aborted ? undefined : newCarry(deps, lane);
  const moved = await throughOutages(deps, signal, () =>
    moveRunOn({ database: deps.database, actor, now: deps.now }, run.id, {
      event: (_record, _tx, now) => eventOf(attempt, deed, now),
      result: resultOf(attempt, deed),
      killName: attempt.name,
      ...(carry === undefined ? {} : { carry }),
      also: (tx, record, now) => deed.write(tx, record, now),
    }),
  );
  if (moved !== undefined) deps.observe?.(attempt.verb, deed.status);
  if (moved?.carried !== undefined && carry !== undefined)
    return { attempt: carriedRow(moved.run.id, moved.carried, carry), run: moved.run };
  // Refused, or kept by a commit whose answer was lost: then what it left in our lane is ours.
  return moved === undefined && carry !== undefined
    ? throughOutages(deps, signal, () => recall(deps, run.id, carry))
    : undefined;
}

const carriedRow = (runId: string, attempt: AttemptCommand, carry: Carry): AttemptRow => {
  const { do: _do, with: input, ...names } = attempt;
  return { runId, ...names, input, epoch: carry.begins(attempt) ? 1 : 0 };
};

async function recall(deps: ExecutorDeps, runId: string, carry: Carry): Promise<Held | undefined> {
  return deps.database.transaction('worker', async (tx) => {
    const claimed = await recallClaim(tx, runId, carry);
    return claimed === undefined ? undefined : withRun(tx, claimed);
  });
}

/** Every fault becomes part of the deed, but for outages of our own database, which are waited out. */
async function carryOut(
  deps: ExecutorDeps,
  { attempt, run }: Held,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<Deed> {
  const memory: CallMemory = { begun: attempt.epoch > 1, answer: undefined };
  return throughOutages(deps, signal, async () => {
    try {
      const { connections, files, tenantTexts } = await surroundings.of(attempt, run);
      const input = await openInput(deps, attempt, run);
      const context = makeContext({
        run,
        step: attempt.step,
        round: attempt.round,
        undoing: attempt.verb === 'undo_call',
        connections,
        files,
        tenantTexts,
        signal,
        now: deps.now(),
        findSecrets: (text) => findSecrets(deps, attempt, run, text),
        log: (message, facts) => deps.log('info', message, { run: run.id, step: attempt.step, ...facts }),
      });
      return await perform(deps, { attempt, run, input, context, files, memory });
    } catch (error) {
      if (isOutage(error)) throw error;
      deps.log('error', `step ${attempt.step} broke`, {
        run: run.id,
        error: error instanceof Error ? error.stack : String(error),
      });
      return {
        status: 'failed',
        ...faultOf(error),
        output: {},
        made: 0,
        resources: [],
        undone: [],
        write: async () => undefined,
      };
    }
  });
}

async function openInput(deps: ExecutorDeps, attempt: AttemptRow, run: RunRecord): Promise<unknown> {
  if (!JSON.stringify(attempt.input).includes('"$secret')) return attempt.input;
  return deps.database.transaction('worker', (tx) => {
    const ctx = {
      tx,
      actor: { kind: 'run', runId: run.id, stepId: attempt.step } as const,
      now: deps.now(),
      keyring: deps.keyring,
    };
    const within = reachOfRun(run);
    return openSecrets(attempt.input, (ref) =>
      openSecret(ctx, ref, { purpose: `input of step ${attempt.step}`, within }),
    );
  });
}

function eventOf(attempt: AttemptRow, deed: Deed, now: Date): RunEvent {
  const name = { at: now.toISOString(), step: attempt.step, round: attempt.round, try: attempt.try };
  switch (deed.status) {
    case 'passed':
      return {
        type: 'attempt_passed',
        ...name,
        output: deed.output,
        made: deed.made,
        ...(deed.artifact === undefined ? {} : { artifact: deed.artifact }),
      };
    case 'failed':
      return {
        type: 'attempt_failed',
        ...name,
        failure: deed.failure,
        made: deed.made,
        doubt: deed.doubt,
        jitter: randomInt(1_000) / 1_000,
      };
    case 'uncertain':
      return { type: 'attempt_uncertain', ...name, failure: deed.failure, made: deed.made };
  }
}

function resultOf(attempt: AttemptRow, deed: Deed): AttemptResult {
  return {
    step: attempt.step,
    round: attempt.round,
    try: attempt.try,
    epoch: attempt.epoch,
    status: deed.status,
    resources: deed.resources,
    undone: deed.undone,
    ...(deed.proof === undefined ? {} : { proof: deed.proof }),
  };
}

/** Repeats while our own database is away or full, until the worker stops. */
async function throughOutages<T>(deps: ExecutorDeps, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (let told = false; ; told = true) {
    try {
      return await work();
    } catch (error) {
      if (!isOutage(error)) throw error;
      if (!told)
        deps.log('warn', 'PostgreSQL does not answer; work goes on when it is back.', { error: String(error) });
      await sleep(OUTAGE_WAIT_MS, undefined, { signal });
    }
  }
}
