import { afterEach, describe, expect, it } from 'vitest';
import { createGuard, type Guard, type GuardOptions } from './create-guard.ts';

const ACME = '7d0a4bb4-6a44-4a5e-9a7e-3f6f1f0f5a01';
const guards: Guard[] = [];
afterEach(() => {
  for (const guard of guards.splice(0)) guard.close();
});

const tenant = (more: object = {}) => ({
  id: ACME,
  position: 1,
  plan: 'free',
  status: 'active',
  access_mode: null,
  closed: false,
  limits: { users: 5, projects: 0, storage_gb: 1, seats: 'unlimited', odd: 'custom' },
  features: { sso: false, api: true },
  ...more,
});

/** A control plane that says what the test wants, on a clock the test turns. */
async function following(row: object | undefined, options: Partial<GuardOptions> = {}) {
  const clock = { ms: 1_000 };
  let send: (event: string, data: object) => void = () => undefined;
  const calls: { url: string; headers: Headers }[] = [];
  const guard = createGuard({
    url: 'https://tenantry.example',
    key: 'tnt_key',
    product: 'cutlist',
    now: () => clock.ms,
    fetch: async (url, init) => {
      calls.push({ url: String(url), headers: new Headers(init?.headers) });
      const body = new ReadableStream<Uint8Array>({
        start: (stream) => {
          init?.signal?.addEventListener('abort', () => stream.error(new Error('aborted')));
          send = (event, data) =>
            stream.enqueue(new TextEncoder().encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
        },
      });
      return new Response(body, { status: 200 });
    },
    ...options,
  });
  guards.push(guard);
  if (row !== undefined) {
    send('begin', { schema: 'tenantry.guard/1', epoch: 'e', mode: 'snapshot', position: 1, beat_ms: 250 });
    send('page', { tenants: [row] });
    send('ready', { position: 1, elapsed_ms: 0, tenants: 1 });
    send('beat', { position: 1, elapsed_ms: 0 });
    expect(await guard.ready()).toBe(true);
  }
  return { guard, clock, calls, send: (event: string, data: object) => send(event, data) };
}

describe('check', () => {
  it.each([
    ['LIFE-03: active', {}, 'ok', 'ok'],
    ['LIFE-04: a trial', { status: 'trial' }, 'ok', 'ok'],
    ['LIFE-05: suspended to reading', { status: 'suspended', access_mode: 'read-only' }, 'ok', 'tenant_read_only'],
    ['LIFE-05: suspended', { status: 'suspended', access_mode: 'blocked' }, 'tenant_suspended', 'tenant_suspended'],
    ['suspended in a way it does not say', { status: 'suspended' }, 'tenant_suspended', 'tenant_suspended'],
    ['LIFE-06: offboarded', { status: 'offboarded' }, 'tenant_offboarded', 'tenant_offboarded'],
    ['LIFE-33: before go-live', { status: 'onboarding' }, 'tenant_onboarding', 'tenant_onboarding'],
    ['LIFE-34: closed in an emergency', { closed: true }, 'tenant_closed', 'tenant_closed'],
  ])('%s', async (_what, more, read, write) => {
    const { guard } = await following(tenant(more));
    expect(guard.check(ACME, 'read').code).toBe(read);
    expect(guard.check(ACME, 'write')).toEqual({ ok: write === 'ok', code: write });
  });

  it('LIFE-33: lets pilot users in before go-live, and in no other state that is shut', async () => {
    const { guard } = await following(tenant({ status: 'onboarding' }));
    expect(guard.check(ACME, 'write', { pilot: true }).ok).toBe(true);
    const closed = await following(tenant({ status: 'onboarding', closed: true }));
    expect(closed.guard.check(ACME, 'read', { pilot: true }).code).toBe('tenant_closed');
  });

  it('denies a tenant nobody knows unless the call or the guard says otherwise', async () => {
    const { guard } = await following(tenant());
    const other = ACME.replace('7', '8');
    expect(guard.check(other, 'read').code).toBe('tenant_unknown');
    expect(guard.check('__proto__', 'read').ok).toBe(false);
    expect(guard.check(other, 'read', { onUnknown: 'allow' }).ok).toBe(true);
    const lenient = await following(tenant(), { onUnknown: 'allow' });
    expect(lenient.guard.check(other, 'write').ok).toBe(true);
    expect(lenient.guard.check(other, 'write', { onUnknown: 'deny' }).ok).toBe(false);
  });

  it('before the first snapshot everything is stale, and nothing is allowed', async () => {
    const { guard } = await following(undefined);
    expect(guard.check(ACME, 'read').code).toBe('state_stale');
    expect(guard.check(ACME, 'read', { onStale: 'last-known' }).code).toBe('tenant_unknown');
    expect(guard.status()).toMatchObject({ ready: false, staleMs: Number.POSITIVE_INFINITY, tenants: 0 });
    expect(await guard.ready(1)).toBe(false);
  });

  it('LIFE-09: through an outage the last answer holds for 60 seconds of writing and 5 minutes of reading', async () => {
    const { guard, clock } = await following(tenant());
    clock.ms += 60_000;
    expect(guard.check(ACME, 'write').ok).toBe(true);
    clock.ms += 1;
    expect(guard.check(ACME, 'write').code).toBe('state_stale');
    clock.ms += 239_999;
    expect(guard.check(ACME, 'read').ok).toBe(true);
    clock.ms += 1;
    expect(guard.check(ACME, 'read').code).toBe('state_stale');
    expect(guard.check(ACME, 'read', { onStale: 'last-known' }).ok).toBe(true);
    expect(guard.status().staleMs).toBe(300_001);
  });

  it('LIFE-09: the strict profile denies after a second, and a call may ask for less', async () => {
    const { guard, clock, calls } = await following(tenant(), { profile: 'strict' });
    expect(calls[0]?.url).toBe('https://tenantry.example/api/v1/products/cutlist/guard/stream?beat_ms=250');
    expect(calls[0]?.headers.get('authorization')).toBe('Bearer tnt_key');
    clock.ms += 1_000;
    expect(guard.check(ACME, 'read').ok).toBe(true);
    expect(guard.check(ACME, 'read', { maxStaleMs: 999 }).code).toBe('state_stale');
    clock.ms += 1;
    expect(guard.check(ACME, 'read').code).toBe('state_stale');
  });

  it('a beat that was held up on its way does not pass for a fresh one', async () => {
    const { guard, clock, send } = await following(tenant(), { profile: 'strict' });
    clock.ms += 10_000;
    // Sent half a second after the stream was opened, and here nine and a half later.
    send('beat', { position: 1, elapsed_ms: 500 });
    await expect.poll(() => guard.status().staleMs).toBe(9_500);
    expect(guard.check(ACME, 'read').code).toBe('state_stale');
  });

  it('goes on from where it was on the next connection', async () => {
    const { guard, calls, send } = await following(tenant());
    send('beat', { position: 9, elapsed_ms: 1 });
    await expect.poll(() => calls.length).toBe(2);
    expect(calls[1]?.headers.get('last-event-id')).toBe('e.1');
    expect(guard.check(ACME, 'read').ok).toBe(true);
    send('begin', { schema: 'tenantry.guard/1', epoch: 'e', mode: 'resume', position: 1, beat_ms: 250 });
    send('ready', { position: 1, elapsed_ms: 0, tenants: 0 });
    send('changes', { from: 1, to: 9, elapsed_ms: 0, tenants: [{ id: ACME, position: 9, removed: true }] });
    send('beat', { position: 9, elapsed_ms: 0 });
    await expect.poll(() => guard.check(ACME, 'read').code).toBe('tenant_unknown');
  });
});

describe('check with a feature and a limit', () => {
  it.each([
    [{ feature: 'api', limit: 'users', used: 4 }, 'ok'],
    [{ feature: 'sso', limit: 'users', used: 4 }, 'feature_off'],
    [{ feature: 'api', limit: 'users', used: 5 }, 'limit_reached'],
    [{ limit: 'users', used: 3, adding: 3 }, 'limit_reached'],
    [{ limit: 'odd' }, 'limit_unset'],
    [{ limit: 'users', used: -1 }, 'usage_invalid'],
  ])('PLAN-06, PLAN-09: %o is %s', async (asked, code) => {
    const { guard } = await following(tenant());
    expect(guard.check(ACME, 'write', asked).code).toBe(code);
    expect(guard.check('nobody', 'write', { ...asked, onUnknown: 'allow' }).code).toBe('tenant_unknown');
    const shut = await following(tenant({ closed: true }));
    expect(shut.guard.check(ACME, 'write', asked).code).toBe('tenant_closed');
  });
});

describe('allows', () => {
  it('PLAN-06, PLAN-07: says which features are there, and none to a tenant that is shut out', async () => {
    const { guard } = await following(tenant());
    expect([guard.allows(ACME, 'api'), guard.allows(ACME, 'sso'), guard.allows(ACME, 'toString')]).toEqual([
      true,
      false,
      false,
    ]);
    expect(guard.feature(ACME, 'sso').code).toBe('feature_off');
    const closed = await following(tenant({ closed: true }));
    expect(closed.guard.feature(ACME, 'api').code).toBe('tenant_closed');
  });
});

describe('limit', () => {
  it('PLAN-02, PLAN-09: refuses the unit past the limit', async () => {
    const { guard } = await following(tenant());
    expect(guard.limit(ACME, 'users', 4)).toEqual({ ok: true, code: 'ok', limit: 5, remaining: 1 });
    expect(guard.limit(ACME, 'users', 5)).toEqual({ ok: false, code: 'limit_reached', limit: 5, remaining: 0 });
    expect(guard.limit(ACME, 'users', 3, 2).ok).toBe(true);
    expect(guard.limit(ACME, 'users', 3, 3).ok).toBe(false);
    expect(guard.limit(ACME, 'seats', 1e12)).toMatchObject({ ok: true, limit: Number.POSITIVE_INFINITY });
  });

  it('PLAN-04: a limit of zero allows nothing, and a fraction counts as it is', async () => {
    const { guard } = await following(tenant());
    expect(guard.limit(ACME, 'projects', 0).code).toBe('limit_reached');
    expect(guard.limit(ACME, 'projects', 0, 0).ok).toBe(true);
    expect(guard.limit(ACME, 'storage_gb', 0.75, 0.25).ok).toBe(true);
    expect(guard.limit(ACME, 'storage_gb', 0.75, 0.26).ok).toBe(false);
  });

  it.each([
    [-1, 1],
    [Number.NaN, 1],
    [1, -1],
    [1, Number.NaN],
    [Number.POSITIVE_INFINITY, 1],
    ['3' as never, Number.NaN],
  ])('refuses a usage of %s and %s more: a wrong count must not open a limit', async (used, adding) => {
    const { guard } = await following(tenant());
    for (const name of ['users', 'seats']) {
      expect(guard.limit(ACME, name, used, adding)).toMatchObject({ ok: false, code: 'usage_invalid', remaining: 0 });
    }
  });

  it('PLAN-03: refuses under a limit nobody set, and one that does not exist', async () => {
    const { guard } = await following(tenant());
    for (const name of ['odd', 'nothing', 'constructor']) {
      expect(guard.limit(ACME, name, 0)).toEqual({ ok: false, code: 'limit_unset', limit: 0, remaining: 0 });
    }
  });

  it('refuses a tenant that may not write, and one nobody knows even where unknown ones are let in', async () => {
    const { guard } = await following(tenant({ status: 'suspended', access_mode: 'read-only' }), {
      onUnknown: 'allow',
    });
    expect(guard.limit(ACME, 'users', 0).code).toBe('tenant_read_only');
    expect(guard.limit('other', 'users', 0).code).toBe('tenant_unknown');
  });
});

describe('reserve', () => {
  it('PLAN-04: asks no store for what no usage could make fit, nor for an amount that is none', async () => {
    const asked: unknown[] = [];
    const reservations = { reserve: async (request: unknown) => expect.fail(String(asked.push(request))) };
    const { guard } = await following(tenant(), { reservations });
    expect(await guard.reserve(ACME, 'projects')).toMatchObject({ ok: false, code: 'limit_reached', limit: 0 });
    expect((await guard.reserve(ACME, 'users', { amount: 6 })).code).toBe('limit_reached');
    for (const amount of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect((await guard.reserve(ACME, 'users', { amount })).code).toBe('usage_invalid');
    }
    expect(asked).toEqual([]);
  });
});

describe('rate', () => {
  it('PLAN-05: refuses the call past the limit with the time to come back, and lets the window roll', async () => {
    const { guard, clock } = await following(tenant({ limits: { api_calls_per_15min: 2 } }));
    expect(await guard.rate(ACME)).toMatchObject({
      ok: true,
      limit: 2,
      remaining: 1,
      headers: { 'ratelimit-limit': '2', 'ratelimit-remaining': '1', 'ratelimit-reset': '900' },
    });
    clock.ms += 30_000;
    expect((await guard.rate(ACME)).ok).toBe(true);
    const refused = await guard.rate(ACME);
    expect(refused).toMatchObject({ ok: false, code: 'rate_exceeded', remaining: 0, resetMs: 870_000 });
    expect(refused.headers['retry-after']).toBe('870');
    clock.ms += 15_000;
    expect((await guard.rate(ACME, { cost: 0 })).ok).toBe(true);
    clock.ms += 855_000;
    expect((await guard.rate(ACME, { onStale: 'last-known' })).ok).toBe(true);
  });

  it('PLAN-22: windows of other limits are counted by themselves', async () => {
    const { guard } = await following(tenant({ limits: { api_calls_per_15min: 1, webhooks_per_minute: 1 } }));
    const webhooks = { limit: 'webhooks_per_minute', windowMs: 60_000 };
    expect((await guard.rate(ACME)).ok).toBe(true);
    expect((await guard.rate(ACME, webhooks)).ok).toBe(true);
    expect((await guard.rate(ACME, webhooks)).ok).toBe(false);
  });

  it.each([
    ['local', true, 'ok'],
    ['deny', false, 'store_failed'],
    ['allow', true, 'ok'],
  ] as const)(
    'where the shared store fails and the guard says %s, the call is let in: %s',
    async (onStoreFailure, ok, code) => {
      const rateStore = { take: () => Promise.reject(new Error('gone')) };
      const { guard } = await following(tenant({ limits: { api_calls_per_15min: 1 } }), { rateStore, onStoreFailure });
      expect(await guard.rate(ACME)).toMatchObject({ ok, code });
      if (onStoreFailure === 'local') expect((await guard.rate(ACME)).ok).toBe(false);
    },
  );

  it('refuses a tenant that is shut out, and a cost or a window that is no number, without counting', async () => {
    const { guard } = await following(tenant({ limits: { api_calls_per_15min: 1 } }));
    for (const cost of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect((await guard.rate(ACME, { cost })).code).toBe('usage_invalid');
    }
    for (const windowMs of [0, -1, Number.NaN]) {
      expect((await guard.rate(ACME, { windowMs })).code).toBe('usage_invalid');
    }
    expect((await guard.rate(ACME)).ok).toBe(true);
    const shut = await following(tenant({ closed: true }));
    expect((await shut.guard.rate(ACME)).code).toBe('tenant_closed');
  });
});

describe('createGuard', () => {
  it.each([
    { url: 'nowhere', key: 'k', product: 'p' },
    { url: 'https://a.example', key: '', product: 'p' },
    { url: 'https://a.example', key: 'k', product: '' },
  ])('refuses options no guard can work with: %o', (options) => {
    expect(() => createGuard(options)).toThrow(TypeError);
  });

  it('tells what is wrong with the control plane, once, and when it is over', async () => {
    const told: (string | undefined)[] = [];
    let answers = 0;
    const guard = createGuard({
      url: 'https://tenantry.example',
      key: 'k',
      product: 'p',
      onProblem: (problem) => told.push(problem),
      fetch: async () => {
        answers += 1;
        return new Response(JSON.stringify({ code: 'access.forbidden' }), { status: 403 });
      },
    });
    guards.push(guard);
    await expect.poll(() => answers).toBeGreaterThan(2);
    expect(told).toEqual(['the control plane answered 403 (access.forbidden)']);
    expect(guard.status()).toMatchObject({ connected: false, problem: told[0] });
  });
});
