/** `/api/v1/tenants/:tenant/users` and `/login-policy`, for operators: parse, call the verb, answer. */
import {
  emailSettingSchema,
  inviteRequestSchema,
  loginPolicyChangesSchema,
  loginPolicySchema,
  pageQuerySchema,
  pageSchema,
  reasonRequestSchema,
  sessionListSchema,
  userChangesSchema,
  userListReportSchema,
  userViewSchema,
} from '@tenantry/contract';
import { z } from 'zod';
import type { Ctx } from '../access/index.ts';
import { type Answer, decodeCursor, type HttpServer, pageOf, personOf, read, write } from '../http/index.ts';
import { readTenant } from '../tenants/index.ts';
import type { IdentityDeps } from './authentication.ts';
import { deleteUser } from './delete-user.ts';
import { importUsers, LIST_BYTES_MAX, recordImport } from './import-users.ts';
import { inviteUser, resendInvitation } from './invite-user.ts';
import { listUsers, loadUser } from './load.ts';
import { setTenantPolicy, tenantPolicy } from './policy.ts';
import { sendResetTo } from './reset-password.ts';
import { resetSecondFactor } from './reset-second-factor.ts';
import { endSessionsOf, listSessions } from './sessions.ts';
import { setUserEmail } from './set-user-email.ts';
import { updateUser } from './update-user.ts';
import { policyChangesOf, userIdOf, viewPolicy, viewReport, viewSession, viewUser } from './views.ts';

const reading = { scope: 'tenants:read' } as const;
const writing = { scope: 'tenants:write' } as const;
const tags = ['users'];
const done = z.undefined();
const tenantParams = z.object({ tenant: z.string().max(100).describe('Id or slug') });
const userParams = tenantParams.extend({ user: z.string().max(100) });

/** @throws tenant.not_found, also for a tenant the person may not see */
const tenantIdOf = async (ctx: Ctx, name: string): Promise<string> => (await readTenant(ctx, name)).id;

export function userRoutes(server: HttpServer, deps: IdentityDeps): void {
  listRoutes(server, deps);
  oneUserRoutes(server, deps);
  userActRoutes(server, deps);
  uploadRoute(server, deps);
  policyRoutes(server);
}

function listRoutes(server: HttpServer, deps: IdentityDeps): void {
  server.get(
    '/api/v1/tenants/:tenant/users',
    {
      config: reading,
      schema: {
        summary: 'Users of a tenant by e-mail address',
        tags,
        params: tenantParams,
        querystring: pageQuerySchema,
        response: { 200: pageSchema(userViewSchema) },
      },
    },
    read(async (ctx, { params, query: { limit, cursor } }) => {
      const tenantId = await tenantIdOf(ctx, params.tenant);
      const after = decodeCursor(cursor, z.tuple([z.string().max(320)]))?.[0];
      const rows = await listUsers(ctx.tx, tenantId, { limit: limit + 1, after });
      const page = pageOf(rows, limit, (user) => [user.email.toLowerCase()]);
      return { items: page.items.map(viewUser), next_cursor: page.next_cursor };
    }),
  );
  server.post(
    '/api/v1/tenants/:tenant/users',
    {
      config: writing,
      schema: {
        summary: 'Invite a user; the mail waits while no mail server takes it',
        tags,
        params: tenantParams,
        body: inviteRequestSchema,
        response: { 201: userViewSchema },
      },
    },
    write(async (ctx, { params, body }): Promise<Answer> => {
      const { full_name: fullName, pilot = false, ...rest } = body;
      const tenantId = await tenantIdOf(ctx, params.tenant);
      const { keyring } = deps;
      const user = await inviteUser({ ...ctx, keyring }, deps, { tenantId, fullName, pilot, ...rest });
      return { status: 201, body: viewUser(user) };
    }),
  );
}

