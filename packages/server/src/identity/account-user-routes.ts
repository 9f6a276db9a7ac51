/** `/api/account/users`: what the administrators of a tenant do with its users, with an access token. */
import {
  inviteRequestSchema,
  pageQuerySchema,
  pageSchema,
  reasonRequestSchema,
  userChangesSchema,
  userViewSchema,
} from '@tenantry/contract';
import { z } from 'zod';
import { decodeCursor, type HttpServer, pageOf } from '../http/index.ts';
import type { VaultCtx } from '../vault/index.ts';
import { asAdmin } from './account-request.ts';
import { inviteUser, resendInvitation } from './invite-user.ts';
import { listUsers, loadUser } from './load.ts';
import { sendResetTo } from './reset-password.ts';
import { resetSecondFactor } from './reset-second-factor.ts';
import { endSessionsOf } from './sessions.ts';
import type { TokenDeps } from './token-sessions.ts';
import { updateUser } from './update-user.ts';
import { userIdOf, viewUser } from './views.ts';

const config = { public: true } as const;
const tags = ['account'];
const done = z.undefined();
const userParams = z.object({ user: z.string().max(100) });

export function accountUserRoutes(server: HttpServer, deps: TokenDeps): void {
  userListRoutes(server, deps);
  userRoutes(server, deps);
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
