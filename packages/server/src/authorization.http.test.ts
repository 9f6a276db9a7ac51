import { randomUUID } from 'node:crypto';
import type { LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ctx, PLATFORM_ROLE_NAMES, type PlatformRole, SCOPES, systemActor } from './access/index.ts';
import { PUBLIC, RULES, type Rule } from './authorization.matrix.ts';
import { cloneDatabase } from './db/testing/index.ts';
import { type HttpServer, listRoutes } from './http/index.ts';
import { createClient } from './identity/index.ts';
import { createKey, createPerson } from './people/index.ts';
import { clientFile } from './runbooks/testing/world.ts';
import { openFullServer } from './testing/full-server.ts';

const test = await cloneDatabase();
const { asSuperuser, database } = test;
let server: HttpServer;
let close: () => Promise<void>;

const RUNBOOK = `
runbook: sample
version: "1.0"
title: Sample
owner: tests
subject: new_tenant
intake:
  type: object
  required: [slug, thing]
  properties: { slug: { type: string }, thing: { type: string } }
roles: { nobody: { title: Nobody } }
may: { override: [nobody], cancel: [nobody], rollback: [nobody] }
phases:
  - id: only
    owner: nobody
    steps: [{ id: look, task: Look at it }]
`;

/** Where a thing lies, seen from the grants of the people of this test: `cutlist` for client A. */
const PLACES = ['own', 'other tenant', 'other client', 'other product'] as const;
type Place = (typeof PLACES)[number];

interface Things {
  readonly tenant: string;
  readonly run: string;
  readonly artifact: string;
  readonly client: string;
  readonly product: string;
  readonly support: string;
  readonly application: string;
  readonly backup: string;
}

const things = new Map<Place, Things>();
const thingsAt = (place: Place): Things => things.get(place) ?? expect.fail(`nothing lies at ${place}`);
const keys = new Map<string, string>();
let operator: { readonly id: string; readonly keyId: string };

const CLIENT_A = randomUUID();
const CLIENT_B = randomUUID();
const setUp = <T>(fn: (ctx: Ctx) => Promise<T>): Promise<T> =>
  database.transaction('operator', (tx) => fn({ tx, actor: systemActor('test'), now: new Date() }));

beforeAll(async () => {
  const opened = await openFullServer(test);
  server = opened.server;
  close = opened.close;
  await opened.world.publish(RUNBOOK);
  await asSuperuser(
    `insert into tenantry.products (id, name, profile) select 'other', 'Other', profile from tenantry.products`,
  );
  for (const [id, reference] of [
    [CLIENT_A, 'A'],
    [CLIENT_B, 'B'],
  ]) {
    await asSuperuser(`insert into tenantry.clients (id, reference, legal_name) values ($1, $2, $2)`, [id, reference]);
  }
  const asker = await person('Asker', ['support'], null);
  for (const place of PLACES) things.set(place, await makeThings(opened.world.start, place, asker));
  for (const role of PLATFORM_ROLE_NAMES)
    keys.set(role, await keyOf(await person(role, [role], role === 'owner' ? null : 'cutlist')));
  await letSupportIn();
  const carl = await setUp((ctx) =>
    createPerson(ctx, {
      name: 'Carl',
      email: 'carl@a.example',
      party: 'client',
      clientId: CLIENT_A,
      roles: ['client_admin'],
    }),
  );
  keys.set('client', await keyOf(carl.id));
  await makeDeadKeys();
  const target = await person('Target', ['sales'], null);
  operator = { id: target, keyId: (await keyRow(target)).id };
});

afterAll(() => close());

async function person(name: string, roles: readonly PlatformRole[], product: string | null): Promise<string> {
  const email = `${name}@vendor.example`;
  const { id } = await setUp((ctx) => createPerson(ctx, { name, email, party: 'vendor' }));
  for (const role of roles) {
    await asSuperuser(
      `insert into tenantry.grants (person_id, role, product_id, client_id, source, at) values ($1, $2, $3, $4, 'setup', now())`,
      [id, role, product, product === null ? null : CLIENT_A],
    );
  }
  return id;
}

/** With every scope the person may carry: what is refused is refused by the roles. */
async function keyRow(personId: string): Promise<{ id: string; key: string }> {
  const { id, key } = await setUp((ctx) => createKey(ctx, { personId, name: 'k', scopes: ['runs:read'] }));
  await asSuperuser('update tenantry.api_keys set scopes = $2 where id = $1', [id, [...SCOPES]]);
  return { id, key };
}

