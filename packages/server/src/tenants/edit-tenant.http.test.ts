import { describe, expect, it } from 'vitest';
import { cloneDatabase } from '../db/testing/index.ts';
import { problemIn, testPerson, testServer } from '../http/testing/test-server.ts';
import { keepUsageDays, listHistory, loadTenant, reportUsage, upsertClient } from './index.ts';
import { planRoutes } from './plan-routes.ts';
import { tenantRoutes } from './routes.ts';
import { act, clientPerson, makeTenant, NOW, operator, storeCutlist } from './testing/registry.ts';

const { database, asSuperuser } = await cloneDatabase();
await storeCutlist(database);
const doing = act(database);
const counter = { ...operator, scopes: [...operator.scopes, 'metrics:write' as const] };
const acme = await doing((ctx) => upsertClient(ctx, { reference: 'crm-1', legal_name: 'Acme GmbH' }));

const [WRITER, READER, CLIENT] = ['tnt_writer', 'tnt_reader', 'tnt_client'];
const writes = ['tenants:read', 'tenants:write', 'metrics:write'] as const;
const keys = {
  [WRITER]: testPerson('writer', [...writes]),
  [READER]: testPerson('reader', ['tenants:read']),
  [CLIENT]: { ...clientPerson(acme.id), scopes: writes },
};

async function serving() {
  const { server } = await testServer({ keys, database, now: () => NOW });
  tenantRoutes(server);
  planRoutes(server);
  const authorization = (key: string) => ({ authorization: `Bearer ${key}` });
  const read = async (slug: string, key = WRITER) => {
    const response = await server.inject({ url: `/api/v1/tenants/${slug}`, headers: authorization(key) });
    return { tag: String(response.headers.etag), tenant: response.json<Record<string, unknown>>() };
  };
  const edit = (slug: string, tag: string | undefined, body: object, key = WRITER) =>
    server.inject({
      method: 'PATCH',
      url: `/api/v1/tenants/${slug}`,
      headers: { ...authorization(key), ...(tag === undefined ? {} : { 'if-match': tag }) },
      payload: { reason: 'Set right', ...body },
    });
  const get = (url: string) => server.inject({ url, headers: authorization(WRITER) });
  return { read, edit, get };
}

const made = async () => (await makeTenant(database, { status: 'active' })).tenant;
const report = (tenant: string, used: number, countedAt = NOW) =>
  doing((ctx) => reportUsage(ctx, { tenant, meter: 'projects', used, source: 'app', countedAt }), { actor: counter });
const operations = async (id: string) =>
  (await doing(({ tx }) => listHistory(tx, id))).map(({ operation }) => operation);

