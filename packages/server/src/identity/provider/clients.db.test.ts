import { describe, expect, it } from 'vitest';
import type { Actor, Ctx } from '../../access/index.ts';
import { cloneDatabase } from '../../db/testing/index.ts';
import { clientPerson, NOW, operator, reader, storeCutlist } from '../../tenants/testing/registry.ts';
import { identityWorld } from '../testing/world.ts';
import { hashSecret } from './clients.ts';
import {
  changeClient,
  createClient,
  disableClient,
  ensureClient,
  listClients,
  type NewOidcClient,
  rotateSecret,
  setTenantColor,
} from './index.ts';
import { recordAdapter } from './records.ts';

const test = await cloneDatabase();
const { database, asSuperuser } = test;
await storeCutlist(database);
const world = identityWorld(test);

const doing = <T>(fn: (ctx: Ctx) => Promise<T>, actor: Actor = operator, now = NOW): Promise<T> =>
  database.transaction('operator', (tx) => fn({ tx, actor, now }));

const wish = (id: string, overrides: Partial<NewOidcClient> = {}): NewOidcClient => ({
  id,
  productId: 'cutlist',
  name: 'Cutlist',
  redirectUris: ['https://app.example/callback'],
  ...overrides,
});

const auditOf = (id: string) =>
  asSuperuser<{ action: string; row: string }>(
    `select action, row_to_json(a)::text as row from tenantry.audit_log a where subject_kind = 'oidc_client' and subject_id = $1 order by seq`,
    [id],
  );

describe('createClient', () => {
  it('registers an application and answers its secret once; neither the row nor the audit log holds it', async () => {
    const { client, secret } = await doing((ctx) => createClient(ctx, wish('one')));
    expect(client).toMatchObject({ id: 'one', firstParty: true, signingAlg: 'RS256', version: 1 });
    const text = secret?.reveal() ?? '';
    expect(text).toMatch(/^[\w-]{43}$/);
    const rows = await asSuperuser<{ row: string }>('select row_to_json(c)::text as row from tenantry.oidc_clients c');
    expect(rows.map(({ row }) => row).join()).not.toContain(text);
    const audit = await auditOf('one');
    expect(audit.map(({ action }) => action)).toEqual(['oidc_client.created']);
    expect(audit[0]?.row).not.toContain(text);
    expect(audit[0]?.row).not.toContain(hashSecret(text));
  });

  it('gives a public application none', async () => {
    expect((await doing((ctx) => createClient(ctx, wish('spa', { public: true })))).secret).toBeUndefined();
  });

  it('refuses another of the same id, a product that is not there, and every fault in it at once', async () => {
    await doing((ctx) => createClient(ctx, wish('twice')));
    await expect(doing((ctx) => createClient(ctx, wish('twice')))).rejects.toMatchObject({ code: 'request.invalid' });
    await expect(doing((ctx) => createClient(ctx, wish('lost', { productId: 'nothing' })))).rejects.toMatchObject({
      code: 'product.not_found',
    });
    const bad = wish('X', {
      redirectUris: ['https://app.example/*', 'http://app.example/'],
      signingAlg: 'HS256' as 'RS256',
    });
    await expect(doing((ctx) => createClient(ctx, bad))).rejects.toMatchObject({
      code: 'request.invalid',
      faults: expect.arrayContaining([
        expect.objectContaining({ path: 'id' }),
        expect.objectContaining({ path: 'redirectUris.0' }),
        expect.objectContaining({ path: 'redirectUris.1' }),
        expect.objectContaining({ path: 'signingAlg' }),
      ]),
    });
  });

  it('is refused to an actor without the scope, as are all other changes', async () => {
    await doing((ctx) => createClient(ctx, wish('guarded')));
    for (const attempt of [
      (ctx: Ctx) => createClient(ctx, wish('mine')),
      (ctx: Ctx) => changeClient(ctx, 'guarded', { name: 'X' }),
      (ctx: Ctx) => rotateSecret(ctx, 'guarded'),
      (ctx: Ctx) => disableClient(ctx, 'guarded', 'because'),
    ]) {
      await expect(doing<unknown>(attempt, reader)).rejects.toMatchObject({ code: 'access.forbidden' });
    }
    expect((await auditOf('guarded')).map(({ action }) => action)).toEqual(['oidc_client.created']);
  });
});

