/**
 * `/api/account`: a user of a tenant with an access token. Everybody sees themselves and their sessions; the tenant's
 * administrators see and change its users.
 */
import {
  codeRequestSchema,
  enrolmentSchema,
  inviteRequestSchema,
  pageQuerySchema,
  pageSchema,
  reasonRequestSchema,
  recoveryCodesSchema,
  recoveryRenewalSchema,
  sessionListSchema,
  TenantryError,
  userChangesSchema,
  userViewSchema,
} from '@tenantry/contract';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { UserAct } from '../access/index.ts';
import { Secret } from '../connectors/kit/index.ts';
import { decodeCursor, type HttpServer, pageOf } from '../http/index.ts';
import type { VaultCtx } from '../vault/index.ts';
import { actingAdministrator, actingUser } from './acting-user.ts';
import type { UserSession } from './authentication.ts';
import { inviteUser, resendInvitation } from './invite-user.ts';
import { listUsers, loadUser } from './load.ts';
import { renewRecoveryCodes } from './renew-recovery-codes.ts';
import { sendResetTo } from './reset-password.ts';
import { resetSecondFactor } from './reset-second-factor.ts';
import { confirmTotp, startTotp } from './second-factor.ts';
import { endSession, endSessionsOf, listSessions } from './sessions.ts';
import { authenticateAccess, type TokenDeps } from './token-sessions.ts';
import { updateUser } from './update-user.ts';
import { sessionNotFound, userIdOf, viewSession, viewUser } from './views.ts';

const config = { public: true } as const;
const tags = ['account'];
const done = z.undefined();
const userParams = z.object({ user: z.string().max(100) });
const BEARER = /^Bearer +(\S+) *$/i;

export function accountRoutes(server: HttpServer, deps: TokenDeps): void {
  ownRoutes(server, deps);
  ownSecondFactorRoutes(server, deps);
  recoveryCodeRoute(server, deps);
  ownSessionRoutes(server, deps);
  userListRoutes(server, deps);
  userRoutes(server, deps);
}

/** @throws access.unauthenticated, user.session_ended */
function sessionOf(deps: TokenDeps, request: FastifyRequest): Promise<UserSession> {
  const accessToken = BEARER.exec(request.headers.authorization ?? '')?.[1];
  if (accessToken === undefined) {
    throw new TenantryError('access.unauthenticated', 'This request carries no access token.', {
      next: 'Send the header "Authorization: Bearer …" with the access token of a log-in.',
    });
  }
  return authenticateAccess(deps, { accessToken, address: request.ip, now: request.server.services.now() });
}

