/** What people do on a step, each checked against who they are; all inside the caller's transaction. */
import { TenantryError } from '@tenantry/contract';
import {
  type ApproveBody,
  checkIntake,
  decisionHash,
  effectiveStep,
  formOf,
  type ItemEvidence,
  type JsonObject,
  ownersOf,
  type Person,
  type SignOffBody,
  type Step,
  type StepState,
} from '@tenantry/runbook';
import type { Ctx } from '../../access/index.ts';
import { sha256 } from '../../connectors/kit/index.ts';
import type { Keyring } from '../../vault/index.ts';
import { act, personFor, stepOf } from './acting.ts';
import { sealIntake } from './intake-secrets.ts';
import { type GivenFile, keepFile } from './keep-file.ts';
import type { RunRecord } from './run-record.ts';

export interface TaskCompletion {
  readonly step: string;
  /** Needed when the person holds several of the step's roles. */
  readonly role?: string;
  readonly output?: JsonObject;
  readonly ticks?: readonly string[];
  readonly note?: string;
  /** What ticked items are proven by, by id. */
  readonly items?: Readonly<Record<string, ItemEvidence>>;
  readonly file?: GivenFile;
  /** Files that answer fields of the form (`format: file`); the value of such a field is `sha256:HEX` of its content. */
  readonly attachments?: readonly (GivenFile & { readonly field: string })[];
}

/** @throws run.step_not_found, run.wrong_state, access.forbidden, request.invalid */
export async function completeTask(
  ctx: Ctx,
  runId: string,
  input: TaskCompletion,
  { keyring }: { readonly keyring?: Keyring } = {},
): Promise<RunRecord> {
  return act(ctx, runId, async (record) => {
    const step = asItRuns(record, input.step);
    const by = personFor(ctx.actor, rolesOfTask(record, step), input.role);
    const output = await answersOf(ctx, record, step, input, keyring);
    const artifact = input.file === undefined ? undefined : await keepFile(ctx, record, step, input.file);
    for (const attachment of input.attachments ?? []) await keepFile(ctx, record, step, attachment);
    return {
      type: 'task_done',
      at: ctx.now.toISOString(),
      step: step.id,
      by,
      output,
      ticks: input.ticks ?? [],
      items: input.items ?? {},
      ...(input.note === undefined ? {} : { note: input.note }),
      ...(artifact === undefined ? {} : { artifact }),
    };
  });
}

export function rolesOfTask(record: RunRecord, step: Step): readonly string[] {
  const undoing = record.state.steps[step.id]?.status === 'undoing' && step.undo.do === 'body';
  return (
    (undoing && step.undo.do === 'body' ? step.undo.owner : undefined)?.roles ?? ownersOf(record.runbook, step).roles
  );
}

/**
 * The answers, checked, with what the form marks as secret sealed: a run never holds one.
 *
 * @throws request.invalid
 */
async function answersOf(
  ctx: Ctx,
  record: RunRecord,
  step: Step,
  { output: answers = {}, attachments = [] }: TaskCompletion,
  keyring: Keyring | undefined,
): Promise<JsonObject> {
  const files = attachments.map(({ field, bytes }) => [field, `sha256:${sha256(bytes)}`]);
  const output = { ...answers, ...Object.fromEntries(files) };
  if (step.body.kind !== 'task') return output;
  const { schema } = formOf(record.runbook, step.body);
  const { faults } = checkIntake(output, schema, undefined);
  if (faults.length > 0)
    throw new TenantryError('request.invalid', `The form of step ${step.id} has faults.`, { faults });
  if (keyring === undefined) return output;
  return sealIntake({ ...ctx, keyring }, output, { schema, runId: record.id, tenantId: record.meta.tenantId });
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
    const step = asItRuns(record, input.step);
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
    if (kind === 'steps') for (const each of workOn(record.state.steps[id])) authors.add(each.personId);
  }
  if (!authors.has(by.id)) return;
  throw new TenantryError('run.own_work', `${by.name} made what is to be approved; somebody else must approve it.`);
}

/** Acts of people on a step, and the items they ticked. */
const workOn = (held: StepState | undefined): readonly { readonly personId: string }[] => [
  ...(held?.acts ?? []),
  ...Object.values(held?.ticked ?? {}),
];

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

/** Picks an option of a `choose` step. */
export const chooseOption = (
  ctx: Ctx,
  runId: string,
  input: { readonly step: string; readonly role?: string; readonly option: string },
): Promise<RunRecord> =>
  act(ctx, runId, (record) => {
    const step = stepOf(record.runbook, input.step);
    const by = personFor(ctx.actor, ownersOf(record.runbook, step).roles, input.role);
    return { type: 'chosen', at: ctx.now.toISOString(), step: step.id, by, option: input.option };
  });

/** From now on a person does by hand what the action would have done. */
export const takeOverStep = (
  ctx: Ctx,
  runId: string,
  input: { readonly step: string; readonly role?: string },
): Promise<RunRecord> =>
  act(ctx, runId, (record) => {
    const step = asItRuns(record, input.step);
    const by = personFor(ctx.actor, ownersOf(record.runbook, step).roles, input.role);
    return { type: 'taken_over', at: ctx.now.toISOString(), step: step.id, by };
  });

/** Types the text that a point of no return asks for. */
export const confirmStep = (
  ctx: Ctx,
  runId: string,
  input: { readonly step: string; readonly role?: string; readonly text: string },
): Promise<RunRecord> =>
  act(ctx, runId, (record) => {
    const step = asItRuns(record, input.step);
    const by = personFor(ctx.actor, ownersOf(record.runbook, step).roles, input.role);
    return { type: 'confirmed', at: ctx.now.toISOString(), step: step.id, by, text: input.text };
  });

/** The step, with the option of a choice that was picked. */
export const asItRuns = (record: RunRecord, id: string): Step =>
  effectiveStep(stepOf(record.runbook, id), record.state.steps[id]);
