import { randomUUID } from 'node:crypto';
import type { QuestionView } from '@tenantry/contract';
import { type Ctx, permit } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import { reachRun, tellMoved } from '../../runbooks/index.ts';
import { notInPortal } from '../errors.ts';
import { mailLink, newestLinkOf, placeOf, refuseClients } from '../links/index.ts';
import type { PortalDeps } from '../portal-deps.ts';
import { addMessage } from './ask-question.ts';
import { findQuestion, listQuestions } from './read-questions.ts';

export interface Answer {
  readonly runId: string;
  readonly questionId: string;
  readonly text: string;
  readonly close: boolean;
}

const DAY_MS = 24 * 60 * 60 * 1_000;

/** Everything the client of a run has asked. @throws run.not_found, access.forbidden */
export async function listRunQuestions(ctx: Ctx, runId: string): Promise<QuestionView[]> {
  permit(ctx.actor, 'runs:read');
  refuseClients(ctx, 'runs:read');
  const record = await reachRun(ctx, runId);
  return listQuestions(ctx.tx, placeOf(record).tenantId);
}

/**
 * Answers a question of the client, and mails the answer to whoever asked with a new way in.
 *
 * @throws run.not_found, access.forbidden; portal.not_found for a question of another tenant
 */
export async function answerQuestion(ctx: Ctx, deps: PortalDeps, input: Answer): Promise<QuestionView> {
  permit(ctx.actor, 'runs:write');
  refuseClients(ctx, 'runs:write');
  const record = await reachRun(ctx, input.runId);
  const { tenantId, clientId, productId } = placeOf(record);
  permit(ctx.actor, 'runs:write', { productId, clientId, tenantId });
  const { rows } = await ctx.tx.query<{ person_id: string; run_id: string }>(
    'select person_id, run_id from portal_questions where id = $1 and tenant_id = $2 for update',
    [input.questionId, tenantId],
  );
  const asked = rows[0];
  if (asked === undefined) throw notInPortal('question');
  const id = randomUUID();
  await addMessage(ctx, { id, questionId: input.questionId, tenantId, party: 'vendor', text: input.text });
  await ctx.tx.query('update portal_questions set closed_at = $2 where id = $1', [
    input.questionId,
    input.close ? ctx.now : null,
  ]);
  await recordAudit(ctx, {
    action: 'portal.question_answered',
    tenantId,
    runId: record.id,
    subject: { kind: 'question', id: input.questionId },
    detail: { closed: input.close },
  });
  // Of the run in hand and of the one it was asked in: whoever looks at either of them sees the answer.
  for (const each of new Set([record.id, asked.run_id])) await tellMoved(ctx.tx, each);
  const link = await newestLinkOf(ctx, { personId: asked.person_id, tenantId });
  if (link !== undefined && !link.revoked) {
    await mailLink(ctx, deps, link, {
      template: 'portal-answer',
      key: `portal-answer:${id}`,
      expiresAt: new Date(ctx.now.getTime() + 14 * DAY_MS),
      values: { text: input.text.slice(0, 2_000), run: record.meta.title },
    });
  }
  const question = await findQuestion(ctx.tx, tenantId, input.questionId);
  if (question === undefined) throw notInPortal('question');
  return question;
}
