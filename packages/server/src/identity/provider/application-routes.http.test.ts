import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ActorGrant, PersonActor } from '../../access/index.ts';
import { cloneDatabase } from '../../db/testing/index.ts';
import { problemIn, testPerson, testServer } from '../../http/testing/test-server.ts';
import { clientPerson } from '../../tenants/testing/registry.ts';
import { applicationRoutes } from './application-routes.ts';
import { providerWorld } from './testing/provider-world.ts';

const test = await cloneDatabase();
const { idp, clock, now } = await providerWorld(test);
await test.asSuperuser(
  `insert into tenantry.products (id, name, profile) select 'other', 'Other', profile from tenantry.products`,
);

const DAY_MS = 24 * 60 * 60 * 1_000;
const CLIENT_ID = '7d9f3b52-0c35-4c43-a1c0-b5d1c1a0e7f1';

const engineer = (productId: string | null, clientId: string | null = null): PersonActor => {
  const grants: readonly ActorGrant[] = [{ role: 'engineer', productId, clientId }];
  return { ...testPerson(randomUUID(), ['tenants:read', 'tenants:write']), grants };
};

const OWNER = 'tnt_owner';
const READER = 'tnt_reader';
const CUTLIST = 'tnt_cutlist';
const ONE_CLIENT = 'tnt_one_client';
const CLIENT = 'tnt_client';
const keys = {
  [OWNER]: engineer(null),
  [READER]: testPerson(randomUUID(), ['tenants:read']),
  [CUTLIST]: engineer('cutlist'),
  [ONE_CLIENT]: engineer('cutlist', CLIENT_ID),
  [CLIENT]: clientPerson(CLIENT_ID),
};

// Answers are kept under somebody who is there.
await test.asSuperuser(
  `insert into tenantry.people (id, name, email, party, created_at)
   values ($1, 'Olive', 'olive@vendor.example', 'vendor', now())`,
  [keys[OWNER].id],
);

interface Options {
  readonly key?: string;
  readonly payload?: object;
  readonly once?: string;
}

async function serving() {
  const { server, log } = await testServer({ keys, database: test.database, now });
  applicationRoutes(server, { issuer: idp.issuer });
  const ask = (method: 'GET' | 'POST' | 'PATCH', path = '', { key = OWNER, payload, once }: Options = {}) =>
    server.inject({
      method,
      url: `/api/v1/applications${path}`,
      headers: { authorization: `Bearer ${key}`, ...(once === undefined ? {} : { 'idempotency-key': once }) },
      ...(payload === undefined ? {} : { payload }),
    });
  return { ask, log };
}

const wish = (id: string, more: object = {}) => ({
  id,
  product: 'cutlist',
  name: 'Cutlist',
  redirect_uris: ['https://app.example/callback'],
  ...more,
});

interface Shown {
  readonly id: string;
  readonly client_secret?: string;
}

