/** What people do to a run, each checked against who they are. All of them move the run inside the caller's transaction. */
import { createHash, randomUUID } from 'node:crypto';
import { TenantryError, toWireId } from '@tenantry/contract';
import {
  type ApproveBody,
  checkIntake,
  decisionHash,
  factsOf,
  findStep,
  type JsonObject,
  ownersOf,
  type Person,
  type Runbook,
  type RunEvent,
  type SignOffBody,
  type Step,
} from '@tenantry/runbook';
import { type Actor, type Ctx, covers, type PersonActor, permit, type Scope } from '../../access/index.ts';
import type { Keyring } from '../../vault/index.ts';
import { sealIntake } from './intake-secrets.ts';
import { moveRunHere } from './move-run.ts';
import type { RunRecord } from './run-record.ts';

export interface TaskCompletion {
  readonly step: string;
  /** Needed when the person holds several of the step's roles. */
  readonly role?: string;
  readonly output?: JsonObject;
  readonly ticks?: readonly string[];
  readonly note?: string;
  readonly file?: { readonly name: string; readonly mediaType: string; readonly bytes: Uint8Array };
}

/** @throws run.step_not_found, run.wrong_state, access.forbidden, request.invalid */
export async function completeTask(ctx: Ctx, runId: string, input: TaskCompletion): Promise<RunRecord> {
  return act(ctx, runId, async (record) => {
    const step = stepOf(record.runbook, input.step);
    const by = personFor(ctx.actor, rolesOfTask(record, step), input.role);
    checkForm(step, input.output ?? {});
    const artifact = input.file === undefined ? undefined : await keepFile(ctx, record, step, input.file);
    return {
      type: 'task_done',
      at: ctx.now.toISOString(),
      step: step.id,
      by,
      output: input.output ?? {},
      ticks: input.ticks ?? [],
      ...(input.note === undefined ? {} : { note: input.note }),
      ...(artifact === undefined ? {} : { artifact }),
    };
  });
}

function rolesOfTask(record: RunRecord, step: Step): readonly string[] {
  const undoing = record.state.steps[step.id]?.status === 'undoing' && step.undo.do === 'body';
  return (
    (undoing && step.undo.do === 'body' ? step.undo.owner : undefined)?.roles ?? ownersOf(record.runbook, step).roles
  );
}

function checkForm(step: Step, output: JsonObject): void {
  if (step.body.kind !== 'task') return;
  const schema = {
    type: 'object',
    properties: step.body.form,
    required: Object.keys(step.body.form),
    additionalProperties: false,
  };
  const { faults } = checkIntake(output, schema, undefined);
  if (faults.length > 0)
    throw new TenantryError('request.invalid', `The form of step ${step.id} has faults.`, { faults });
}

