/** What the routes of the portal share: who is there, whose run it is, and a transaction in their name. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Ctx } from '../../access/index.ts';
import { assertSameOrigin, cookieHeader, cookieOf } from '../../http/index.ts';
import type { VaultCtx } from '../../vault/index.ts';
import type { PortalDeps } from '../portal-deps.ts';
import { assertOwnRun, findVisitor, runIdIn, type Visitor } from '../visitor.ts';

/** The session of a portal link is the authority; the matrix of keys does not know these routes. */
export const portalRoute = { config: { public: true } } as const;

export const runParams = z.object({ run: z.string().max(100) });
export const taskParams = runParams.extend({ step: z.string().max(200) });

const nameFor = ({ publicUrl }: PortalDeps): string =>
  publicUrl.startsWith('https://') ? '__Host-tenantry_portal' : 'tenantry_portal';

export const sessionCookieOf = (request: FastifyRequest, deps: PortalDeps): string | undefined =>
  cookieOf(request, nameFor(deps));

/** Lives as long as the browser lets it and the link does: coming back tomorrow needs no mail. */
export function setPortalCookie(reply: FastifyReply, deps: PortalDeps, token: string, maxAgeSeconds: number): void {
  const secure = deps.publicUrl.startsWith('https://');
  // Not returned: a reply that is awaited waits until it is sent.
  reply.header('set-cookie', cookieHeader(nameFor(deps), token, { path: '/', secure, maxAgeSeconds }));
}

/**
 * Who asks. A write that another site made the browser send is refused before anything is looked up.
 *
 * @throws portal.signed_out, access.forbidden
 */
export function visitorOf(request: FastifyRequest, deps: PortalDeps): Promise<Visitor> {
  assertSameOrigin(request);
  return findVisitor(deps.database, sessionCookieOf(request, deps), deps.now());
}

/** Who asks, and the id of a run that row-level security shows them. @throws portal.not_found, portal.signed_out */
export async function visitorOfRun(
  request: FastifyRequest,
  deps: PortalDeps,
  run: string,
): Promise<{ readonly visitor: Visitor; readonly runId: string }> {
  const visitor = await visitorOf(request, deps);
  const runId = runIdIn(run);
  await assertOwnRun(deps.database, visitor, runId);
  return { visitor, runId };
}

/** As the person, for the verbs of runs. */
export const asVisitor = <T>(deps: PortalDeps, { actor }: Visitor, fn: (ctx: Ctx) => Promise<T>): Promise<T> =>
  deps.database.transaction('operator', (tx) => fn({ tx, actor, now: deps.now() }));

/** As the person, under row-level security: for the portal's own rows and the vault. */
export const inTenant = <T>(
  { database, keyring, now }: PortalDeps,
  { actor, tenantId }: Visitor,
  fn: (ctx: VaultCtx) => Promise<T>,
): Promise<T> => database.tenantTransaction(tenantId, (tx) => fn({ tx, actor, keyring, now: now() }));
