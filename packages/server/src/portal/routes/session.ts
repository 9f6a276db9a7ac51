/** Into the portal by a link, out of it, and a new link by mail. */
import {
  askedForPortalLinkSchema,
  askForPortalLinkSchema,
  isTenantryError,
  openPortalSchema,
  portalOverviewSchema,
  portalSessionSchema,
} from '@tenantry/contract';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { systemActor } from '../../access/index.ts';
import { assertSameOrigin, type HttpServer, limitByAddress } from '../../http/index.ts';
import { askForLink, endPortalSession, isLinkOf, openPortal } from '../links/index.ts';
import type { PortalDeps } from '../portal-deps.ts';
import { findVisitor, type Visitor } from '../visitor.ts';
import { readOverview } from '../work/overview.ts';
import { portalRoute, sessionCookieOf, setPortalCookie, visitorOf } from './visits.ts';

/** Wrong links a minute from one address, after which none of its links are looked at. */
const WRONG_LINKS_PER_MINUTE = 20;
const WISHES_PER_MINUTE = 10;

const tags = ['portal'];

export function sessionRoutes(server: HttpServer, deps: PortalDeps): void {
  openRoute(server, deps);
  const wishes = limitByAddress(server, WISHES_PER_MINUTE);
  server.post(
    '/portal/api/ask-for-link',
    {
      ...portalRoute,
      schema: {
        summary: 'Have a new link mailed to whom the old one was made for; the answer is always the same',
        tags,
        body: askForPortalLinkSchema,
        response: { 202: askedForPortalLinkSchema },
      },
    },
    async (request, reply) => {
      assertSameOrigin(request);
      await wishes.count(request);
      const { database, now } = deps;
      await database.transaction('operator', (tx) =>
        askForLink({ tx, actor: systemActor('portal'), now: now() }, deps, request.body),
      );
      return reply.code(202).send({ answer: 'If we know you, a new link is on its way.' as const });
    },
  );
  server.post(
    '/portal/api/sign-out',
    { ...portalRoute, schema: { summary: 'End the session of this browser', tags, response: { 204: z.null() } } },
    async (request, reply) => {
      const visitor = await visitorOf(request, deps);
      await endSession(deps, visitor, 'signed out');
      setPortalCookie(reply, deps, '', 0);
      return reply.code(204).send(null);
    },
  );
  server.get(
    '/portal/api/overview',
    {
      ...portalRoute,
      schema: { summary: 'Progress, tasks and what is waited for', tags, response: { 200: portalOverviewSchema } },
    },
    async (request) => readOverview(deps, await visitorOf(request, deps)),
  );
}

function openRoute(server: HttpServer, deps: PortalDeps): void {
  const wrong = limitByAddress(server, WRONG_LINKS_PER_MINUTE);
  server.post(
    '/portal/api/open',
    {
      ...portalRoute,
      schema: {
        summary: 'Exchange the token of a link for a session, once; the token is the authority',
        tags,
        body: openPortalSchema,
        response: { 200: portalSessionSchema },
      },
    },
    async (request, reply) => {
      assertSameOrigin(request);
      await wrong.assertFew(request);
      const { token } = request.body;
      const here = await visitorHere(request, deps);
      if (here !== undefined && (await isSameLink(deps, here, token))) {
        return { expires_at: here.expiresAt.toISOString() };
      }
      const { session, expiresAt } = await enter(request, deps, token).catch(async (error: unknown) => {
        if (isTenantryError(error) && error.code === 'portal.link_refused') await wrong.count(request);
        throw error;
      });
      // A session made before is not carried over, and one of somebody else does not stay behind.
      if (here !== undefined) await endSession(deps, here, 'another link was opened in the same browser');
      const leftSeconds = Math.floor((expiresAt.getTime() - deps.now().getTime()) / 1_000);
      setPortalCookie(reply, deps, session.reveal(), leftSeconds);
      return { expires_at: expiresAt.toISOString() };
    },
  );
}

const visitorHere = (request: FastifyRequest, deps: PortalDeps): Promise<Visitor | undefined> =>
  findVisitor(deps.database, sessionCookieOf(request, deps), deps.now()).catch((error: unknown) => {
    if (isTenantryError(error) && error.code === 'portal.signed_out') return undefined;
    throw error;
  });

const isSameLink = ({ database }: PortalDeps, { linkId }: Visitor, token: string): Promise<boolean> =>
  database.transaction('operator', (tx) => isLinkOf({ tx }, linkId, token));

const enter = (request: FastifyRequest, { database, now }: PortalDeps, token: string) =>
  database.transaction('operator', (tx) =>
    openPortal({ tx, now: now() }, { token, address: request.ip, userAgent: request.headers['user-agent'] ?? '' }),
  );

const endSession = ({ database, now }: PortalDeps, { sessionId }: Visitor, reason: string): Promise<void> =>
  database.transaction('operator', (tx) => endPortalSession({ tx, now: now() }, sessionId, reason));