describe('PATCH /api/v1/tenants/:tenant', () => {
  it('REG-11: sets name, support tier and limits right in one act, with history and audit', async () => {
    const { read, edit } = await serving();
    const { id, slug } = await made();
    const { tag } = await read(slug);
    const response = await edit(slug, tag, {
      name: 'Acme & Sons',
      limits: { users: 77 },
      features: { api_access: false },
    });
    expect(response.statusCode, response.body).toBe(200);
    expect(response.json()).toMatchObject({ name: 'Acme & Sons', settings: { limits: { users: 77 } } });
    expect(response.headers.etag).toBe((await read(slug)).tag);
    expect((await operations(id)).slice(0, 2)).toEqual(['renamed', 'settings_changed']);
    const audit = await asSuperuser<{ action: string }>(`select action from tenantry.audit_log where tenant_id = $1`, [
      id,
    ]);
    expect(audit.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['tenant.renamed', 'tenant.settings_changed']),
    );
  });

  it('of two operators who read one version the second is told so, and nothing of the first is overwritten', async () => {
    const { read, edit } = await serving();
    const { id, slug } = await made();
    const { tag } = await read(slug);
    const answers = await Promise.all([
      edit(slug, tag, { name: 'By Ada', limits: { users: 5 } }),
      edit(slug, tag, { name: 'By Ben', limits: { projects: 6 } }),
    ]);
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 412]);
    const won = answers.findIndex(({ statusCode }) => statusCode === 200);
    expect(problemIn(answers[1 - won] as (typeof answers)[0])).toMatchObject({ code: 'request.precondition_failed' });
    const tenant = await doing(({ tx }) => loadTenant(tx, id));
    expect([tenant.name, tenant.settings.limits]).toEqual(
      won === 0 ? ['By Ada', { users: 5 }] : ['By Ben', { projects: 6 }],
    );
  });

  it('asks on sight of which version the edit was made', async () => {
    const { edit } = await serving();
    const { slug } = await made();
    expect(problemIn(await edit(slug, undefined, { name: 'X' }))).toMatchObject({
      code: 'request.precondition_required',
    });
  });

  it('CH-07: a limit below what is used needs somebody who agreed; one that was so before is no matter of the edit', async () => {
    const { read, edit } = await serving();
    const { id, slug } = await made();
    await report(id, 30);
    const lower = async (body: object) => edit(slug, (await read(slug)).tag, body);
    const refused = await lower({ name: 'Never', limits: { projects: 20 } });
    expect(problemIn(refused)).toMatchObject({ code: 'tenant.over_limit' });
    expect((await doing(({ tx }) => loadTenant(tx, id))).name).toBe('Acme Joinery');
    expect((await lower({ limits: { projects: 20 }, grandfathered_by: 'Lea Lead' })).statusCode).toBe(200);
    expect(await operations(id)).toContain('grandfathered');
    expect((await lower({ limits: { users: 9 } })).statusCode).toBe(200);
  });

  it.each([
    ['a limit the product does not have', { limits: { planets: 1 } }],
    ['a negative limit', { limits: { users: -1 } }],
    ['an empty name', { name: ' ' }],
    ['a member nobody knows', { plan: 'free' }],
    ['a support tier the product does not have', { support_tier: 'unheard-of' }],
  ])('refuses %s, and writes nothing', async (_what, body) => {
    const { read, edit } = await serving();
    const { id, slug } = await made();
    const { tag } = await read(slug);
    const response = await edit(slug, tag, { limits: { projects: 3 }, ...body });
    expect(problemIn(response)).toMatchObject({ code: 'request.invalid' });
    expect((await doing(({ tx }) => loadTenant(tx, id))).version).toBe(1);
  });

  it('refuses who may only read, and knows no tenant of another client', async () => {
    const { read, edit } = await serving();
    const { slug } = await made();
    const { tag } = await read(slug);
    expect((await edit(slug, tag, { name: 'X' }, READER)).statusCode).toBe(403);
    expect([403, 404]).toContain((await edit(slug, tag, { name: 'X' }, CLIENT)).statusCode);
  });
});

describe('GET /api/v1/tenants/:tenant/usage/history', () => {
  it('PLAN-09: tells the last count of each day, also of one that came late', async () => {
    const { get } = await serving();
    const { id, slug } = await made();
    const at = (hours: number) => new Date(NOW.getTime() + hours * 3_600_000);
    await report(id, 5, at(-1));
    await report(id, 7, NOW);
    await report(id, 3, at(-48));
    await report(id, 2, at(-49));
    const { meters, from, to } = (await get(`/api/v1/tenants/${slug}/usage/history?days=7`)).json();
    expect([from, to]).toEqual(['2026-11-14', '2026-11-20']);
    expect(meters.find(({ name }: { name: string }) => name === 'projects').days).toEqual([
      { day: '2026-11-18', used: 3 },
      { day: '2026-11-20', used: 7 },
    ]);
    expect(meters.map(({ name }: { name: string }) => name)).not.toContain('api_calls_per_15min');
  });

  it('counts users by itself once a day, and forgets days past their time', async () => {
    const { get } = await serving();
    const { id, slug } = await made();
    await keepUsageDays(database, new Date(NOW.getTime() - 401 * 86_400_000));
    await keepUsageDays(database, NOW);
    await keepUsageDays(database, NOW);
    const { meters } = (await get(`/api/v1/tenants/${slug}/usage/history`)).json();
    expect(meters.find(({ name }: { name: string }) => name === 'users').days).toEqual([
      { day: '2026-11-20', used: 0 },
    ]);
    const kept = await asSuperuser<{ day: string }>(
      'select day::text from tenantry.tenant_usage_days where tenant_id = $1',
      [id],
    );
    expect(kept.map(({ day }) => day)).toEqual(['2026-11-20']);
  });
});