async function keepFile(
  ctx: Ctx,
  record: RunRecord,
  step: Step,
  file: NonNullable<TaskCompletion['file']>,
): Promise<{ hash: string; url: string }> {
  const id = randomUUID();
  const hash = sha256(file.bytes);
  await ctx.tx.query(
    `insert into run_artifacts (id, run_id, tenant_id, step_id, round, name, media_type, bytes, sha256, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      id,
      record.id,
      record.meta.tenantId,
      step.id,
      record.state.steps[step.id]?.round ?? 1,
      file.name,
      file.mediaType,
      file.bytes,
      hash,
      ctx.now,
    ],
  );
  return { hash, url: `/api/v1/runs/${record.id}/artifacts/${id}` };
}

export interface DecisionInput {
  readonly step: string;
  readonly role?: string;
  readonly decision: 'yes' | 'no';
  /** The hash that was shown; a decision on anything else is refused. */
  readonly hash?: string;
  readonly note?: string;
}

/**
 * Approves or signs off. Nobody approves their own work, and a yes is bound to the hash of what was shown.
 *
 * @throws run.step_not_found, run.wrong_state, run.own_work, run.content_changed, access.forbidden
 */
export async function decide(ctx: Ctx, runId: string, input: DecisionInput): Promise<RunRecord> {
  return act(ctx, runId, (record) => {
    const step = stepOf(record.runbook, input.step);
    const body = decisionBody(step);
    const by = personFor(ctx.actor, body.by, input.role);
    if (body.kind === 'approve') refuseOwnWork(record, body, by);
    const hash = decisionHash(record.runbook, record.state, body);
    if (input.hash !== undefined && input.hash !== hash) {
      throw new TenantryError(
        'run.content_changed',
        `What step ${step.id} asks you to decide on has changed since it was shown.`,
        {
          next: 'Read it again, then decide.',
          facts: { shown: input.hash, current: hash },
        },
      );
    }
    return {
      type: 'decided',
      at: ctx.now.toISOString(),
      step: step.id,
      by,
      decision: input.decision,
      hash,
      ...(input.note === undefined ? {} : { note: input.note }),
    };
  });
}

function decisionBody(step: Step): ApproveBody | SignOffBody {
  if (step.body.kind === 'approve' || step.body.kind === 'sign_off') return step.body;
  throw new TenantryError(
    'run.wrong_state',
    `Step ${step.id} is a ${step.body.kind} step; there is nothing to approve.`,
  );
}

/** Whoever started the run wrote its intake and plan; whoever completed a step wrote its output. */
function refuseOwnWork(record: RunRecord, body: ApproveBody, by: Person): void {
  const authors = new Set<string>();
  for (const part of body.of) {
    const [kind, id = ''] = part.split('.');
    if (kind === 'intake' || kind === 'plan') authors.add(record.meta.startedBy.id);
    if (kind === 'steps') for (const each of record.state.steps[id]?.acts ?? []) authors.add(each.personId);
  }
  if (!authors.has(by.id)) return;
  throw new TenantryError('run.own_work', `${by.name} made what is to be approved; somebody else must approve it.`);
}

/** @throws run.wrong_state, access.forbidden */
export const retryStep = (ctx: Ctx, runId: string, input: { readonly step: string }): Promise<RunRecord> =>
  act(ctx, runId, (record) => ({
    type: 'retry',
    at: ctx.now.toISOString(),
    step: stepOf(record.runbook, input.step).id,
  }));

/** @throws run.wrong_state, access.forbidden unless the person holds a role of `may.override` */
export const overrideStep = (
  ctx: Ctx,
  runId: string,
  input: { readonly step: string; readonly role?: string; readonly reason: string },
): Promise<RunRecord> =>
  act(ctx, runId, (record) => ({
    type: 'overridden',
    at: ctx.now.toISOString(),
    step: stepOf(record.runbook, input.step).id,
    by: personFor(ctx.actor, record.runbook.may.override, input.role),
    reason: input.reason,
  }));

export const overrideGate = (
  ctx: Ctx,
  runId: string,
  input: { readonly phase: string; readonly label: string; readonly role?: string; readonly reason: string },
): Promise<RunRecord> =>
  act(ctx, runId, (record) => ({
    type: 'gate_overridden',
    at: ctx.now.toISOString(),
    phase: input.phase,
    label: input.label,
    by: personFor(ctx.actor, record.runbook.may.override, input.role),
    reason: input.reason,
  }));

export interface Resolution {
  readonly step: string;
  readonly role?: string;
  readonly outcome: 'happened' | 'did_not_happen';
  readonly output?: JsonObject;
  readonly reason: string;
}

/** A person looked in the other system and says what an interrupted call really did. */
export const resolveStep = (ctx: Ctx, runId: string, input: Resolution): Promise<RunRecord> =>
  act(ctx, runId, (record) => ({
    type: 'resolved',
    at: ctx.now.toISOString(),
    step: stepOf(record.runbook, input.step).id,
    by: personFor(ctx.actor, record.runbook.may.override, input.role),
    outcome: input.outcome,
    output: input.output ?? {},
    reason: input.reason,
  }));

export interface EndInput {
  readonly reason: string;
  readonly role?: string;
}

/** Takes back, through the ledger, everything the run made. */
export const rollBackRun = (ctx: Ctx, runId: string, input: EndInput): Promise<RunRecord> =>
  endRun(ctx, runId, { ...input, to: 'rolled_back', undo: true });

/** Ends the run; `undo` says whether what was made is taken back or kept. */
export const cancelRun = (ctx: Ctx, runId: string, input: EndInput & { readonly undo: boolean }): Promise<RunRecord> =>
  endRun(ctx, runId, { ...input, to: 'cancelled' });

const endRun = (
  ctx: Ctx,
  runId: string,
  input: EndInput & { readonly to: 'rolled_back' | 'cancelled'; readonly undo: boolean },
): Promise<RunRecord> =>
  act(ctx, runId, (record) => ({
    type: 'ended_early',
    at: ctx.now.toISOString(),
    to: input.to,
    undo: input.undo,
    by: personFor(
      ctx.actor,
      input.to === 'cancelled' ? record.runbook.may.cancel : record.runbook.may.rollback,
      input.role,
    ),
    reason: input.reason,
  }));

/**
 * "Fix the input and continue." Ids were reserved from the slug, so the slug cannot change; start anew for that.
 * Secrets written out in it are sealed, as at the start; references to those sealed before may stay.
 *
 * @throws intake.invalid, run.wrong_state
 */
export const mendIntake = (
  ctx: Ctx,
  runId: string,
  intake: JsonObject,
  { keyring }: { readonly keyring: Keyring },
): Promise<RunRecord> =>
  act(ctx, runId, async (record) => {
    const schema = record.runbook.intake;
    const checked = checkIntake(intake, schema, undefined, { sealed: true });
    if (checked.faults.length > 0) {
      throw new TenantryError('intake.invalid', 'The mended intake has faults.', { faults: checked.faults });
    }
    const given = checked.data as JsonObject;
    if (given.slug !== record.state.facts.intake.slug) {
      throw new TenantryError('intake.invalid', 'The slug was reserved when the run started and cannot change.', {
        faults: [{ path: 'slug', message: 'differs from the reserved slug' }],
        next: 'Cancel the run and start another with the right slug.',
      });
    }
    const mended = await sealIntake({ ...ctx, keyring }, given, { schema, runId, tenantId: record.meta.tenantId });
    const facts = factsOf(record.runbook, { ...record.state.facts, intake: mended });
    return { type: 'intake_mended', at: ctx.now.toISOString(), intake: mended, vars: facts.vars };
  });

async function act(
  ctx: Ctx,
  runId: string,
  event: (record: RunRecord) => RunEvent | Promise<RunEvent>,
): Promise<RunRecord> {
  permit(ctx.actor, 'runs:write');
  return moveRunHere(ctx, runId, (record) => {
    refuseStrangers(ctx.actor, 'runs:write', record);
    return event(record);
  });
}

/**
 * Runs outside the products and clients of a person do not exist for them. What a run holds is its tenant's data.
 *
 * @throws run.not_found, access.support_required
 */
export function refuseStrangers(actor: Actor, scope: Scope, record: Pick<RunRecord, 'id' | 'meta'>): void {
  const { productId, clientId, tenantId } = record.meta;
  if (!covers(actor, scope, { productId, clientId })) {
    // The same words as for a run that is not there.
    throw new TenantryError('run.not_found', `There is no run ${toWireId('run', record.id)}.`, {
      next: 'tenantry run list shows the runs there are.',
    });
  }
  permit(actor, scope, { productId, clientId, tenantId });
}

function stepOf(runbook: Runbook, id: string): Step {
  const step = findStep(runbook, id);
  if (step !== undefined) return step;
  throw new TenantryError('run.step_not_found', `The run has no step ${id}.`, {
    next: 'tenantry run show lists its steps.',
    facts: { step: id },
  });
}

/** The person in the role they act in: the one they named, else the only one of theirs that fits. */
function personFor(actor: Actor, roles: readonly string[], wanted: string | undefined): Person {
  const person = mustBePerson(actor);
  const held = roles.filter((role) => person.roles.includes(role));
  const role = wanted === undefined ? held[0] : held.find((candidate) => candidate === wanted);
  if (role !== undefined) return { id: person.id, name: person.name, role };
  throw new TenantryError(
    'access.forbidden',
    `This is for ${roles.join(' or ') || 'nobody'}; ${person.name} is ${person.roles.join(', ') || 'in no role'}.`,
    {
      next: 'Ask somebody in that role.',
      facts: { roles },
    },
  );
}

function mustBePerson(actor: Actor): PersonActor {
  if (actor.kind === 'person') return actor;
  throw new TenantryError('access.forbidden', 'Only a person can do this.');
}

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