/** One transaction in the name of the user who asks. */
async function asUser<T>(
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
const asAdmin = <T>(
  deps: TokenDeps,
  request: FastifyRequest,
  act: UserAct,
  fn: (ctx: VaultCtx, tenantId: string) => Promise<T>,
): Promise<T> =>
  asUser(deps, request, async (ctx, { user }) =>
    fn({ ...ctx, actor: await actingAdministrator(ctx.tx, user, act) }, user.tenantId),
  );

function ownRoutes(server: HttpServer, deps: TokenDeps): void {
  server.get(
    '/api/account',
    { config, schema: { summary: 'The user of this access token', tags, response: { 200: userViewSchema } } },
    (request) =>
      asUser(deps, request, async ({ tx }, { user }) => viewUser(await loadUser(tx, user.tenantId, user.id))),
  );
}

function ownSecondFactorRoutes(server: HttpServer, deps: TokenDeps): void {
  const { now } = server.services;
  server.post(
    '/api/account/second-factor',
    {
      config,
      schema: {
        summary: 'Set up an authenticator app; it counts once a code of it was confirmed',
        tags,
        response: { 200: enrolmentSchema },
      },
    },
    async (request) => {
      const { user } = await sessionOf(deps, request);
      const { uri, key, picture } = await startTotp(deps, { tenantId: user.tenantId, userId: user.id, now: now() });
      return { uri: uri.reveal(), key: key.reveal(), picture: picture.reveal() };
    },
  );
  server.post(
    '/api/account/second-factor/confirm',
    {
      config,
      schema: {
        summary:
          'Turn the second factor on with its first code; the recovery codes are answered here and nowhere again',
        tags,
        body: codeRequestSchema,
        response: { 200: recoveryCodesSchema },
      },
    },
    async (request) => {
      const { user } = await sessionOf(deps, request);
      const name = { tenantId: user.tenantId, userId: user.id };
      const codes = await confirmTotp(deps, { ...name, code: request.body.code, now: now() });
      if (codes !== undefined) return { recovery_codes: codes.map((code) => code.reveal()) };
      throw new TenantryError('user.second_factor_refused', 'The code is not right.', {
        next: 'Wait for the next code, and check the clock of the device.',
      });
    },
  );
}

function recoveryCodeRoute(server: HttpServer, deps: TokenDeps): void {
  server.post(
    '/api/account/second-factor/recovery-codes',
    {
      config,
      schema: {
        summary: 'Make new recovery codes, with the password or a code of the app; those before end at once',
        tags,
        body: recoveryRenewalSchema,
        response: { 200: recoveryCodesSchema },
      },
    },
    async (request) => {
      const { user } = await sessionOf(deps, request);
      const { password, code = '' } = request.body;
      const proof = password === undefined ? { code } : { password: new Secret(password) };
      const asked = { user, proof, address: request.ip, now: server.services.now() };
      const codes = await renewRecoveryCodes(deps, asked);
      return { recovery_codes: codes.map((one) => one.reveal()) };
    },
  );
}

function ownSessionRoutes(server: HttpServer, deps: TokenDeps): void {
  server.get(
    '/api/account/sessions',
    { config, schema: { summary: 'Your live sessions, newest first', tags, response: { 200: sessionListSchema } } },
    (request) =>
      asUser(deps, request, async (ctx, { id, user }) => {
        const sessions = await listSessions(ctx, { tenantId: user.tenantId, userId: user.id });
        return { items: sessions.map((session) => viewSession(session, id)) };
      }),
  );
  server.delete(
    '/api/account/sessions/:session',
    {
      config,
      schema: {
        summary: 'End one of your sessions at once',
        tags,
        params: z.object({ session: z.uuid() }),
        response: { 204: done },
      },
    },
    async (request, reply) => {
      const { session: sessionId } = request.params;
      const ended = await asUser(deps, request, (ctx, { user }) =>
        endSession(ctx, { tenantId: user.tenantId, userId: user.id, sessionId, reason: 'revoked' }),
      );
      if (!ended) throw sessionNotFound();
      return reply.code(204).send();
    },
  );
  server.post(
    '/api/account/sessions/end-others',
    { config, schema: { summary: 'End all your other sessions at once', tags, response: { 204: done } } },
    async (request, reply) => {
      await asUser(deps, request, (ctx, { id, user }) =>
        endSessionsOf(ctx, { tenantId: user.tenantId, userId: user.id, reason: 'revoked', except: id }),
      );
      return reply.code(204).send();
    },
  );
}

function userListRoutes(server: HttpServer, deps: TokenDeps): void {
  server.get(
    '/api/account/users',
    {
      config,
      schema: {
        summary: 'Users of the tenant by e-mail address, for its administrators',
        tags,
        querystring: pageQuerySchema,
        response: { 200: pageSchema(userViewSchema) },
      },
    },
    (request) =>
      asAdmin(deps, request, 'users:read', async ({ tx }, tenantId) => {
        const { limit, cursor } = request.query;
        const after = decodeCursor(cursor, z.tuple([z.string().max(320)]))?.[0];
        const rows = await listUsers(tx, tenantId, { limit: limit + 1, after });
        const page = pageOf(rows, limit, (user) => [user.email.toLowerCase()]);
        return { items: page.items.map(viewUser), next_cursor: page.next_cursor };
      }),
  );
  server.post(
    '/api/account/users',
    {
      config,
      schema: { summary: 'Invite a user', tags, body: inviteRequestSchema, response: { 201: userViewSchema } },
    },
    async (request, reply) => {
      const { full_name: fullName, pilot = false, ...rest } = request.body;
      const user = await asAdmin(deps, request, 'users:write', (ctx, tenantId) =>
        inviteUser(ctx, deps, { tenantId, fullName, pilot, ...rest }),
      );
      return reply.code(201).send(viewUser(user));
    },
  );
}

function userRoutes(server: HttpServer, deps: TokenDeps): void {
  server.patch(
    '/api/account/users/:user',
    {
      config,
      schema: {
        summary: 'Change name, role or status of a user',
        tags,
        params: userParams,
        body: userChangesSchema,
        response: { 200: userViewSchema },
      },
    },
    (request) =>
      asAdmin(deps, request, 'users:write', async (ctx, tenantId) => {
        const { full_name: fullName, reason, ...changes } = request.body;
        const userId = userIdOf(request.params.user);
        return viewUser(await updateUser(ctx, { tenantId, userId, changes: { fullName, ...changes }, reason }));
      }),
  );
  const acts = {
    invitation: {
      summary: 'Mail the invitation again',
      act: (ctx: VaultCtx, name: { tenantId: string; userId: string }) => resendInvitation(ctx, deps, name),
    },
    'password-reset': {
      summary: 'Mail a user the link to a new password',
      act: (ctx: VaultCtx, name: { tenantId: string; userId: string }) => sendResetTo(ctx, deps, name),
    },
    'sessions/end': {
      summary: 'End every session of a user at once',
      act: async (ctx: VaultCtx, { tenantId, userId }: { tenantId: string; userId: string }) => {
        await loadUser(ctx.tx, tenantId, userId);
        await endSessionsOf(ctx, { tenantId, userId, reason: 'revoked' });
      },
    },
  };
  for (const [name, { summary, act }] of Object.entries(acts)) {
    server.post(
      `/api/account/users/:user/${name}`,
      { config, schema: { summary, tags, params: userParams, response: { 204: done } } },
      async (request, reply) => {
        const { user } = request.params;
        await asAdmin(deps, request, 'users:write', (ctx, tenantId) => act(ctx, { tenantId, userId: userIdOf(user) }));
        return reply.code(204).send();
      },
    );
  }
  server.post(
    '/api/account/users/:user/second-factor/reset',
    {
      config,
      schema: {
        summary: 'Take away a second factor that was lost; every session of the user ends',
        tags,
        params: userParams,
        body: reasonRequestSchema,
        response: { 204: done },
      },
    },
    async (request, reply) => {
      const { reason } = request.body;
      const { user } = request.params;
      await asAdmin(deps, request, 'users:write', (ctx, tenantId) =>
        resetSecondFactor(ctx, { tenantId, userId: userIdOf(user), reason }),
      );
      return reply.code(204).send();
    },
  );
}
