/** Runs that runs start and end, each told to the other. Every one of these jobs may be done again. */
import { isTenantryError, type TenantryError } from '@tenantry/contract';
import { type JsonObject, renderTemplate, scopeAt } from '@tenantry/runbook';
import { type Ctx, systemActor } from '../../access/index.ts';
import type { Database, Tx } from '../../db/index.ts';
import type { Keyring } from '../../vault/index.ts';
import { loadRun } from './load-run.ts';
import { type Movement, moveRun } from './move-run.ts';
import type { RunRecord } from './run-record.ts';
import { startRun } from './start-run.ts';

export interface RelatedDeps {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly now: () => Date;
  readonly mode: 'development' | 'production';
}

export interface StartName {
  readonly run: string;
  readonly step: string;
  readonly round: number;
  readonly try: number;
  readonly kind: 'child' | 'remedy';
}

const moveAsParent = ({ database, now }: RelatedDeps, run: string, movement: Movement) =>
  moveRun({ database, actor: systemActor('parent run'), now }, run, movement);

/** What may pass is tried again by the queue; a refusal is the answer. */
function refusalIn(error: unknown): TenantryError {
  if (isTenantryError(error) && error.kind === 'refusal') return error;
  throw error;
}

/** Starts the run a step asked for, once, and tells the step. */
export async function startRelated(deps: RelatedDeps, name: StartName): Promise<void> {
  const outcome = await deps.database
    .transaction('operator', (tx) => startOnce({ tx, actor: stepActor(name), now: deps.now() }, deps, name))
    .catch(refusalIn);
  if (outcome === undefined || name.kind === 'remedy') return;
  const { step, round, try: number } = name;
  await moveAsParent(deps, name.run, {
    event: (_record, _tx, now) => {
      const at = now.toISOString();
      const attempt = { at, step, round, try: number };
      if (typeof outcome === 'string') return { type: 'child_started', ...attempt, child: outcome };
      return { type: 'child_refused', ...attempt, failure: failureOf(outcome) };
    },
  });
}

const stepActor = ({ run, step }: StartName): Ctx['actor'] => ({ kind: 'run', runId: run, stepId: step });

const failureOf = (error: TenantryError) => ({
  code: error.code,
  message: error.message,
  retryable: false,
  ...(error.next === undefined ? {} : { next: error.next }),
});

/** The id of the run; undefined when nobody asked for it (any more). */
async function startOnce(ctx: Ctx, deps: RelatedDeps, name: StartName): Promise<string | undefined> {
  const { rows } = await ctx.tx.query<{ runbook_id: string; input: JsonObject; started_run_id: string | null }>(
    `select runbook_id, input, started_run_id from run_starts
     where run_id = $1 and step_id = $2 and round = $3 and try = $4 and kind = $5 for update`,
    [name.run, name.step, name.round, name.try, name.kind],
  );
  const asked = rows[0];
  if (asked === undefined) return undefined;
  if (asked.started_run_id !== null) return asked.started_run_id;
  const parent = await loadRun(ctx.tx, name.run);
  const started = await startRun(ctx, requestOf(parent, asked.runbook_id, asked.input), {
    keyring: deps.keyring,
    mode: deps.mode,
    ...(name.kind === 'child' ? { parent: { runId: name.run, step: name.step } } : {}),
  });
  await ctx.tx.query(
    'update run_starts set started_run_id = $6 where run_id = $1 and step_id = $2 and round = $3 and try = $4 and kind = $5',
    [name.run, name.step, name.round, name.try, name.kind, started.id],
  );
  return started.id;
}

/** In the version its parent pinned, about the same tenant and, where the runbook is about a run, about the parent. */
function requestOf({ id, meta, state }: RunRecord, runbook: string, input: JsonObject) {
  const version = meta.pins[runbook];
  return {
    runbook,
    product: meta.productId ?? '',
    document: { data: input, envelope: false },
    about: { run: id, ...(meta.tenantId === null ? {} : { tenant: meta.tenantId }) },
    sealed: true,
    ...(version === undefined ? {} : { version }),
    ...(state.facts.run.unattended === true ? { unattended: true } : {}),
  };
}

/** Ends a child with its parent; one that has ended already says so again. */
export async function endRelated(
  deps: RelatedDeps,
  { run, parent, undo }: { readonly run: string; readonly parent: string; readonly undo: boolean },
): Promise<void> {
  let over = false;
  const refused = await moveAsParent(deps, run, {
    event: ({ state }, _tx, now) => {
      over = state.ending !== undefined || (state.status === 'completed' && !undo);
      if (over) return undefined;
      return {
        type: 'ended_early',
        at: now.toISOString(),
        to: undo ? 'rolled_back' : 'cancelled',
        undo,
        by: { id: parent, name: 'its parent run', role: 'parent' },
        reason: 'The run it is part of was ended.',
        byParent: true,
      };
    },
  }).then(() => undefined, refusalIn);
  if (refused !== undefined) await tellRefusal(deps, run, refused);
  else if (over) await tellParent(deps, run);
}

/** A child behind its point of no return stays: the parent's step says that it could not be taken back. */
async function tellRefusal(deps: RelatedDeps, run: string, error: TenantryError): Promise<void> {
  const { meta } = await deps.database.transaction('worker', (tx) => loadRun(tx, run));
  if (meta.parent === undefined) return;
  const { runId, step } = meta.parent;
  await moveAsParent(deps, runId, {
    event: ({ state }, _tx, now) => {
      const held = state.steps[step];
      const at = now.toISOString();
      const attempt = { step, round: held?.round ?? 1, try: held?.tries ?? 1 };
      return { type: 'child_refused', at, ...attempt, child: run, failure: failureOf(error) };
    },
  });
}

/** Tells the parent of a run that has ended how, and what it leaves for it to read. */
export async function tellParent(deps: RelatedDeps, id: string): Promise<void> {
  const child = await deps.database.transaction('worker', (tx) => loadRun(tx, id));
  const { parent } = child.meta;
  const { status } = child.state;
  if (parent === undefined || (status !== 'completed' && status !== 'rolled_back' && status !== 'cancelled')) return;
  await moveAsParent(deps, parent.runId, {
    event: (_record, _tx, now) => ({
      type: 'child_ended',
      at: now.toISOString(),
      step: parent.step,
      child: id,
      status,
      outputs: status === 'completed' ? outputsOf(child, now) : {},
    }),
  });
}

function outputsOf({ runbook, state }: RunRecord, now: Date): JsonObject {
  const scope = scopeAt(runbook, state, now.toISOString());
  return Object.fromEntries(
    Object.entries(runbook.outputs).map(([name, template]) => [name, renderTemplate(template, scope)]),
  );
}

/** Children and remedies of a run, newest last. */
export async function relatedOf(
  tx: Tx,
  run: string,
): Promise<readonly { readonly step: string; readonly kind: string; readonly runId: string }[]> {
  const { rows } = await tx.query<{ step_id: string; kind: string; started_run_id: string }>(
    'select step_id, kind, started_run_id from run_starts where run_id = $1 and started_run_id is not null order by created_at',
    [run],
  );
  return rows.map(({ step_id: step, kind, started_run_id: runId }) => ({ step, kind, runId }));
}
