import { bug, type QuestionView, toWireId } from '@tenantry/contract';
import { findStep } from '@tenantry/runbook';
import type { Ctx } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import { type RunRecord, tellMoved } from '../../runbooks/index.ts';
import { notInPortal } from '../errors.ts';
import type { PortalDeps } from '../portal-deps.ts';
import { loadOwnRun, type Visitor } from '../visitor.ts';
import { asksFor } from '../work/view-task.ts';
import { findQuestion } from './read-questions.ts';

export interface NewQuestion {
  /** uuid, made by the browser: the same one again asks nothing more. */
  readonly id: string;
  readonly text: string;
  /** The run of the link unless given. */
  readonly runId?: string | undefined;
  readonly step?: string | undefined;
}

/**
 * Asks the vendor something, and tells whoever owns the runbook by mail.
 *
 * @throws portal.not_found for a run of another tenant, a step that is no task of the visitor, or an id that is taken
 */
export async function askQuestion(
  ctx: Ctx,
  deps: PortalDeps,
  visitor: Visitor,
  { id, text, step, runId = visitor.runId }: NewQuestion,
): Promise<QuestionView> {
  const record = await loadOwnRun(ctx, visitor, runId);
  if (step !== undefined && !asksFor(record, visitor.actor.roles, ctx.now).some((ask) => ask.step === step)) {
    throw notInPortal('task');
  }
  const { tenantId, actor } = visitor;
  const { rowCount } = await ctx.tx.query(
    `insert into portal_questions (id, tenant_id, run_id, step_id, about, person_id, asked_by, asked_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do nothing`,
    [id, tenantId, runId, step ?? null, titleOf(record, step), actor.id, actor.name, ctx.now],
  );
  if (rowCount === 1) {
    await addMessage(ctx, { id, questionId: id, tenantId, party: 'client', text });
    await recordAsked(ctx, record, id, 'portal.question_asked');
    await tellVendor(ctx, deps, record, { messageId: id, text });
    await tellMoved(ctx.tx, record.id);
  }
  return mustFind(ctx, tenantId, id);
}

const titleOf = ({ runbook }: RunRecord, step: string | undefined): string | null =>
  step === undefined ? null : (findStep(runbook, step)?.title ?? null);

export interface Reply {
  readonly questionId: string;
  /** uuid, as of a question. */
  readonly id: string;
  readonly text: string;
}

/** Says more about a question; one that was closed is open again. @throws portal.not_found */
export async function replyToQuestion(
  ctx: Ctx,
  deps: PortalDeps,
  visitor: Visitor,
  { questionId, id, text }: Reply,
): Promise<QuestionView> {
  const { tenantId } = visitor;
  const { rows } = await ctx.tx.query<{ run_id: string }>(
    'select run_id from portal_questions where id = $1 and tenant_id = $2 for update',
    [questionId, tenantId],
  );
  if (rows[0] === undefined) throw notInPortal('question');
  if (await addMessage(ctx, { id, questionId, tenantId, party: 'client', text })) {
    const record = await loadOwnRun(ctx, visitor, rows[0].run_id);
    await ctx.tx.query('update portal_questions set closed_at = null where id = $1', [questionId]);
    await recordAsked(ctx, record, questionId, 'portal.question_continued');
    await tellVendor(ctx, deps, record, { messageId: id, text });
    await tellMoved(ctx.tx, record.id);
  }
  return mustFind(ctx, tenantId, questionId);
}

export interface NewMessage {
  readonly id: string;
  readonly questionId: string;
  readonly tenantId: string;
  readonly party: 'client' | 'vendor';
  readonly text: string;
}

/** False when it was said before under the same id. */
export async function addMessage(ctx: Ctx, message: NewMessage): Promise<boolean> {
  if (ctx.actor.kind !== 'person') throw bug('Only people say something about a question.');
  const { rowCount } = await ctx.tx.query(
    `insert into portal_messages (id, tenant_id, question_id, party, author_id, author_name, text, at)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do nothing`,
    [
      message.id,
      message.tenantId,
      message.questionId,
      message.party,
      ctx.actor.id,
      ctx.actor.name,
      message.text,
      ctx.now,
    ],
  );
  return rowCount === 1;
}

/** Never the text: it may hold anything, and stands with the question. */
const recordAsked = (ctx: Ctx, record: RunRecord, id: string, action: string): Promise<void> =>
  recordAudit(ctx, {
    action,
    ...(record.meta.tenantId === null ? {} : { tenantId: record.meta.tenantId }),
    runId: record.id,
    subject: { kind: 'question', id },
  });

async function tellVendor(
  ctx: Ctx,
  deps: PortalDeps,
  record: RunRecord,
  { messageId, text }: { readonly messageId: string; readonly text: string },
): Promise<void> {
  const { meta, runbook } = record;
  const asked = ctx.actor.kind === 'person' ? ctx.actor : undefined;
  const owners = await deps.addressesOfRole(ctx.tx, { role: runbook.owner, ...meta });
  const brand = await deps.brandOf(ctx.tx, { tenantId: meta.tenantId ?? '', productId: meta.productId });
  const fallback = brand.support === null ? [] : [brand.support];
  for (const to of owners.length === 0 ? fallback : owners) {
    await deps.sendMail(ctx, {
      tenantId: null,
      to,
      template: 'portal-question',
      key: `portal-question:${messageId}/${to}`,
      values: {
        who: asked?.name ?? '',
        run: meta.title,
        id: toWireId('run', record.id),
        text: text.slice(0, 2_000),
      },
    });
  }
}

async function mustFind(ctx: Ctx, tenantId: string, id: string): Promise<QuestionView> {
  const question = await findQuestion(ctx.tx, tenantId, id);
  if (question === undefined) throw notInPortal('question');
  return question;
}
