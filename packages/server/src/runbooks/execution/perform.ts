/** What each verb of an attempt does, and what it leaves to be written: output, ledger rows, artifacts. */
import { randomUUID } from 'node:crypto';
import { isTenantryError, TenantryError } from '@tenantry/contract';
import type { ArtifactState, JsonObject, StepFailure } from '@tenantry/runbook';
import type { Actor } from '../../access/index.ts';
import type { Action, Applied, PlannedChange, ResourceClaim } from '../../connectors/kit/index.ts';
import type { Tx } from '../../db/index.ts';
import { reach } from '../../engine/index.ts';
import { sealSecret } from '../../vault/index.ts';
import type { LedgerRow, RunRecord } from '../runs/index.ts';
import { type AttemptRow, lastCallInput, standingResources } from './attempt-row.ts';
import { badInput, callAction } from './call-action.ts';
import type { ExecutorDeps } from './executor-deps.ts';
import { type Fault, faultOf, isOutage } from './faults.ts';
import { asOutput, sealSecrets } from './secrets-in.ts';
import { findDoubtful, type StandingResource, takeBack } from './take-back.ts';
import { withinTime } from './time-limit.ts';
import type { Work } from './work.ts';
import { writeDocument } from './write-document.ts';

/** The outcome of an attempt, before it is recorded. */
export type Deed = DeedParts &
  (
    | { readonly status: 'passed'; readonly artifact?: ArtifactState }
    | ({ readonly status: 'failed' } & Fault)
    | { readonly status: 'uncertain'; readonly failure: StepFailure }
  );

interface DeedParts {
  readonly output: JsonObject;
  /** Owned ledger rows of the step that stand after it. */
  readonly made: number;
  readonly resources: readonly LedgerRow[];
  readonly undone: readonly { readonly id: string; readonly outcome: 'undone' | 'left' }[];
  readonly proof?: { readonly expected: unknown; readonly actual: unknown };
  /** Written in the transaction of the result. */
  write(tx: Tx, record: RunRecord, now: Date): Promise<void>;
}

const NOTHING: DeedParts = { output: {}, made: 0, resources: [], undone: [], write: async () => undefined };

export async function perform(deps: ExecutorDeps, work: Work): Promise<Deed> {
  switch (work.attempt.verb) {
    case 'apply':
    case 'undo_call':
      return applyAction(deps, work);
    case 'adopt':
      return adopt(deps, work);
    case 'check':
      return runCheck(deps, work);
    case 'document':
      return { ...NOTHING, ...(await writeDocument(work)) };
    case 'undo':
      return undoStep(deps, work);
  }
}

async function applyAction(deps: ExecutorDeps, work: Work): Promise<Deed> {
  const { attempt } = work;
  const action = deps.registry.action(attempt.name);
  const outcome = await withinTime(work.context, action.timeoutMs, (context) =>
    callAction(action, context, work.input, work.memory),
  );
  if (outcome.status !== 'passed') tellUnforeseen(deps, work, outcome.error);
  if (outcome.status === 'uncertain')
    return { ...NOTHING, status: 'uncertain', failure: faultOf(outcome.error).failure };
  const applied = outcome.applied;
  const resources = applied === undefined ? [] : ledgerRows(action, attempt, applied);
  const made = await countMade(deps, work, resources);
  if (outcome.status === 'failed') {
    const fault = faultOf(outcome.error);
    // What was applied stands in the ledger; only a call without an answer leaves a doubt.
    return { ...NOTHING, resources, made, status: 'failed', ...fault, doubt: applied === undefined && fault.doubt };
  }
  const output = await sealedOutput(deps, work, outcome.proof.output);
  return {
    ...NOTHING,
    status: 'passed',
    output,
    resources,
    made,
    proof: { expected: outcome.proof.expected, actual: outcome.proof.actual },
  };
}

/**
 * A person did by hand what the action would do. Its own plan says whether anything is left to do; when nothing is,
 * applying changes nothing, takes over what is there, and proves it.
 */
async function adopt(deps: ExecutorDeps, work: Work): Promise<Deed> {
  const action = deps.registry.action(work.attempt.name);
  const parsed = action.input.safeParse(work.input);
  if (!parsed.success)
    return { ...NOTHING, status: 'failed', ...faultOf(badInput(action.name, parsed.error.issues)), doubt: false };
  try {
    const { changes } = await withinTime(work.context, action.timeoutMs, (context) =>
      action.plan(context, parsed.data as never),
    );
    const left = changes.filter(({ verb }) => verb !== 'none' && verb !== 'adopt');
    if (left.length === 0) return await applyAction(deps, work);
    return { ...NOTHING, status: 'failed', ...faultOf(notDoneYet(action.name, left)), doubt: false };
  } catch (error) {
    if (isOutage(error)) throw error;
    tellUnforeseen(deps, work, error);
    return { ...NOTHING, status: 'failed', ...faultOf(error), doubt: false };
  }
}

const notDoneYet = (action: string, changes: readonly PlannedChange[]): TenantryError =>
  new TenantryError('run.wrong_state', `${action} still finds work to do: ${changes.map(wordsFor).join('; ')}.`, {
    next: 'Do what is left by hand and complete the step again, or retry it to let the action do it.',
  });

const wordsFor = ({ verb, kind, name }: PlannedChange): string => `${verb} ${kind} ${name}`;

