/** `/api/v1/runs/:run/portal-links` and `/questions`: who of the client is let in, and what they ask. */
import {
  answerQuestionSchema,
  createdPortalLinkSchema,
  fromWireId,
  newPortalLinkSchema,
  portalLinkSchema,
  questionListSchema,
  questionSchema,
  revokePortalLinkSchema,
  TenantryError,
} from '@tenantry/contract';
import { z } from 'zod';
import { type HttpServer, read, write } from '../../http/index.ts';
import { createPortalLink, listPortalLinks, revokePortalLink } from '../links/index.ts';
import type { PortalDeps } from '../portal-deps.ts';
import { answerQuestion, listRunQuestions } from '../questions/index.ts';
import { runParams } from './visits.ts';

const reading = { scope: 'runs:read' } as const;
const writing = { scope: 'runs:write' } as const;
const tags = ['portal'];

/** @throws run.not_found for a text that is no run id */
function runIdOf(text: string): string {
  const id = fromWireId('run', text);
  if (id !== undefined) return id;
  throw new TenantryError('run.not_found', `"${text}" is not the id of a run.`, {
    next: 'tenantry run list shows the runs there are.',
  });
}

export function operatorPortalRoutes(server: HttpServer, deps: PortalDeps): void {
  linkRoutes(server, deps);
  server.get(
    '/api/v1/runs/:run/questions',
    {
      config: reading,
      schema: {
        summary: 'What the client of a run has asked',
        tags,
        params: runParams,
        response: { 200: questionListSchema },
      },
    },
    read(async (ctx, { params }) => ({ items: await listRunQuestions(ctx, runIdOf(params.run)) })),
  );
  server.post(
    '/api/v1/runs/:run/questions/:question/answer',
    {
      config: writing,
      schema: {
        summary: 'Answer a question of the client; whoever asked gets it by mail',
        tags,
        params: runParams.extend({ question: z.string().max(100) }),
        body: answerQuestionSchema,
        response: { 200: questionSchema },
      },
    },
    write(async (ctx, { params, body }) => {
      const runId = runIdOf(params.run);
      // An id of no question is answered like a question of another tenant, after the run was looked for.
      const questionId = fromWireId('question', params.question) ?? NOBODYS;
      return { body: await answerQuestion(ctx, deps, { runId, questionId, ...body }) };
    }),
  );
}

const NOBODYS = '00000000-0000-0000-0000-000000000000';

function linkRoutes(server: HttpServer, deps: PortalDeps): void {
  server.get(
    '/api/v1/runs/:run/portal-links',
    {
      config: reading,
      schema: {
        summary: 'Links into the portal of the run’s tenant, newest first',
        tags,
        params: runParams,
        response: { 200: z.object({ items: z.array(portalLinkSchema) }) },
      },
    },
    read(async (ctx, { params }) => ({ items: await listPortalLinks(ctx, runIdOf(params.run)) })),
  );
  server.post(
    '/api/v1/runs/:run/portal-links',
    {
      config: { ...writing, onceShown: ['url'] },
      schema: {
        summary: 'Make a link into the portal for one person of the client, and mail it',
        tags,
        params: runParams,
        body: newPortalLinkSchema,
        response: { 201: createdPortalLinkSchema },
      },
    },
    write(async (ctx, { params, body }) => ({
      status: 201,
      body: await createPortalLink(ctx, deps, { runId: runIdOf(params.run), ...body }),
    })),
  );
  server.post(
    '/api/v1/runs/:run/portal-links/:link/revoke',
    {
      config: writing,
      schema: {
        summary: 'End a link and everything that is open by it',
        tags,
        params: runParams.extend({ link: z.string().max(100) }),
        body: revokePortalLinkSchema,
        response: { 200: portalLinkSchema },
      },
    },
    write(async (ctx, { params, body }) => {
      const linkId = fromWireId('portal_link', params.link) ?? NOBODYS;
      return { body: await revokePortalLink(ctx, deps, { runId: runIdOf(params.run), linkId, ...body }) };
    }),
  );
}
