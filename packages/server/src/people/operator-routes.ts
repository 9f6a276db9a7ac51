/** `/api/v1/operators` and `/api/v1/platform-roles`: parse, call the verb, answer. */
import {
  emailSettingSchema,
  fromWireId,
  invitedOperatorSchema,
  linkIdentitySchema,
  newOperatorSchema,
  type OperatorView,
  operatorViewSchema,
  pageQuerySchema,
  pageSchema,
  platformRoleViewSchema,
  reasonSchema,
  setGrantsSchema,
  TenantryError,
  toWireId,
} from '@tenantry/contract';
import { z } from 'zod';
import { type Ctx, PLATFORM_ROLE_NAMES, PLATFORM_ROLES } from '../access/index.ts';
import { type Answer, decodeCursor, type HttpServer, pageOf, read, write } from '../http/index.ts';
import type { InvitationDeps } from './mails.ts';
import {
  createOperator,
  disableOperator,
  type Invitation,
  invitationLink,
  linkIdentity,
  listOperators,
  type NewGrant,
  type Operator,
  readOperator,
  reinviteOperator,
  setGrants,
  setOperatorEmail,
} from './operators/index.ts';

const params = z.object({ operator: z.string().max(100) });
const tags = ['operators'];

export function operatorRoutes(server: HttpServer, deps: InvitationDeps): void {
  readRoutes(server);
  inviteRoutes(server, deps);
  changeRoutes(server, deps);
}

function readRoutes(server: HttpServer): void {
  server.get(
    '/api/v1/platform-roles',
    {
      config: { anyKey: true },
      schema: {
        summary: 'The platform roles, and what each may do',
        tags,
        response: { 200: z.object({ items: z.array(platformRoleViewSchema) }) },
      },
    },
    async () => ({
      items: PLATFORM_ROLE_NAMES.map((role) => {
        const { tenantData, scopes, ...facts } = PLATFORM_ROLES[role];
        return { role, ...facts, scopes: [...scopes], tenant_data: tenantData };
      }),
    }),
  );
  server.get(
    '/api/v1/operators',
    {
      config: { scope: 'operators:read' },
      schema: {
        summary: 'People of the vendor by e-mail address, with what each may do',
        tags,
        querystring: pageQuerySchema,
        response: { 200: pageSchema(operatorViewSchema) },
      },
    },
    read(async (ctx, { query: { limit, cursor } }) => {
      const after = decodeCursor(cursor, z.tuple([z.string().max(254)]))?.[0];
      const page = pageOf(await listOperators(ctx, { after, limit: limit + 1 }), limit, ({ email }) => [email]);
      return { items: page.items.map(viewOperator), next_cursor: page.next_cursor };
    }),
  );
  server.get(
    '/api/v1/operators/:operator',
    {
      config: { scope: 'operators:read' },
      schema: { summary: 'One person of the vendor', tags, params, response: { 200: operatorViewSchema } },
    },
    read(async (ctx, request) => viewOperator(await readOperator(ctx, operatorIdOf(request.params.operator)))),
  );
}

function inviteRoutes(server: HttpServer, deps: InvitationDeps): void {
  const config = { scope: 'operators:write', onceShown: ['invitation_url'] } as const;
  const answer = (id: string, invitation: Invitation): Answer => ({
    status: 201,
    body: {
      id: toWireId('person', id),
      invitation_url: invitationLink(deps.publicUrl, invitation).reveal(),
      expires_at: invitation.expiresAt.toISOString(),
    },
  });
  server.post(
    '/api/v1/operators',
    {
      config,
      schema: {
        summary: 'Invite a person of the vendor, by mail; the answer shows the link once as well',
        tags,
        body: newOperatorSchema,
        response: { 201: invitedOperatorSchema },
      },
    },
    write(async (ctx, { body }) => {
      const { id, invitation } = await createOperator(ctx, deps, { ...body, grants: body.grants.map(grantOf) });
      return answer(id, invitation);
    }),
  );
  server.post(
    '/api/v1/operators/:operator/invitation',
    {
      config,
      schema: {
        summary: 'Invite again after a lost password and app: ends both, and the sessions made with them',
        tags,
        params,
        body: reasonSchema,
        response: { 201: invitedOperatorSchema },
      },
    },
    write(async (ctx, request) => {
      const personId = operatorIdOf(request.params.operator);
      return answer(personId, await reinviteOperator(ctx, deps, { personId, reason: request.body.reason }));
    }),
  );
}