/** Whether the token endpoint takes the secret: then all that is wrong is the code. */
async function opens(id: string, secret: string | undefined): Promise<boolean> {
  const response = await fetch(`${idp.issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      redirect_uri: 'https://app.example/callback',
      code: 'x',
      code_verifier: 'x'.repeat(43),
    }),
  });
  const { error } = (await response.json()) as { readonly error: string };
  expect(['invalid_client', 'invalid_grant']).toContain(error);
  return error === 'invalid_grant';
}

const auditOf = async (id: string): Promise<readonly string[]> => {
  const rows = await test.asSuperuser<{ action: string }>(
    `select action from tenantry.audit_log where subject_kind = 'oidc_client' and subject_id = $1 order by seq`,
    [id],
  );
  return rows.map(({ action }) => action);
};

describe('200 and 201', () => {
  it('registers an application, whose secret opens the token endpoint and is shown in this answer alone', async () => {
    const { ask, log } = await serving();
    const answer = await ask('POST', '', { payload: wish('first', { resource: 'https://api.app.example' }) });
    expect(answer.statusCode).toBe(201);
    const { client_secret: secret, ...view } = answer.json<Shown>();
    expect(view).toMatchObject({
      id: 'first',
      product: 'cutlist',
      public: false,
      issuer: idp.issuer,
      redirect_uris: ['https://app.example/callback'],
      resource: 'https://api.app.example',
      signing_alg: 'RS256',
      tenant_label: 'Organisation',
      first_party: true,
      disabled_at: null,
    });
    expect(await opens('first', secret)).toBe(true);
    expect(await opens('first', 'another')).toBe(false);
    const read = await ask('GET', '/first', { key: READER });
    expect(read.json()).toEqual(view);
    expect(read.body + (await ask('GET')).body + log()).not.toContain(secret);
    expect(await auditOf('first')).toEqual(['oidc_client.created']);
  });

  it('gives a public application no secret', async () => {
    const { ask } = await serving();
    const answer = await ask('POST', '', { payload: wish('spa', { public: true }) });
    expect(answer.json()).toMatchObject({ id: 'spa', public: true });
    expect(answer.json()).not.toHaveProperty('client_secret');
    expect(problemIn(await ask('POST', '/spa/secret'))).toMatchObject({ code: 'request.invalid' });
  });

  it('registers once for one Idempotency-Key, and does not keep the secret to answer again', async () => {
    const { ask } = await serving();
    const once = randomUUID();
    const first = await ask('POST', '', { payload: wish('once'), once });
    const again = await ask('POST', '', { payload: wish('once'), once });
    const { client_secret: secret, ...view } = first.json<Shown>();
    expect([secret, again.statusCode, again.headers['idempotency-replayed']]).toEqual([
      expect.any(String),
      201,
      'true',
    ]);
    expect(again.json()).toEqual(view);
    expect(await auditOf('once')).toEqual(['oidc_client.created']);
  });

  it('lists by id, page by page', async () => {
    const { ask } = await serving();
    for (const id of ['list-b', 'list-a', 'list-c']) await ask('POST', '', { payload: wish(id) });
    const ids: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = await ask('GET', `?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      const body: { items: Shown[]; next_cursor: string | null } = page.json();
      expect(body.items.length).toBeLessThanOrEqual(2);
      ids.push(...body.items.map(({ id }) => id));
      cursor = body.next_cursor;
    }
    expect(ids.filter((id) => id.startsWith('list-'))).toEqual(['list-a', 'list-b', 'list-c']);
    expect(ids).toHaveLength(new Set(ids).size);
  });

  it('changes what is given, takes away what is null, and leaves the rest', async () => {
    const { ask } = await serving();
    const payload = wish('changing', { tenant_label: 'Workshop', backchannel_logout_uri: 'https://app.example/out' });
    await ask('POST', '', { payload });
    const changed = await ask('PATCH', '/changing', {
      payload: { redirect_uris: ['https://new.example/'], backchannel_logout_uri: null },
    });
    expect(changed.statusCode).toBe(200);
    expect(changed.json()).toMatchObject({
      redirect_uris: ['https://new.example/'],
      backchannel_logout_uri: null,
      tenant_label: 'Workshop',
      name: 'Cutlist',
    });
    expect(await auditOf('changing')).toEqual(['oidc_client.created', 'oidc_client.changed']);
  });

  it('rotates the secret: both are good for a day, then the new one alone', async () => {
    const { ask } = await serving();
    const { client_secret: old } = (await ask('POST', '', { payload: wish('turning') })).json<Shown>();
    const answer = await ask('POST', '/turning/secret', { payload: {} });
    expect(answer.statusCode).toBe(201);
    const { client_secret: fresh, old_secret_until: until } = answer.json<Shown & { old_secret_until: string }>();
    expect(fresh).not.toBe(old);
    expect(Math.abs(new Date(until).getTime() - now().getTime() - DAY_MS)).toBeLessThan(60_000);
    expect([await opens('turning', old), await opens('turning', fresh)]).toEqual([true, true]);
    clock.aheadMs += DAY_MS + 1_000;
    expect([await opens('turning', old), await opens('turning', fresh)]).toEqual([false, true]);
    expect(await auditOf('turning')).toEqual(['oidc_client.created', 'oidc_client.secret_rotated']);
  });

  it('disables: its secret opens nothing any more, and it stays in the list', async () => {
    const { ask } = await serving();
    const { client_secret: secret } = (await ask('POST', '', { payload: wish('ending') })).json<Shown>();
    const answer = await ask('POST', '/ending/disable', { payload: { reason: 'was shut down' } });
    expect(answer.json()).toMatchObject({ disabled_at: expect.any(String) });
    expect(await opens('ending', secret)).toBe(false);
    expect((await ask('GET', '?limit=200')).body).toContain('"ending"');
    expect(await auditOf('ending')).toEqual(['oidc_client.created', 'oidc_client.disabled']);
  });

  it('enables again: the secret that was there opens it as before', async () => {
    const { ask } = await serving();
    const { client_secret: secret } = (await ask('POST', '', { payload: wish('back') })).json<Shown>();
    await ask('POST', '/back/disable', { payload: { reason: 'under attack' } });
    const answer = await ask('POST', '/back/enable', { payload: { reason: 'mended' } });
    expect(answer.json()).toMatchObject({ disabled_at: null });
    expect(await opens('back', secret)).toBe(true);
    expect(await auditOf('back')).toEqual(['oidc_client.created', 'oidc_client.disabled', 'oidc_client.enabled']);
    expect((await ask('POST', '/back/enable', { payload: {} })).statusCode).toBe(400);
  });
});

