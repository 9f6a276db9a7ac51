/** What somebody of a client does on their task: complete it, sign it or say no, choose. */
import type { PortalSignatureView } from '@tenantry/contract';
import type { JsonObject } from '@tenantry/runbook';
import type { Ctx } from '../../access/index.ts';
import { chooseOption, completeTask, decide } from '../../runbooks/index.ts';
import type { PortalDeps } from '../portal-deps.ts';
import type { Visitor } from '../visitor.ts';
import { dropDraft } from './drafts.ts';
import { findTask, type TaskPlace } from './find-task.ts';
import { keepSignature, mailReceipt } from './signatures.ts';
import { EVIDENCE_FIELD, takeUploads } from './uploads.ts';
import { partsOf } from './view-task.ts';

export interface Completion extends TaskPlace {
  readonly values: JsonObject;
  readonly ticks: readonly string[];
  readonly note?: string | undefined;
}

/**
 * Sends the form: answers, ticks, note and the files that wait with it. The files become artifacts of the run, found by
 * their hash in its evidence; the draft goes.
 *
 * @throws portal.not_found; request.invalid with every fault of the form; run.wrong_state, run.conflict
 */
export async function completePortalTask(
  ctx: Ctx,
  deps: Pick<PortalDeps, 'keyring'>,
  visitor: Visitor,
  { values, ticks, note, ...place }: Completion,
): Promise<void> {
  const { ask } = await findTask(ctx, visitor, place);
  const uploads = await takeUploads(ctx.tx, visitor, place);
  const files = uploads.map(({ field, ...file }) => ({
    ...file,
    field,
    about: { audience: 'customer', title: ask.title, owner: visitor.actor.name },
  }));
  const evidence = files.find(({ field }) => field === EVIDENCE_FIELD);
  // What is not of this form any more, because a new version of it came meanwhile, is left out.
  const attachments = files.filter(({ field }) => ask.form[field]?.format === 'file');
  const completion = {
    step: place.step,
    output: values,
    ticks,
    attachments,
    ...(note === undefined || note === '' ? {} : { note }),
    ...(evidence === undefined ? {} : { file: evidence }),
  };
  await completeTask(ctx, place.runId, completion, deps);
  await dropDraft(ctx.tx, visitor, place);
}

export interface Signing extends TaskPlace {
  readonly decision: 'yes' | 'no';
  /** Of what was shown; anything else is refused. */
  readonly hash: string;
  /** As it was typed. */
  readonly name: string;
  readonly note?: string | undefined;
}

/**
 * Signs what is shown, or says no to it. A yes is kept with the name, role, time, hash and content, and its receipt is
 * mailed to whoever signed.
 *
 * @throws portal.not_found; run.content_changed when something else stands there by now; run.conflict
 */
export async function signPortalTask(
  ctx: Ctx,
  deps: PortalDeps,
  visitor: Visitor,
  { decision, hash, name, note, ...place }: Signing,
): Promise<PortalSignatureView | null> {
  const { ask } = await findTask(ctx, visitor, place);
  const role = ask.roles.find((each) => visitor.actor.roles.includes(each)) ?? '';
  const signed = `Signed in the portal as ${name}.`;
  const record = await decide(ctx, place.runId, {
    step: place.step,
    role,
    decision,
    hash,
    note: note === undefined || note === '' ? signed : `${note}\n${signed}`,
  });
  await dropDraft(ctx.tx, visitor, place);
  if (decision === 'no') return null;
  // As it stood under the lock of the decision, so exactly what the hash was compared with.
  const content = { title: ask.title, parts: partsOf(record, place.step) };
  const signature = await keepSignature(ctx, {
    ...content,
    record,
    step: place.step,
    personId: visitor.actor.id,
    tenantId: visitor.tenantId,
    role: record.runbook.roles[role]?.title ?? role,
    name,
    statement: ask.statement ?? ask.text,
    hash,
  });
  const { tenantId, clientId, actor } = visitor;
  const mailPlace = { tenantId, clientId, productId: record.meta.productId, person: actor };
  await mailReceipt(ctx, deps, mailPlace, signature, content);
  return signature;
}

/** @throws portal.not_found, run.wrong_state, run.conflict */
export async function choosePortalTask(
  ctx: Ctx,
  visitor: Visitor,
  { option, ...place }: TaskPlace & { readonly option: string },
): Promise<void> {
  await findTask(ctx, visitor, place);
  await chooseOption(ctx, place.runId, { step: place.step, option });
}