const isOwned = (resource: { readonly claim: ResourceClaim['claim'] }): boolean => resource.claim !== 'adopted';

/** First tries know the answer themselves; later ones count what earlier tries left as well. */
async function countMade(deps: ExecutorDeps, work: Work, resources: readonly LedgerRow[]): Promise<number> {
  const fresh = resources.filter(isOwned);
  if (work.attempt.try === 1) return fresh.length;
  const standing = await deps.database.transaction('worker', (tx) =>
    standingResources(tx, work.run.id, work.attempt.step),
  );
  const ids = new Set(standing.map((resource) => `${resource.kind} ${resource.externalId}`));
  for (const resource of fresh) ids.add(`${resource.kind} ${resource.external_id}`);
  return ids.size;
}

function ledgerRows(action: Action, attempt: AttemptRow, applied: Applied<unknown>): readonly LedgerRow[] {
  return applied.resources.map((resource) => ({
    action: action.name,
    action_version: action.version,
    environment: attempt.environment,
    kind: resource.kind,
    external_id: resource.externalId,
    name: resource.name,
    claim: resource.claim,
    undo: resource.undo,
  }));
}

/**
 * Secrets of an output go into the vault before the result is recorded. The key makes a repeated attempt find
 * the entry it made before.
 */
async function sealedOutput(deps: ExecutorDeps, work: Work, output: unknown): Promise<JsonObject> {
  const { run, attempt } = work;
  const actor: Actor = { kind: 'run', runId: run.id, stepId: attempt.step };
  const sealed = await sealSecrets(output, (path, secret) =>
    deps.database.transaction('worker', async (tx) => {
      const ctx = { tx, actor, now: deps.now(), keyring: deps.keyring };
      const entry = await sealSecret(ctx, {
        tenantId: run.meta.tenantId,
        label: `${attempt.step} ${path}`,
        secret,
        owner: { kind: 'run', id: run.id },
        key: `${run.id}/${attempt.step}/${attempt.round}/${path}`,
      });
      return entry.ref;
    }),
  );
  return asOutput(sealed);
}

async function runCheck(deps: ExecutorDeps, work: Work): Promise<Deed> {
  const check = deps.registry.check(work.attempt.name);
  const parsed = check.input.safeParse(work.input);
  if (!parsed.success)
    return { ...NOTHING, status: 'failed', ...faultOf(badInput(check.name, parsed.error.issues)), doubt: false };
  try {
    const facts = await withinTime(work.context, check.timeoutMs, (context) => check.run(context, parsed.data));
    reach('after_call', check.name);
    return { ...NOTHING, status: 'passed', output: await sealedOutput(deps, work, facts) };
  } catch (error) {
    if (isOutage(error)) throw error;
    tellUnforeseen(deps, work, error);
    return { ...NOTHING, status: 'failed', ...faultOf(error), doubt: false };
  }
}

async function undoStep(deps: ExecutorDeps, work: Work): Promise<Deed> {
  const { run, attempt, context } = work;
  const standing = await deps.database.transaction('worker', (tx) => standingResources(tx, run.id, attempt.step));
  const doubtful = run.state.steps[attempt.step]?.doubt === true ? await lookForDoubtful(deps, work) : [];
  const known = new Set(standing.map((resource) => `${resource.kind} ${resource.externalId}`));
  const found: StandingResource[] = doubtful
    .filter(({ resource }) => !known.has(`${resource.kind} ${resource.externalId}`))
    .map(({ action, resource }) => ({ ...resource, action, id: randomUUID() }));
  const { done, error } = await takeBack([...found, ...standing], (name) => deps.registry.action(name), context);
  // What is taken back twice is absent the second time.
  if (isOutage(error)) throw error;
  const undone = done.map(({ id, result }) => ({
    id,
    outcome: result.outcome === 'left' ? ('left' as const) : ('undone' as const),
  }));
  const output = {
    taken_back: done.map(({ name, result }) => ({ name, outcome: result.outcome, note: result.note ?? null })),
  };
  const made = found.length + standing.length - done.length;
  if (error === undefined)
    return {
      ...NOTHING,
      status: 'passed',
      output,
      undone,
      made,
      proof: { expected: 'taken back', actual: output.taken_back },
    };
  tellUnforeseen(deps, work, error);
  return { ...NOTHING, status: 'failed', ...faultOf(error), output, undone, made, doubt: false };
}

async function lookForDoubtful(
  deps: ExecutorDeps,
  work: Work,
): Promise<readonly { readonly action: string; readonly resource: ResourceClaim }[]> {
  const call = await deps.database.transaction('worker', (tx) => lastCallInput(tx, work.run.id, work.attempt.step));
  if (call === undefined) return [];
  const resources = await findDoubtful(deps.registry.action(call.name), work.context, call.input);
  return resources.map((resource) => ({ action: call.name, resource }));
}

/** The message of such a failure says nothing but that the log has the details. */
function tellUnforeseen(deps: ExecutorDeps, { attempt, run }: Work, error: unknown): void {
  if (isTenantryError(error)) return;
  deps.log('error', `${attempt.name} broke in a way it did not foresee.`, {
    run: run.id,
    step: attempt.step,
    error: error instanceof Error ? error.stack : String(error),
  });
}