const keyOf = async (personId: string): Promise<string> => (await keyRow(personId)).key;

async function makeThings(
  start: (file: string) => Promise<{ readonly id: string; readonly meta: { readonly tenantId: string | null } }>,
  place: Place,
  asker: string,
): Promise<Things> {
  const slug = place.replace(' ', '-');
  const run = await start(clientFile('sample', { slug, thing: slug }));
  const [product, client] = [
    place === 'other product' ? 'other' : 'cutlist',
    place === 'other client' ? CLIENT_B : CLIENT_A,
  ];
  const tenant = run.meta.tenantId ?? randomUUID();
  await asSuperuser(
    `insert into tenantry.tenants (id, name, slug, product_id, client_id) values ($1, $2, $2, $3, $4)`,
    [tenant, slug, product, client],
  );
  await asSuperuser('update tenantry.runs set product_id = $2, client_id = $3 where id = $1', [
    run.id,
    product,
    client,
  ]);
  // So that a stream of its events has an end.
  await asSuperuser(`update tenantry.run_events set run_status = 'completed' where run_id = $1`, [run.id]);
  const [artifact] = await asSuperuser<{ id: string }>(
    `insert into tenantry.run_artifacts (run_id, tenant_id, step_id, round, name, media_type, bytes, sha256, created_at)
     values ($1, $2, 'look', 1, 'a.txt', 'text/plain', 'x', '${'0'.repeat(64)}', now()) returning id`,
    [run.id, tenant],
  );
  const [support] = await asSuperuser<{ id: string }>(
    `insert into tenantry.support_access (tenant_id, person_id, reason, hours, asked_at) values ($1, $2, 'r', 1, now()) returning id`,
    [tenant, asker],
  );
  const application = `app-${slug}`;
  await setUp((ctx) =>
    createClient(ctx, {
      id: application,
      productId: product,
      name: slug,
      redirectUris: ['https://app.example/callback'],
    }),
  );
  const backup = randomUUID();
  // One id for the backup, the work on it and its schedule: the routes tell them apart.
  await asSuperuser(
    `insert into tenantry.backups (id, scope, product_id, environment, tenant_id, stamp, status, keep_until, actor, created_at)
     values ($1, 'tenant', $2, 'production', $3, '20261120_090000', 'ready', now(), '{}', now())`,
    [backup, product, tenant],
  );
  await asSuperuser(
    `insert into tenantry.backup_operations (id, kind, tenant_id, product_id, backup_id, request, status, actor, asked_at)
     values ($1, 'verify', $3, $2, $1, '{}', 'done', '{}', now())`,
    [backup, product, tenant],
  );
  await asSuperuser(
    `insert into tenantry.backup_schedules (id, product_id, environment, tenant_id, every, keep_days, next_at, next_test_at, actor, created_at, updated_at)
     values ($1, $2, 'production', $3, 'daily', 30, now(), now(), '{}', now(), now())`,
    [backup, product, tenant],
  );
  return {
    backup,
    tenant,
    run: run.id,
    artifact: artifact?.id ?? '',
    client,
    product,
    support: support?.id ?? '',
    application,
  };
}

/** The person in support has a live access to one tenant and to no other. */
async function letSupportIn(): Promise<void> {
  await asSuperuser(
    `insert into tenantry.support_access (tenant_id, person_id, reason, hours, asked_at, granted_by, from_at, until_at)
     select $1, s.id, 'r', 4, now(), o.id, now() - interval '1 minute', now() + interval '1 hour'
     from tenantry.people s, tenantry.people o where s.name = 'support' and o.name = 'owner'`,
    [thingsAt('own').tenant],
  );
}

async function makeDeadKeys(): Promise<void> {
  const [expired, revoked] = [
    await keyRow(await person('Late', ['owner'], null)),
    await keyRow(await person('Ended', ['owner'], null)),
  ];
  await asSuperuser(`update tenantry.api_keys set expires_at = now() - interval '1 second' where id = $1`, [
    expired.id,
  ]);
  await asSuperuser('update tenantry.api_keys set revoked_at = now() where id = $1', [revoked.id]);
  const gone = await person('Gone', ['owner'], null);
  const disabled = await keyOf(gone);
  await asSuperuser('update tenantry.people set disabled_at = now() where id = $1', [gone]);
  keys.set('expired', expired.key).set('revoked', revoked.key).set('disabled', disabled);
}