describe('rotateSecret', () => {
  it('lets the old secret live for a day, and the one before that not at all', async () => {
    const first = (await doing((ctx) => createClient(ctx, wish('rotated')))).secret?.reveal() ?? '';
    const second = (await doing((ctx) => rotateSecret(ctx, 'rotated'))).secret.reveal();
    const third = await doing((ctx) => rotateSecret(ctx, 'rotated'));
    expect(third.client.secrets.map(({ hash }) => hash)).toEqual([
      hashSecret(third.secret.reveal()),
      hashSecret(second),
    ]);
    expect(third.client.secrets.map(({ hash }) => hash)).not.toContain(hashSecret(first));
    expect(third.oldUntil.getTime() - NOW.getTime()).toBe(24 * 60 * 60 * 1_000);
    expect((await auditOf('rotated')).map(({ action }) => action)).toEqual([
      'oidc_client.created',
      'oidc_client.secret_rotated',
      'oidc_client.secret_rotated',
    ]);
  });

  it('refuses a public application', async () => {
    await doing((ctx) => createClient(ctx, wish('open', { public: true })));
    await expect(doing((ctx) => rotateSecret(ctx, 'open'))).rejects.toMatchObject({ code: 'request.invalid' });
  });
});

describe('changeClient', () => {
  it('changes what is given and leaves the rest', async () => {
    await doing((ctx) => createClient(ctx, wish('changed', { tenantLabel: 'Workshop' })));
    const after = await doing((ctx) => changeClient(ctx, 'changed', { redirectUris: ['https://new.example/'] }));
    expect(after).toMatchObject({ redirectUris: ['https://new.example/'], tenantLabel: 'Workshop', version: 2 });
    await expect(doing((ctx) => changeClient(ctx, 'nobody', { name: 'X' }))).rejects.toMatchObject({
      code: 'request.not_found',
    });
  });
});

describe('ensureClient', () => {
  it('makes the application, and the next time changes it and answers another secret', async () => {
    const first = await doing((ctx) => ensureClient(ctx, wish('described')));
    const again = await doing((ctx) => ensureClient(ctx, wish('described', { redirectUris: ['https://b.example/x'] })));
    expect(again.client).toMatchObject({ redirectUris: ['https://b.example/x'] });
    expect(again.secret?.reveal()).not.toBe(first.secret?.reveal());
    expect(again.client.secrets).toHaveLength(2);
  });
});

describe('disableClient', () => {
  it('takes it out of the provider at once, and stays in the list', async () => {
    await doing((ctx) => createClient(ctx, wish('gone')));
    const adapter = recordAdapter(database)('Client');
    expect(await adapter.find('gone')).toMatchObject({ client_id: 'gone' });
    await doing((ctx) => disableClient(ctx, 'gone', 'the application was shut down'));
    expect(await adapter.find('gone')).toBeUndefined();
    expect((await doing((ctx) => listClients(ctx))).map(({ id }) => id)).toContain('gone');
  });
});

describe('setTenantColor', () => {
  it('sets, audits and takes away; refuses what is no colour, the wrong actor and another client’s tenant', async () => {
    const tenant = await world.makeTenant();
    const set = (color: string | null, actor: Actor = operator) =>
      doing((ctx) => setTenantColor(ctx, { tenantId: tenant.id, color }), actor);
    await set('#FFD400');
    const colors = () => asSuperuser('select color from tenantry.tenant_branding where tenant_id = $1', [tenant.id]);
    expect(await colors()).toEqual([{ color: '#ffd400' }]);
    for (const color of ['red', '#fff', '#12345g', 'url(x)']) {
      await expect(set(color)).rejects.toMatchObject({ code: 'request.invalid' });
    }
    await expect(set('#000000', reader)).rejects.toMatchObject({ code: 'access.forbidden' });
    const stranger = clientPerson('11111111-1111-4111-8111-111111111111');
    await expect(set('#000000', stranger)).rejects.toMatchObject({ code: 'tenant.not_found' });
    await set(null);
    expect(await colors()).toEqual([]);
    const actions = (await world.actionsOf(tenant.id)).filter((action) => action.startsWith('tenant.branding'));
    expect(actions).toHaveLength(2);
  });
});