describe('400', () => {
  it('names the address that cannot be registered, as the request calls it', async () => {
    const { ask } = await serving();
    const bad = wish('bad', {
      redirect_uris: ['https://app.example/callback', 'http://app.example/callback', 'https://app.example/*'],
      backchannel_logout_uri: 'ftp://app.example/',
    });
    const problem = problemIn(await ask('POST', '', { payload: bad }));
    expect(problem).toMatchObject({ code: 'request.invalid' });
    expect(problem.faults.map(({ path }) => path)).toEqual([
      'body.redirect_uris.1',
      'body.redirect_uris.2',
      'body.backchannel_logout_uri',
    ]);
    await ask('POST', '', { payload: wish('good') });
    const change = await ask('PATCH', '/good', { payload: { redirect_uris: [] } });
    expect(problemIn(change).faults.map(({ path }) => path)).toEqual(['body.redirect_uris']);
    expect((await ask('GET', '/bad')).statusCode).toBe(404);
  });

  it('names the id that is taken', async () => {
    const { ask } = await serving();
    await ask('POST', '', { payload: wish('taken') });
    expect(problemIn(await ask('POST', '', { payload: wish('taken') })).faults).toMatchObject([{ path: 'body.id' }]);
  });

  it('refuses a field it does not know, and disabling without a reason', async () => {
    const { ask } = await serving();
    expect((await ask('POST', '', { payload: wish('extra', { secret: 'chosen' }) })).statusCode).toBe(400);
    expect((await ask('POST', '/extra/disable', { payload: {} })).statusCode).toBe(400);
  });
});

describe('403 and 404', () => {
  it('somebody who may only read changes nothing', async () => {
    const { ask } = await serving();
    await ask('POST', '', { payload: wish('kept') });
    const answers = [
      await ask('POST', '', { key: READER, payload: wish('mine') }),
      await ask('PATCH', '/kept', { key: READER, payload: { name: 'Mine' } }),
      await ask('POST', '/kept/secret', { key: READER }),
      await ask('POST', '/kept/disable', { key: READER, payload: { reason: 'x' } }),
      await ask('POST', '/kept/enable', { key: READER, payload: { reason: 'x' } }),
    ];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([403, 403, 403, 403, 403]);
    expect(await auditOf('kept')).toEqual(['oidc_client.created']);
  });

  it('an engineer of one product registers for it and no other, and sees no application of another', async () => {
    const { ask } = await serving();
    expect((await ask('POST', '', { key: CUTLIST, payload: wish('ours') })).statusCode).toBe(201);
    const theirs = wish('theirs', { product: 'other' });
    expect(problemIn(await ask('POST', '', { key: CUTLIST, payload: theirs }))).toMatchObject({
      code: 'access.forbidden',
    });
    expect((await ask('POST', '', { payload: theirs })).statusCode).toBe(201);
    expect((await ask('GET', '?limit=200', { key: CUTLIST })).body).toContain('"ours"');
    expect((await ask('GET', '?limit=200', { key: CUTLIST })).body).not.toContain('"theirs"');
    const answers = [
      await ask('GET', '/theirs', { key: CUTLIST }),
      await ask('PATCH', '/theirs', { key: CUTLIST, payload: { name: 'Ours' } }),
      await ask('POST', '/theirs/secret', { key: CUTLIST }),
      await ask('POST', '/theirs/disable', { key: CUTLIST, payload: { reason: 'x' } }),
      await ask('POST', '/theirs/enable', { key: CUTLIST, payload: { reason: 'x' } }),
    ];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([404, 404, 404, 404, 404]);
    expect(await auditOf('theirs')).toEqual(['oidc_client.created']);
  });

  it('a grant for one client of a product is not enough, and people of a client see none', async () => {
    const { ask } = await serving();
    await ask('POST', '', { payload: wish('whole') });
    for (const key of [ONE_CLIENT, CLIENT]) {
      expect(problemIn(await ask('POST', '', { key, payload: wish('part') }))).toMatchObject({
        code: 'access.forbidden',
      });
      expect((await ask('GET', '', { key })).json()).toEqual({ items: [], next_cursor: null });
      expect((await ask('GET', '/whole', { key })).statusCode).toBe(404);
      expect((await ask('PATCH', '/whole', { key, payload: { name: 'Part' } })).statusCode).toBe(404);
    }
  });

  it('a product that is not there, an application that is not there', async () => {
    const { ask } = await serving();
    const lost = await ask('POST', '', { payload: wish('lost', { product: 'nowhere' }) });
    expect(problemIn(lost)).toMatchObject({ code: 'product.not_found' });
    for (const answer of [await ask('GET', '/nobody'), await ask('POST', '/nobody/secret')]) {
      expect(problemIn(answer)).toMatchObject({ code: 'request.not_found' });
    }
  });
});
