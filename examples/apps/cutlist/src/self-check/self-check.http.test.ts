import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../testing/client.ts';
import { type Installation, install } from '../testing/installation.ts';
import type { SelfCheck } from './check-tenant.ts';

const KEY = 'a-key-of-the-control-plane';
let installed: Installation;
let client: Client;
let north = '';

beforeAll(async () => {
  installed = await install({ selfCheckKey: KEY });
  client = await Client.of(installed.cutlist);
  north = await installed.provision({
    slug: 'north',
    plan: 'enterprise',
    status: 'onboarding',
    settings: { limits: { users: 20, api_calls_per_15min: 40 } },
    users: [{ email: 'ada@north.test', role: 'admin' }],
  });
});
afterAll(() => installed.stop());

const ask = (tenant: string, key = KEY) =>
  client.get(`/api/self-check?tenant=${tenant}`, { headers: { authorization: `Bearer ${key}` } });
const checked = async (tenant: string): Promise<SelfCheck> => (await ask(tenant)).json() as unknown as SelfCheck;
const rowsOf = (tenant: string) =>
  installed.asProvisioner(async (db) => {
    const count = async (table: string) =>
      (await db.query<{ n: number }>(`select count(*)::int as n from ${table} where tenant_id = $1`, [tenant])).rows[0]
        ?.n;
    return { users: await count('users'), projects: await count('projects'), sessions: await count('sessions') };
  });

it('PLAN-09: says what a workshop really has, to the control plane alone', async () => {
  const at = (path: string, key = KEY) => client.get(path, { headers: { authorization: `Bearer ${key}` } });
  const counted = await at(`/api/usage?tenant=${north}`);
  expect(counted.json()).toEqual({ usage: { users: 1, projects: 0 } });
  expect((await at(`/api/usage?tenant=${north}`, 'another')).status).toBe(401);
  expect((await at('/api/usage?tenant=north')).status).toBe(400);
});

describe('the self-check', () => {
  it('VAL-14 VAL-24 to VAL-27: does what people do every day, in a workshop that is not live yet', async () => {
    const { features } = await checked(north);
    expect(features).toEqual({
      create_project: true,
      edit_project: true,
      cut_list: true,
      export: true,
      settings: true,
      people: true,
      delete_project: true,
    });
  });

  it('VAL-19: finds the limit of the contract in force, 429 right behind it, and the last place of the plan', async () => {
    expect((await checked(north)).limits).toEqual({
      api_calls_per_15min: 40,
      api_limit_holds: true,
      plan_limit_holds: true,
    });
  });

  it('leaves nothing, and uses up no call of the workshop', async () => {
    const before = await rowsOf(north);
    const visitor = await installed.visit('north', 'ada@north.test');
    const remaining = async () => Number((await visitor.get('/api/tenant')).headers['ratelimit-remaining']);
    const calls = await remaining();
    await checked(north);
    expect(await remaining()).toBe(calls - 1);
    expect({ ...(await rowsOf(north)), sessions: before.sessions }).toEqual(before);
  });

  it('says what does not work, each by itself: nobody may work in a workshop that is suspended', async () => {
    const closed = await installed.provision({ slug: 'closed', status: 'suspended', users: [] });
    const { features, limits } = await checked(closed);
    expect(new Set(Object.values(features))).toEqual(new Set([false]));
    expect(limits.api_limit_holds).toBe(false);
    expect(await rowsOf(closed)).toEqual({ users: 0, projects: 0, sessions: 0 });
  });

  it('VAL-14: a workshop without room for a project cannot create one', async () => {
    const full = await installed.provision({ slug: 'full', settings: { limits: { projects: 0 } }, users: [] });
    const { features, statuses } = await checked(full);
    expect([features.create_project, statuses.create_project, features.settings]).toEqual([false, 409, true]);
  });

  it('tells nothing without its key, of no workshop, and of one there is not', async () => {
    expect((await ask(north, 'another-key-of-somebody')).status).toBe(401);
    expect((await client.get(`/api/self-check?tenant=${north}`)).status).toBe(401);
    expect((await ask('north')).status).toBe(400);
    expect((await ask('00000000-0000-4000-8000-000000000000')).status).toBe(404);
  });
});