type Outcome = 'in' | 'unauthenticated' | 'no scope' | 'no support access' | 'hidden' | 'broken';

const HIDDEN = new Set([
  'tenant.not_found',
  'run.not_found',
  'client.not_found',
  'access.person_not_found',
  'access.key_not_found',
  'access.support_not_found',
  // There is no application of this id.
  'request.not_found',
]);

interface Refusal {
  readonly code: string;
  readonly facts?: { readonly scope?: string };
  readonly faults?: readonly { readonly path: string }[];
}

/** What the answer says about permission. Past it, a refusal for another reason (a wrong body, a wrong state) is `in`. */
function outcomeOf(response: LightMyRequestResponse): Outcome {
  if (response.statusCode >= 500) return 'broken';
  if (response.statusCode === 401) return 'unauthenticated';
  if (response.statusCode < 400) return 'in';
  const { code, facts, faults } = response.json<Refusal>();
  // Then the line of the route is out of date, and nothing behind the schema was asked.
  if (code === 'request.invalid' && faults?.some(({ path }) => path.startsWith('body')) === true) return 'broken';
  if (code === 'access.support_required') return 'no support access';
  if (code === 'access.forbidden' && facts?.scope !== undefined) return 'no scope';
  return HIDDEN.has(code) ? 'hidden' : 'in';
}

let calls = 0;
async function call(route: string, rule: Rule, place: Place, key: string | undefined): Promise<Outcome> {
  const [method = '', pattern = ''] = route.split(' ');
  const at = thingsAt(place);
  const url = pattern
    .replace(':tenant', at.tenant)
    .replace(':user', `user_${randomUUID()}`)
    .replace(':run', `run_${at.run}`)
    .replace(':artifact', at.artifact)
    .replace(':client', `client_${at.client}`)
    .replace(':access', `support_${at.support}`)
    .replace(':operator', `person_${operator.id}`)
    .replace(':application', at.application)
    .replace(':key', `key_${operator.keyId}`)
    .replace(':backup', `backup_${at.backup}`)
    .replace(':operation', `operation_${at.backup}`)
    .replace(':schedule', `schedule_${at.backup}`)
    .replace(':product', at.product)
    // A stream that has an end.
    .replace('/guard/stream', '/guard/stream?follow=false')
    .replace(':step', 'nowhere')
    .replace(':number', '1');
  calls += 1;
  const body = JSON.stringify(rule.body ?? {})
    .replace('$product', at.product)
    .replaceAll('$fresh', `fresh-${calls}`)
    .replace('$past', new Date(Date.now() - 60_000).toISOString())
    .replace('$now', new Date().toISOString());
  const response = await server.inject({
    method: method as 'GET',
    url,
    // Each from a place of its own, so that the limit for wrong keys stays out of it.
    remoteAddress: `10.${(calls >> 16) & 255}.${(calls >> 8) & 255}.${calls & 255}`,
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    ...(rule.body === undefined ? {} : { payload: JSON.parse(body) }),
    ...(rule.body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) } }),
  });
  return outcomeOf(response);
}

/** What should come of it, from the one line of the route. */
function expected(
  { target, roles, client, tenantData, foundBy = [] }: Rule,
  actor: PlatformRole | 'client',
  place: Place,
): Outcome {
  if (actor === 'client') {
    if (client === 'hidden') return 'hidden';
    if (!client) return 'no scope';
    return place === 'other client' && ['tenant', 'run', 'client', 'support'].includes(target) ? 'hidden' : 'in';
  }
  if (!roles.includes(actor) && !foundBy.includes(actor)) return 'no scope';
  if (actor === 'owner' || target === 'none' || target === 'operator') return 'in';
  // Of a product as a whole, and these people's grants are limited to a client.
  if (target === 'application') return 'hidden';
  const outside = {
    own: false,
    'other tenant': false,
    'other client': target !== 'product_in_body',
    // The other product has a tenant of client A, and a client is reached through its tenants.
    'other product': target !== 'client',
  }[place];
  if (outside) return target === 'product_in_body' ? 'no scope' : 'hidden';
  if (!roles.includes(actor)) return 'no scope';
  return tenantData && actor === 'support' && place !== 'own' ? 'no support access' : 'in';
}

