import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CutlistContext } from '../context.ts';
import type { Client } from '../testing/client.ts';
import { startControlPlane, type TestControlPlane } from '../testing/control-plane.ts';
import { type Installation, install } from '../testing/installation.ts';
import { cutlistRoutes } from './routes.ts';

let plane: TestControlPlane;
let installed: Installation;
let admin: Client;
let tenant: string;

beforeAll(async () => {
  plane = await startControlPlane();
  installed = await install({ guard: { url: plane.url, key: 'tnt_key' } });
  tenant = await installed.provision({ slug: 'north', users: [{ email: 'ada@north.test', role: 'admin' }] });
  admin = await installed.visit('north', 'ada@north.test');
  plane.tell(tenant, {});
  await vi.waitFor(async () => expect((await admin.get('/api/projects')).status).toBe(200));
});
afterAll(async () => {
  await installed.stop();
  await plane.stop();
});

const soon = (path: string) => expect.poll(async () => (await admin.get(path)).json().code ?? 'ok', { interval: 5 });

interface Registered {
  readonly method: string;
  readonly url: string;
}

/** Every route as the framework registers it: no list of ours can forget one. */
function routesOf(also: (app: FastifyInstance) => void = () => undefined): readonly Registered[] {
  const app = fastify();
  const routes: Registered[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) if (each !== 'HEAD' && each !== 'OPTIONS') routes.push({ method: each, url });
  });
  // Registered, and never asked: nothing of the context is used before a request comes.
  cutlistRoutes(app, { oidc: undefined, guard: undefined } as CutlistContext);
  also(app);
  return routes;
}

/** Routes of nobody in particular, each with the reason a reviewer accepts. */
const OPEN: Readonly<Record<string, string>> = {
  'GET /health': 'asked by load balancers',
  'GET /assets/cutlist.css': 'the same for everybody',
  'GET /assets/cutlist.svg': 'the same for everybody',
  'GET /': 'leads to the projects, which are guarded',
  'GET /login': 'the form',
  'POST /login': 'nobody is known yet',
  'POST /api/session': 'nobody is known yet',
};

/** Those of the routes that answer somebody whose workshop is closed with anything but that. */
async function unguarded(client: Client, routes: readonly Registered[]): Promise<readonly string[]> {
  const open: string[] = [];
  for (const { method, url } of routes) {
    const answer = await client.send(method, url.replaceAll(/:\w+/g, '6a7e1f1a-5a5e-4c5e-9b1a-3f6f1f0f5a01'));
    const refused = answer.status === 403 && /tenant_closed|closed for now/.test(answer.text);
    if (!refused) open.push(`${method} ${url}`);
  }
  return open.sort();
}

describe('the guard', () => {
  it('LIFE-07: stands before every route the framework knows, but for those of nobody in particular', async () => {
    plane.tell(tenant, { closed: true });
    await soon('/api/projects').toBe('tenant_closed');
    expect(await unguarded(admin, routesOf())).toEqual(Object.keys(OPEN).sort());
    // The check itself: a route past the guard is found.
    const leaking = routesOf((app) => app.get('/health/detail', { config: { access: 'public' } }, async () => 'all'));
    expect(await unguarded(admin, leaking)).toContain('GET /health/detail');
    plane.tell(tenant, {});
    await soon('/api/projects').toBe('ok');
  });

  it('LIFE-05: a workshop suspended to reading looks at its projects, changes none, and may log out', async () => {
    plane.tell(tenant, { status: 'suspended', access_mode: 'read-only' });
    await expect
      .poll(async () => (await admin.post('/api/projects', { json: {} })).json().code)
      .toBe('tenant_read_only');
    expect((await admin.get('/api/projects')).status).toBe(200);
    const other = await installed.visit('north', 'ada@north.test');
    expect((await other.delete('/api/session')).status).toBeLessThan(300);
    plane.tell(tenant, {});
    await expect.poll(async () => (await admin.post('/api/projects', { json: {} })).json().code).toBe('invalid');
  });

  it('PLAN-05, PLAN-26: holds the workshop to the calls it has now, and answers the next with 429', async () => {
    const limits = { users: 5, projects: 0, api_calls_per_15min: 1 };
    plane.tell(tenant, { limits });
    await soon('/api/projects').toBe('too_many_requests');
    const answer = await admin.get('/api/projects');
    expect(answer.status).toBe(429);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    plane.tell(tenant, { limits: { ...limits, api_calls_per_15min: 100_000 } });
    await soon('/api/projects').toBe('ok');
  });

  it('PLAN-03, PLAN-09: refuses the project past the limit the control plane has now', async () => {
    const json = { name: 'One more', boards: [], parts: [] };
    const create = async () => (await admin.post('/api/projects', { json })).json().code;
    await expect.poll(create).toBe('plan_limit_reached');
    plane.tell(tenant, {});
    await expect.poll(create).not.toBe('plan_limit_reached');
  });

  it('LIFE-33: lets an administrator try everything before go-live, within the limits of the plan', async () => {
    const limits = { users: 5, projects: 500, api_calls_per_15min: 4_321 };
    plane.tell(tenant, { status: 'onboarding', limits });
    await expect.poll(async () => (await admin.get('/api/projects')).headers['ratelimit-limit']).toBe('4321');
    const json = { name: 'Before go-live', boards: [], parts: [] };
    expect((await admin.post('/api/projects', { json })).json().code).toBeUndefined();
    plane.tell(tenant, {});
  });
});