function changeRoutes(server: HttpServer, deps: InvitationDeps): void {
  const config = { scope: 'operators:write' } as const;
  const one = { tags, params, response: { 200: operatorViewSchema } };
  const answer = async (ctx: Ctx, personId: string): Promise<Answer> => ({
    body: viewOperator(await readOperator(ctx, personId)),
  });
  server.post(
    '/api/v1/operators/:operator/grants',
    { config, schema: { summary: 'Say what a person may do from now on', ...one, body: setGrantsSchema } },
    write(async (ctx, request) => {
      const personId = operatorIdOf(request.params.operator);
      const { grants, roles, reason } = request.body;
      await setGrants(ctx, { personId, grants: grants.map(grantOf), reason, ...(roles && { roles }) });
      return answer(ctx, personId);
    }),
  );
  server.post(
    '/api/v1/operators/:operator/disable',
    { config, schema: { summary: 'End everything of a person at once', ...one, body: reasonSchema } },
    write(async (ctx, request) => {
      const personId = operatorIdOf(request.params.operator);
      await disableOperator(ctx, deps.mails, { personId, reason: request.body.reason });
      return answer(ctx, personId);
    }),
  );
  server.post(
    '/api/v1/operators/:operator/email',
    { config, schema: { summary: 'Give a person another address to sign in with', ...one, body: emailSettingSchema } },
    write(async (ctx, request) => {
      const personId = operatorIdOf(request.params.operator);
      await setOperatorEmail(ctx, deps.mails, { personId, ...request.body });
      return answer(ctx, personId);
    }),
  );
  server.post(
    '/api/v1/operators/:operator/identities',
    { config, schema: { summary: 'Say which account of the provider a person is', ...one, body: linkIdentitySchema } },
    write(async (ctx, request) => {
      const personId = operatorIdOf(request.params.operator);
      await linkIdentity(ctx, { personId, ...request.body });
      return answer(ctx, personId);
    }),
  );
}

type WireGrant = z.output<typeof newOperatorSchema>['grants'][number];

/** @throws request.invalid for a text that is no id of a client */
function grantOf({ role, product, client, expires_at: expiresAt }: WireGrant): NewGrant {
  const clientId = client === undefined ? null : fromWireId('client', client);
  if (clientId === undefined) {
    throw new TenantryError('request.invalid', `"${client}" is not the id of a client.`, {
      faults: [{ path: 'body.grants.client', message: 'expects the id of a client' }],
      next: 'GET /api/v1/clients has the ids.',
    });
  }
  return {
    role,
    productId: product ?? null,
    clientId,
    expiresAt: expiresAt === undefined ? null : new Date(expiresAt),
  };
}

/** @throws access.person_not_found for a text that is no id of a person */
function operatorIdOf(wire: string): string {
  const id = fromWireId('person', wire);
  if (id !== undefined) return id;
  throw new TenantryError('access.person_not_found', `"${wire}" is not the id of a person.`, {
    next: 'GET /api/v1/operators has the ids.',
  });
}

const viewOperator = (operator: Operator): OperatorView => ({
  id: toWireId('person', operator.id),
  name: operator.name,
  email: operator.email,
  roles: operator.roles,
  grants: operator.grants.map(({ role, productId, clientId, source, grantedBy, at, expiresAt }) => ({
    role,
    product: productId,
    client_id: clientId === null ? null : toWireId('client', clientId),
    source,
    granted_by: grantedBy,
    at: at.toISOString(),
    expires_at: expiresAt?.toISOString() ?? null,
  })),
  development: operator.development,
  created_at: operator.createdAt.toISOString(),
  disabled_at: operator.disabledAt?.toISOString() ?? null,
  signed_in_at: operator.signedInAt?.toISOString() ?? null,
});