function oneUserRoutes(server: HttpServer, deps: IdentityDeps): void {
  const { keyring } = deps;
  server.patch(
    '/api/v1/tenants/:tenant/users/:user',
    {
      config: writing,
      schema: {
        summary: 'Change name, role or status of a user; another role and a disabled user end every session',
        tags,
        params: userParams,
        body: userChangesSchema,
        response: { 200: userViewSchema },
      },
    },
    write(async (ctx, { params, body }): Promise<Answer> => {
      const { full_name: fullName, reason, ...changes } = body;
      const tenantId = await tenantIdOf(ctx, params.tenant);
      const update = { tenantId, userId: userIdOf(params.user), changes: { fullName, ...changes }, reason };
      return { body: viewUser(await updateUser({ ...ctx, keyring }, update)) };
    }),
  );
  server.post(
    '/api/v1/tenants/:tenant/users/:user/email',
    {
      config: writing,
      schema: {
        summary: 'Give a user another address, with a reason; sessions and mailed links end, both addresses are told',
        tags,
        params: userParams,
        body: emailSettingSchema,
        response: { 200: userViewSchema },
      },
    },
    write(async (ctx, { params, body }): Promise<Answer> => {
      const tenantId = await tenantIdOf(ctx, params.tenant);
      const setting = { tenantId, userId: userIdOf(params.user), ...body };
      return { body: viewUser(await setUserEmail({ ...ctx, keyring }, deps, setting)) };
    }),
  );
  server.delete(
    '/api/v1/tenants/:tenant/users/:user',
    {
      config: writing,
      schema: {
        summary: 'Delete a user and end whatever of theirs opens anything',
        tags,
        params: userParams,
        querystring: z.object({ reason: z.string().trim().min(1).max(1_000).optional() }),
        response: { 204: done },
      },
    },
    write(async (ctx, { params, query: { reason } }): Promise<Answer> => {
      const tenantId = await tenantIdOf(ctx, params.tenant);
      const userId = userIdOf(params.user);
      await loadUser(ctx.tx, tenantId, userId);
      await deleteUser({ ...ctx, keyring }, { tenantId, userId, reason });
      return { status: 204 };
    }),
  );
  server.get(
    '/api/v1/tenants/:tenant/users/:user/sessions',
    {
      config: reading,
      schema: { summary: 'Live sessions of a user', tags, params: userParams, response: { 200: sessionListSchema } },
    },
    read(async (ctx, { params }) => {
      const tenantId = await tenantIdOf(ctx, params.tenant);
      const userId = userIdOf(params.user);
      await loadUser(ctx.tx, tenantId, userId);
      return { items: (await listSessions(ctx, { tenantId, userId })).map((session) => viewSession(session)) };
    }),
  );
}

function userActRoutes(server: HttpServer, deps: IdentityDeps): void {
  const { keyring } = deps;
  server.post(
    '/api/v1/tenants/:tenant/users/:user/invitation',
    {
      config: writing,
      schema: { summary: 'Mail the invitation again', tags, params: userParams, response: { 204: done } },
    },
    write(async (ctx, { params }): Promise<Answer> => {
      const tenantId = await tenantIdOf(ctx, params.tenant);
      await resendInvitation({ ...ctx, keyring }, deps, { tenantId, userId: userIdOf(params.user) });
      return { status: 204 };
    }),
  );
  server.post(
    '/api/v1/tenants/:tenant/users/:user/password-reset',
    {
      config: writing,
      schema: { summary: 'Mail a user the link to a new password', tags, params: userParams, response: { 204: done } },
    },
    write(async (ctx, { params }): Promise<Answer> => {
      const tenantId = await tenantIdOf(ctx, params.tenant);
      await sendResetTo(ctx, deps, { tenantId, userId: userIdOf(params.user) });
      return { status: 204 };
    }),
  );
  server.post(
    '/api/v1/tenants/:tenant/users/:user/sessions/end',
    {
      config: writing,
      schema: { summary: 'End every session of a user at once', tags, params: userParams, response: { 204: done } },
    },
    write(async (ctx, { params }): Promise<Answer> => {
      const tenantId = await tenantIdOf(ctx, params.tenant);
      const userId = userIdOf(params.user);
      await loadUser(ctx.tx, tenantId, userId);
      await endSessionsOf(ctx, { tenantId, userId, reason: 'revoked' });
      return { status: 204 };
    }),
  );
  server.post(
    '/api/v1/tenants/:tenant/users/:user/second-factor/reset',
    {
      config: writing,
      schema: {
        summary: 'Take away a second factor that was lost, with a reason; every session of the user ends',
        tags,
        params: userParams,
        body: reasonRequestSchema,
        response: { 204: done },
      },
    },
    write(async (ctx, { params, body: { reason } }): Promise<Answer> => {
      const tenantId = await tenantIdOf(ctx, params.tenant);
      await resetSecondFactor({ ...ctx, keyring }, { tenantId, userId: userIdOf(params.user), reason });
      return { status: 204 };
    }),
  );
}

