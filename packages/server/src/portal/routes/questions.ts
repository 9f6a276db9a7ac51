/** What the client asks, and what is said about it. */
import {
  askQuestionSchema,
  fromWireId,
  questionListSchema,
  questionSchema,
  replyQuestionSchema,
} from '@tenantry/contract';
import { z } from 'zod';
import type { HttpServer } from '../../http/index.ts';
import { notInPortal } from '../errors.ts';
import type { PortalDeps } from '../portal-deps.ts';
import { askQuestion, listQuestions, replyToQuestion } from '../questions/index.ts';
import { assertOwnRun, runIdIn } from '../visitor.ts';
import { asVisitor, inTenant, portalRoute, visitorOf } from './visits.ts';

const tags = ['portal'];

export function questionRoutes(server: HttpServer, deps: PortalDeps): void {
  server.get(
    '/portal/api/questions',
    {
      ...portalRoute,
      schema: { summary: 'Questions and answers, newest first', tags, response: { 200: questionListSchema } },
    },
    async (request) => {
      const visitor = await visitorOf(request, deps);
      return { items: await inTenant(deps, visitor, ({ tx }) => listQuestions(tx, visitor.tenantId)) };
    },
  );
  server.post(
    '/portal/api/questions',
    {
      ...portalRoute,
      schema: { summary: 'Ask the vendor', tags, body: askQuestionSchema, response: { 200: questionSchema } },
    },
    async (request) => {
      const visitor = await visitorOf(request, deps);
      const { id, text, run, step } = request.body;
      const runId = run === undefined ? undefined : runIdIn(run);
      if (runId !== undefined) await assertOwnRun(deps.database, visitor, runId);
      return asVisitor(deps, visitor, (ctx) => askQuestion(ctx, deps, visitor, { id, text, runId, step }));
    },
  );
  server.post(
    '/portal/api/questions/:question/replies',
    {
      ...portalRoute,
      schema: {
        summary: 'Say more about a question',
        tags,
        params: z.object({ question: z.string().max(100) }),
        body: replyQuestionSchema,
        response: { 200: questionSchema },
      },
    },
    async (request) => {
      const visitor = await visitorOf(request, deps);
      const questionId = fromWireId('question', request.params.question);
      if (questionId === undefined) throw notInPortal('question');
      const reply = { questionId, ...request.body };
      return asVisitor(deps, visitor, (ctx) => replyToQuestion(ctx, deps, visitor, reply));
    },
  );
}
