/** `/api/v1/whoami`, `/api/v1/people` and `/api/v1/keys`: parse, call the verb, answer. */
import {
  createdKeySchema,
  fromWireId,
  type KeyView,
  keyQuerySchema,
  keyViewSchema,
  newKeyRequestSchema,
  type PersonView,
  pageQuerySchema,
  pageSchema,
  personViewSchema,
  TenantryError,
  toWireId,
  whoamiSchema,
} from '@tenantry/contract';
import { z } from 'zod';
import type { PersonActor } from '../access/index.ts';
import { type Answer, decodeCursor, type HttpServer, pageOf, personOf, read, write } from '../http/index.ts';
import { createKey } from './create-key.ts';
import { type KeySummary, listKeys } from './list-keys.ts';
import { listPeople } from './list-people.ts';
import { revokeKey } from './revoke-key.ts';
import type { Person } from './tables.ts';

export function peopleRoutes(server: HttpServer): void {
  personRoutes(server);
  keyListRoute(server);
  keyWriteRoutes(server);
}

function personRoutes(server: HttpServer): void {
  server.get(
    '/api/v1/whoami',
    {
      config: { anyKey: true },
      schema: {
        summary: 'Whom this key stands for and what it may be used for',
        tags: ['people'],
        response: { 200: whoamiSchema },
      },
    },
    async (request) => viewActor(personOf(request)),
  );
  server.get(
    '/api/v1/people',
    {
      config: { scope: 'keys:write' },
      schema: {
        summary: 'People by e-mail address',
        tags: ['people'],
        querystring: pageQuerySchema,
        response: { 200: pageSchema(personViewSchema) },
      },
    },
    read(async (ctx, { query: { limit, cursor } }) => {
      const after = decodeCursor(cursor, z.tuple([z.string().max(254)]))?.[0];
      const page = pageOf(await listPeople(ctx, { after, limit: limit + 1 }), limit, (person) => [person.email]);
      return { items: page.items.map(viewPerson), next_cursor: page.next_cursor };
    }),
  );
}

/** Any key sees the others of the same person: whoever finds a leaked one can see what else to end. */
function keyListRoute(server: HttpServer): void {
  server.get(
    '/api/v1/keys',
    {
      config: { anyKey: true },
      schema: {
        summary: 'Keys of a person, oldest first; of others with the scope keys:write',
        tags: ['keys'],
        querystring: keyQuerySchema,
        response: { 200: pageSchema(keyViewSchema) },
      },
    },
    read(async (ctx, request) => {
      const { limit, cursor, person } = request.query;
      const after = decodeCursor(cursor, z.tuple([z.iso.datetime(), z.uuid()]));
      const rows = await listKeys(ctx, {
        personId: person === undefined ? personOf(request).id : personIdOf(person),
        limit: limit + 1,
        after: after === undefined ? undefined : { createdAt: new Date(after[0]), id: after[1] },
      });
      const page = pageOf(rows, limit, (key) => [key.createdAt, key.id]);
      return { items: page.items.map(viewKey), next_cursor: page.next_cursor };
    }),
  );
}

function keyWriteRoutes(server: HttpServer): void {
  server.post(
    '/api/v1/keys',
    {
      config: { scope: 'keys:write', onceShown: ['key'] },
      schema: {
        summary: 'Give a person a key; the answer shows it once',
        tags: ['keys'],
        body: newKeyRequestSchema,
        response: { 201: createdKeySchema },
      },
    },
    write(async (ctx, request): Promise<Answer> => {
      const { person, name, scopes, expires_at: expiresAt } = request.body;
      const personId = person === undefined ? personOf(request).id : personIdOf(person);
      const { id, key } = await createKey(ctx, {
        personId,
        name,
        scopes,
        ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt) }),
      });
      return { status: 201, body: { id: toWireId('key', id), person_id: toWireId('person', personId), key } };
    }),
  );
  server.delete(
    '/api/v1/keys/:key',
    {
      config: { anyKey: true },
      schema: {
        summary: 'End a key for good; those of others with the scope keys:write',
        tags: ['keys'],
        params: z.object({ key: z.string().max(100) }),
        querystring: z.object({ reason: z.string().trim().min(1).max(1_000).optional() }),
        response: { 204: z.undefined().describe('The key opens nothing any more') },
      },
    },
    write(async (ctx, { params, query: { reason } }): Promise<Answer> => {
      await revokeKey(ctx, { keyId: keyIdOf(params.key), ...(reason !== undefined && { reason }) });
      return { status: 204 };
    }),
  );
}

const clientOf = (id: string | null | undefined): string | null => (id == null ? null : toWireId('client', id));

const viewActor = (actor: PersonActor): z.input<typeof whoamiSchema> => ({
  schema: 'tenantry.person/1',
  id: toWireId('person', actor.id),
  name: actor.name,
  email: actor.email,
  party: actor.party,
  roles: [...actor.roles],
  client_id: clientOf(actor.clientId),
  development: actor.development,
  key_id: actor.keyId === undefined ? null : toWireId('key', actor.keyId),
  scopes: [...actor.scopes],
  grants: (actor.grants ?? []).map(({ role, productId, clientId }) => ({
    role,
    product: productId,
    client_id: clientOf(clientId),
  })),
});

const viewPerson = (person: Person): PersonView => ({
  id: toWireId('person', person.id),
  name: person.name,
  email: person.email,
  party: person.party,
  roles: person.roles,
  client_id: clientOf(person.clientId),
  development: person.development,
  created_at: person.createdAt.toISOString(),
  disabled_at: person.disabledAt?.toISOString() ?? null,
});

const viewKey = (key: KeySummary): KeyView => ({
  id: toWireId('key', key.id),
  name: key.name,
  prefix: key.prefix,
  scopes: [...key.scopes],
  created_at: key.createdAt.toISOString(),
  expires_at: key.expiresAt?.toISOString() ?? null,
  revoked_at: key.revokedAt?.toISOString() ?? null,
  last_used_at: key.lastUsedAt?.toISOString() ?? null,
});

/** @throws access.person_not_found for a text that is no id of a person */
function personIdOf(text: string): string {
  const id = fromWireId('person', text);
  if (id !== undefined) return id;
  throw new TenantryError('access.person_not_found', `"${text}" is not the id of a person.`, {
    next: 'GET /api/v1/people has the ids.',
  });
}

/** @throws access.key_not_found for a text that is no id of a key */
function keyIdOf(text: string): string {
  const id = fromWireId('key', text);
  if (id !== undefined) return id;
  // The text may be a whole key, sent by mistake, so it is not repeated.
  throw new TenantryError('access.key_not_found', 'This is not the id of a key.', {
    next: 'GET /api/v1/keys has the ids. A key itself is not its id.',
  });
}