function uploadRoute(server: HttpServer, deps: IdentityDeps): void {
  // The body stays a stream: a list of a hundred thousand is never in memory at once.
  server.addContentTypeParser('text/csv', { bodyLimit: LIST_BYTES_MAX }, (_request, payload, parsed) =>
    parsed(null, payload),
  );
  server.post(
    '/api/v1/tenants/:tenant/users/upload',
    {
      bodyLimit: LIST_BYTES_MAX,
      config: { ...writing, notIdempotent: 'A row whose address is there already changes nothing.' },
      schema: {
        summary: 'Provision users by a list in CSV (email, full_name, role); the report names each faulty row',
        tags,
        consumes: ['text/csv'],
        params: tenantParams,
        querystring: z.object({ invite: z.stringbool().default(false).describe('Mail each of them an invitation') }),
        response: { 200: userListReportSchema },
      },
    },
    async (request) => {
      const { now, database } = request.server.services;
      const actor = personOf(request);
      const at = now();
      const tenantId = await database.transaction('operator', (tx) =>
        tenantIdOf({ tx, actor, now: at }, request.params.tenant),
      );
      const pieces = piecesOf(request.body);
      const report = await importUsers(deps, { tenantId, actor, pieces, invite: request.query.invite, now: at });
      await database.transaction('operator', (tx) => recordImport({ tx, actor, now: at }, tenantId, report));
      return viewReport(report);
    },
  );
}

const isStream = (body: unknown): body is AsyncIterable<Uint8Array> =>
  typeof body === 'object' && body !== null && Symbol.asyncIterator in body;

async function* piecesOf(body: unknown): AsyncGenerator<Uint8Array> {
  if (isStream(body)) yield* body;
}

function policyRoutes(server: HttpServer): void {
  server.get(
    '/api/v1/tenants/:tenant/login-policy',
    {
      config: reading,
      schema: {
        summary: "What a tenant asks of its users' log-ins",
        tags,
        params: tenantParams,
        response: { 200: loginPolicySchema },
      },
    },
    read(async (ctx, { params }) => viewPolicy(await tenantPolicy(ctx.tx, await tenantIdOf(ctx, params.tenant)))),
  );
  server.patch(
    '/api/v1/tenants/:tenant/login-policy',
    {
      config: writing,
      schema: {
        summary: "Change what a tenant asks of its users' log-ins; open sessions are held to it",
        tags,
        params: tenantParams,
        body: loginPolicyChangesSchema,
        response: { 200: loginPolicySchema },
      },
    },
    write(async (ctx, { params, body: { reason, ...wanted } }): Promise<Answer> => {
      const tenantId = await tenantIdOf(ctx, params.tenant);
      return { body: viewPolicy(await setTenantPolicy(ctx, { tenantId, changes: policyChangesOf(wanted), reason })) };
    }),
  );
}
