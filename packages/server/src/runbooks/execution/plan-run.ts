/**
 * `--plan`: what would be created, changed and asked of whom, by name. Runs every action's own `plan`, which
 * only reads, inside transactions that are rolled back; writes nothing.
 */
import { randomUUID } from 'node:crypto';
import type { JsonObject, PlanLine, Undoability } from '@tenantry/runbook';
import { findUnknown, isUnknown, openPlan, stepsOf, unknownValue } from '@tenantry/runbook';
import { type Ctx, permit } from '../../access/index.ts';
import { type Action, type PlannedChange, Unknown } from '../../connectors/kit/index.ts';
import { loadEnvironment } from '../../products/index.ts';
import { checkSlugFree } from '../../tenants/index.ts';
import { initialState, prepareRun, type RunRecord, type RunRequest } from '../runs/index.ts';
import { type Connections, makeContext } from './action-context.ts';
import type { Registry } from './registry.ts';
import { PLANNED_TEXTS } from './tenant-texts.ts';

export interface PlannedStep extends PlanLine {
  readonly changes: readonly PlannedChange[];
  /** What the action can take back; null for steps without one. */
  readonly undo: Undoability | null;
  /** Why the action could not say what it would do; the run itself may still succeed. */
  readonly problem?: string;
}

export interface RunPlan {
  readonly runbook: { readonly id: string; readonly version: string; readonly hash: string; readonly title: string };
  readonly tenant: { readonly slug: string } | undefined;
  readonly phases: readonly { readonly id: string; readonly title: string; readonly steps: readonly PlannedStep[] }[];
}

export interface PlanOptions {
  readonly registry: Registry;
  readonly mode: 'development' | 'production';
  readonly signal: AbortSignal;
}

/** @throws access.forbidden for a product outside the reader's grants, and what starting the run would refuse */
export async function planRun(ctx: Ctx, request: RunRequest, options: PlanOptions): Promise<RunPlan> {
  permit(ctx.actor, 'runs:read', { productId: request.product });
  const prepared = await prepareRun(ctx, request, options.mode);
  const { definition, hash, files } = prepared.published;
  if (prepared.slug !== undefined) await checkSlugFree(ctx, { slug: prepared.slug, productId: request.product });
  const tenant =
    prepared.slug === undefined
      ? prepared.subject.tenant
      : { id: randomUUID(), slug: prepared.slug, name: prepared.slug };
  const { state, contacts } = initialState(prepared, prepared.intake, { runId: randomUUID(), tenant }, ctx.now);
  const { connections } = await loadEnvironment(ctx.tx, request.product, 'production');
  const run: RunRecord = {
    id: state.facts.run.id,
    revision: 0,
    runbook: definition,
    state,
    meta: {
      title: definition.title,
      productId: request.product,
      clientId: null,
      tenantId: tenant?.id ?? null,
      tenantSlug: tenant?.slug ?? null,
      contacts,
      startedBy: { id: '', name: '' },
      createdAt: ctx.now,
      pins: prepared.pins,
    },
  };
  // The id is drawn when the run starts: in the plan it stands as not known yet.
  const facts =
    tenant === undefined || prepared.slug === undefined
      ? state.facts
      : { ...state.facts, tenant: { ...tenant, id: unknownValue('tenant.id') } };
  const scope = openPlan(definition, facts);
  const planned = new Map<string, PlannedStep>();
  for (const step of stepsOf(definition)) {
    const line = scope.line(step);
    if (step.body.kind !== 'uses' || line.decision === 'skipped' || line.input === undefined) {
      planned.set(step.id, { ...line, changes: [], undo: null });
      continue;
    }
    const action = options.registry.action(step.body.action);
    const { changes, output, problem } = await planAction(action, line.input, {
      ctx,
      run,
      step: step.id,
      connections,
      files,
      signal: options.signal,
    });
    const members = Object.keys(
      (options.registry.catalog.actions[action.name]?.output.properties as JsonObject | undefined) ?? {},
    );
    scope.learn(step.id, output, members);
    planned.set(step.id, { ...line, changes, undo: action.undoability, ...(problem === undefined ? {} : { problem }) });
  }
  return {
    runbook: { id: definition.id, version: definition.version, hash, title: definition.title },
    tenant: tenant === undefined ? undefined : { slug: tenant.slug },
    phases: definition.phases.map((phase) => ({
      id: phase.id,
      title: phase.title,
      steps: phase.steps.flatMap((step) => planned.get(step.id) ?? []),
    })),
  };
}

interface Surroundings {
  readonly ctx: Ctx;
  readonly run: RunRecord;
  readonly step: string;
  readonly connections: Connections;
  readonly files: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

async function planAction(
  action: Action,
  input: JsonObject,
  around: Surroundings,
): Promise<{ readonly changes: readonly PlannedChange[]; readonly output: JsonObject; readonly problem?: string }> {
  const context = makeContext({
    run: around.run,
    step: around.step,
    round: 1,
    connections: around.connections,
    files: around.files,
    tenantTexts: PLANNED_TEXTS,
    signal: around.signal,
    now: around.ctx.now,
    findSecrets: async () => [],
    log: () => undefined,
  });
  try {
    const plan = await action.plan(context, withUnknowns(input) as never);
    return { changes: plan.changes, output: JSON.parse(JSON.stringify(plan.output ?? {})) as JsonObject };
  } catch (error) {
    return { changes: [], output: {}, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** The language's markers as the kit's `Unknown`. */
function withUnknowns(value: unknown): unknown {
  if (isUnknown(value)) return new Unknown(value.$unknown, value.text);
  if (Array.isArray(value)) return value.map(withUnknowns);
  if (typeof value !== 'object' || value === null) return value;
  if (findUnknown(value as JsonObject) === undefined) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withUnknowns(member)]));
}