const routesOf = () =>
  listRoutes(server)
    .filter(({ method, url }) => !['HEAD', 'OPTIONS'].includes(method) && !url.startsWith('/api/docs'))
    .map(({ method, url, public: isPublic }) => ({ name: `${method} ${url}`, isPublic }));

describe('the matrix', () => {
  it('has a line for every route of the server, and none for a route that is gone', () => {
    const routes = routesOf();
    expect(
      routes
        .filter(({ isPublic }) => !isPublic)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(Object.keys(RULES).sort());
    expect(
      routes
        .filter(({ isPublic }) => isPublic)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(Object.keys(PUBLIC).sort());
  });

  it('agrees with the OpenAPI document on which operations need a key', () => {
    const { paths = {} } = server.swagger() as { paths?: Record<string, Record<string, { security?: unknown[] }>> };
    const described = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { security }]) => ({
        name: `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
        isPublic: security?.length === 0,
      })),
    );
    expect(described.length).toBeGreaterThan(40);
    for (const { name, isPublic } of described) expect(Object.hasOwn(isPublic ? PUBLIC : RULES, name), name).toBe(true);
    const names = new Set(described.map(({ name }) => name));
    expect(Object.keys(RULES).filter((name) => !names.has(name))).toEqual([]);
  });
});

describe('VAL-11, VAL-12, VAL-13: each route', () => {
  it.each(Object.entries(RULES))(
    '%s answers each role, product, client and tenant as its line says',
    async (route, rule) => {
      const actors = [...PLATFORM_ROLE_NAMES, 'client'] as const;
      const places = rule.target === 'none' || rule.target === 'operator' ? (['own'] as const) : PLACES;
      const [got, wanted]: Record<string, Outcome>[] = [{}, {}];
      // From the mighty to the weak would change things before the weak are asked.
      for (const actor of [...actors].reverse()) {
        for (const place of places) {
          const name = `${actor}: ${place}`;
          if (wanted !== undefined) wanted[name] = expected(rule, actor, place);
          if (got !== undefined) got[name] = await call(route, rule, place, keys.get(actor));
        }
      }
      expect(got).toEqual(wanted);
    },
  );

  it.each(Object.entries(RULES))('%s answers nobody without a key that is valid', async (route, rule) => {
    for (const kind of ['none', 'expired', 'revoked', 'disabled']) {
      expect(await call(route, rule, 'own', keys.get(kind)), kind).toBe('unauthenticated');
    }
  });
});

describe('lists', () => {
  it.each(['/tenants', '/runs', '/clients', '/support-access'])(
    '/api/v1%s shows nothing outside the reader’s grants',
    async (path) => {
      const all = PLACES.map(thingsAt);
      const within: Record<string, readonly Place[]> = {
        engineer: ['own', 'other tenant'],
        client: ['own', 'other tenant', 'other product'],
        owner: PLACES,
      };
      for (const [actor, places] of Object.entries(within)) {
        const response = await server.inject({
          url: `/api/v1${path}`,
          headers: { authorization: `Bearer ${keys.get(actor)}` },
        });
        expect(response.statusCode).toBe(200);
        const text = response.body;
        const ids = (at: Things): string =>
          ({ '/tenants': at.tenant, '/runs': at.run, '/clients': at.client, '/support-access': at.support })[path] ??
          '';
        const shown = new Set(all.map(ids).filter((id) => text.includes(id)));
        expect([...shown].sort(), actor).toEqual([...new Set(places.map((place) => ids(thingsAt(place))))].sort());
      }
    },
  );
});

describe('routes for users of tenants', () => {
  const own = Object.keys(PUBLIC).filter((route) => route.includes(' /api/account'));

  it.each(own)('%s opens to no key of an operator, the owner’s included', async (route) => {
    const [method = '', url = ''] = route.split(' ');
    for (const key of [keys.get('owner'), undefined]) {
      const response = await server.inject({
        method: method as 'GET',
        url: url.replaceAll(/:\w+/g, randomUUID()),
        ...(key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } }),
      });
      expect([400, 401]).toContain(response.statusCode);
      if (method === 'GET') expect(response.statusCode).toBe(401);
    }
  });
});
