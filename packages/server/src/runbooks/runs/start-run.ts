import { randomUUID } from 'node:crypto';
import { advance, type JsonObject, type RunState, stepsOf } from '@tenantry/runbook';
import { actorLabel, type Ctx, permit } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import { reserveTenant, upsertClient } from '../../tenants/index.ts';
import type { Keyring } from '../../vault/index.ts';
import { commitRun } from './commit-run.ts';
import { sealIntake } from './intake-secrets.ts';
import { initialState, type PreparedRun, prepareRun, type RunRequest } from './prepare-run.ts';
import type { RunRecord } from './run-record.ts';
import type { TenantFacts } from './run-subject.ts';

export interface StartOptions {
  readonly keyring: Keyring;
  readonly mode: 'development' | 'production';
  /** The run that starts it, and the step it stands for. */
  readonly parent?: { readonly runId: string; readonly step: string };
}

/**
 * Starts a run: everything is checked first, then ids, secrets, state and the first jobs are written in one
 * transaction. A refusal writes nothing.
 *
 * @throws what `prepareRun` refuses; tenant.slug_taken, tenant.slug_reserved
 */
export async function startRun(ctx: Ctx, input: RunRequest, options: StartOptions): Promise<RunRecord> {
  permit(ctx.actor, 'runs:write', { productId: input.product });
  const prepared = await prepareRun(ctx, input, options.mode);
  const runId = randomUUID();
  const client = prepared.client === undefined ? undefined : await upsertClient(ctx, prepared.client);
  const clientId = client?.id ?? prepared.subject.clientId ?? null;
  permit(ctx.actor, 'runs:write', { productId: input.product, clientId });
  const tenant =
    (await reserve(ctx, prepared, { runId, productId: input.product, clientId: client?.id })) ??
    prepared.subject.tenant;
  const schema = prepared.published.definition.intake;
  const vault = { ...ctx, keyring: options.keyring };
  const intake = await sealIntake(vault, prepared.intake, { schema, runId, tenantId: tenant?.id ?? null });
  const { state, contacts } = initialState(prepared, intake, { runId, tenant }, ctx.now);
  const { parent } = options;
  const before = await insertRun(ctx, {
    prepared,
    runId,
    state,
    contacts,
    tenant,
    clientId,
    productId: input.product,
    ...(parent === undefined ? {} : { parent }),
  });
  const event = { type: 'started', at: ctx.now.toISOString() } as const;
  const next = advance(before.runbook, state, event);
  await commitRun(ctx, { before, event, ...next });
  return { ...before, revision: before.revision + 1, state: next.state };
}

async function reserve(
  ctx: Ctx,
  prepared: PreparedRun,
  {
    runId,
    productId,
    clientId,
  }: { readonly runId: string; readonly productId: string; readonly clientId: string | undefined },
): Promise<TenantFacts | undefined> {
  if (prepared.slug === undefined) return undefined;
  const { id, slug } = await reserveTenant(ctx, { runId, slug: prepared.slug, productId, clientId });
  return { id, slug, name: nameOf(prepared.intake) ?? slug };
}

const nameOf = (intake: JsonObject): string | undefined =>
  typeof intake.company === 'string' ? intake.company : undefined;

interface NewRun {
  readonly prepared: PreparedRun;
  readonly runId: string;
  readonly state: RunState;
  readonly contacts: Readonly<Record<string, string>>;
  readonly tenant: TenantFacts | undefined;
  readonly clientId: string | null;
  readonly productId: string;
  readonly parent?: { readonly runId: string; readonly step: string };
}

async function insertRun(ctx: Ctx, run: NewRun): Promise<RunRecord> {
  const { definition } = run.prepared.published;
  const title = run.tenant === undefined ? definition.title : `${definition.title}: ${run.tenant.name}`;
  const subjectRunId = run.prepared.subject.run?.id;
  const startedBy = { id: ctx.actor.kind === 'person' ? ctx.actor.id : ctx.actor.kind, name: actorLabel(ctx.actor) };
  await ctx.tx.query(
    `insert into runs (id, runbook_id, runbook_version, title, product_id, client_id, tenant_id, tenant_slug, status, facts, facts_at_start, phases, contacts, started_by, created_at, updated_at,
       parent_run_id, parent_step, subject_run_id, pins)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12, $13, $14, $14, $15, $16, $17, $18)`,
    [
      run.runId,
      definition.id,
      definition.version,
      title,
      run.productId,
      run.clientId,
      run.tenant?.id ?? null,
      run.tenant?.slug ?? null,
      run.state.status,
      JSON.stringify(run.state.facts),
      JSON.stringify(run.state.phases),
      JSON.stringify(run.contacts),
      JSON.stringify(startedBy),
      ctx.now,
      run.parent?.runId ?? null,
      run.parent?.step ?? null,
      subjectRunId ?? null,
      JSON.stringify(run.prepared.pins),
    ],
  );
  const positions = stepsOf(definition).map((step, position) => ({
    step: step.id,
    position,
    state: run.state.steps[step.id],
  }));
  await ctx.tx.query(
    `insert into run_steps (run_id, step_id, position, status, state, updated_at)
     select $1, x.step, x.position, 'pending', x.state, $3 from jsonb_to_recordset($2::jsonb) as x(step text, position int, state jsonb)`,
    [run.runId, JSON.stringify(positions), ctx.now],
  );
  await recordAudit(ctx, {
    action: 'run.created',
    runId: run.runId,
    ...(run.tenant === undefined ? {} : { tenantId: run.tenant.id }),
    subject: { kind: 'run', id: run.runId, name: title },
    detail: { runbook: definition.id, version: definition.version, hash: run.prepared.published.hash },
  });
  return {
    id: run.runId,
    revision: 0,
    runbook: definition,
    state: run.state,
    meta: {
      title,
      productId: run.productId,
      clientId: run.clientId,
      tenantId: run.tenant?.id ?? null,
      tenantSlug: run.tenant?.slug ?? null,
      contacts: run.contacts,
      startedBy,
      createdAt: ctx.now,
      pins: run.prepared.pins,
      ...(run.parent === undefined ? {} : { parent: run.parent }),
      ...(subjectRunId === undefined ? {} : { subjectRunId }),
    },
  };
}
