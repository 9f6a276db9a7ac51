/** Who stands behind an access token, and a transaction in their name. */
import { TenantryError } from '@tenantry/contract';
import type { FastifyRequest } from 'fastify';
import type { UserAct } from '../access/index.ts';
import type { VaultCtx } from '../vault/index.ts';
import { actingAdministrator, actingUser } from './acting-user.ts';
import type { UserSession } from './authentication.ts';
import { authenticateAccess, type TokenDeps } from './token-sessions.ts';

const BEARER = /^Bearer +(\S+) *$/i;

/** @throws access.unauthenticated, user.session_ended */
export function sessionOf(deps: TokenDeps, request: FastifyRequest): Promise<UserSession> {
  const accessToken = BEARER.exec(request.headers.authorization ?? '')?.[1];
  if (accessToken === undefined) {
    throw new TenantryError('access.unauthenticated', 'This request carries no access token.', {
      next: 'Send the header "Authorization: Bearer …" with the access token of a log-in.',
    });
  }
  return authenticateAccess(deps, { accessToken, address: request.ip, now: request.server.services.now() });
}

/** One transaction in the name of the user who asks. */
export async function asUser<T>(
  deps: TokenDeps,
  request: FastifyRequest,
  fn: (ctx: VaultCtx, session: UserSession) => Promise<T>,
): Promise<T> {
  const session = await sessionOf(deps, request);
  const { keyring } = deps;
  const now = request.server.services.now();
  return deps.database.transaction('operator', (tx) =>
    fn({ tx, keyring, now, actor: actingUser(session.user) }, session),
  );
}

/** The same for an administrator of the tenant. @throws access.forbidden, user.email_unverified */
export const asAdmin = <T>(
  deps: TokenDeps,
  request: FastifyRequest,
  act: UserAct,
  fn: (ctx: VaultCtx, tenantId: string) => Promise<T>,
): Promise<T> =>
  asUser(deps, request, async (ctx, { user }) =>
    fn({ ...ctx, actor: await actingAdministrator(ctx.tx, user, act) }, user.tenantId),
  );
