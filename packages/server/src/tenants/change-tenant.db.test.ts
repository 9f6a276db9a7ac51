import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { cloneDatabase } from '../db/testing/index.ts';
import {
  findVersion,
  listHistory,
  loadTenant,
  setContact,
  setFeatures,
  setLimits,
  setPlan,
  setStatus,
  undoConfiguration,
  undoStatus,
  upsertClient,
} from './index.ts';
import { act, clientPerson, makeTenant, NOW, reader, storeCutlist } from './testing/registry.ts';

const { database, asSuperuser } = await cloneDatabase();
await storeCutlist(database);
const doing = act(database);
const code = (value: string) => expect.objectContaining({ code: value });
const LATER = new Date('2026-11-21T10:00:00Z');
const load = (id: string) => doing(({ tx }) => loadTenant(tx, id));

const COMPLETE = { limits: { storage_bytes: 1, api_calls_per_15min: 1 } };

describe('changing the configuration', () => {
  it('PLAN-19, PLAN-21: sets the limits named and leaves the others', async () => {
    const { tenant } = await makeTenant(database, { settings: { limits: { users: 150 } } });
    const change = await doing((ctx) =>
      setLimits(ctx, { tenantId: tenant.id, limits: { api_calls_per_15min: 9000, storage_bytes: 'unlimited' } }),
    );
    expect(change).toMatchObject({
      version: 2,
      changed: true,
      previous: { settings: { limits: { users: 150 } } },
      current: { settings: { limits: { users: 150, api_calls_per_15min: 9000, storage_bytes: 'unlimited' } } },
    });
  });

  it('PLAN-20: switches features per contract', async () => {
    const { tenant } = await makeTenant(database, { plan: 'enterprise' });
    await doing((ctx) => setFeatures(ctx, { tenantId: tenant.id, features: { scim: false, sso: true } }));
    expect((await load(tenant.id)).settings.features).toEqual({ scim: false, sso: true });
  });

  it('CH-04: a feature outside the plan needs somebody who approved it, and keeps their name', async () => {
    const { tenant } = await makeTenant(database);
    const wish = { tenantId: tenant.id, features: { sso: true } };
    await expect(doing((ctx) => setFeatures(ctx, wish))).rejects.toThrow(code('tenant.feature_not_in_plan'));
    const approvals = { sso: { approved_by: 'Lea Lead', reason: 'contract 2026-114' } };
    await doing((ctx) => setFeatures(ctx, { ...wish, approvals }));
    expect((await load(tenant.id)).settings).toEqual({ features: { sso: true }, feature_approvals: approvals });
  });

  it('a plan that lacks a feature the tenant uses is refused', async () => {
    const { tenant } = await makeTenant(database, { plan: 'enterprise', settings: { features: { sso: true } } });
    await expect(doing((ctx) => setPlan(ctx, { tenantId: tenant.id, plan: 'starter' }))).rejects.toThrow(
      code('tenant.feature_not_in_plan'),
    );
  });

  it('CH-03: a live tenant cannot come to have a limit that nobody set', async () => {
    const { tenant } = await makeTenant(database, { status: 'active' });
    const plan = (limits?: Record<string, number>) =>
      doing((ctx) => setPlan(ctx, { tenantId: tenant.id, plan: 'Enterprise', limits }));
    await expect(plan()).rejects.toThrow(code('tenant.limit_unset'));
    expect((await plan(COMPLETE.limits)).current).toMatchObject({ plan: 'enterprise', settings: COMPLETE });
    const drop = doing((ctx) => setLimits(ctx, { tenantId: tenant.id, limits: { storage_bytes: null } }));
    await expect(drop).rejects.toThrow(code('tenant.limit_unset'));
  });

  it('what is so already writes no version', async () => {
    const { tenant } = await makeTenant(database);
    const change = await doing((ctx) => setPlan(ctx, { tenantId: tenant.id, plan: 'Professional' }));
    expect(change).toMatchObject({ changed: false, version: 1 });
    expect((await load(tenant.id)).version).toBe(1);
  });

  it('the same key again answers what the first call did, even after another change', async () => {
    const { tenant } = await makeTenant(database);
    const [tenantId, key] = [tenant.id, randomUUID()];
    const first = await doing((ctx) => setLimits(ctx, { tenantId, limits: { users: 7 }, key }));
    await doing((ctx) => setLimits(ctx, { tenantId, limits: { users: 9 } }));
    expect(await doing((ctx) => setLimits(ctx, { tenantId, limits: { users: 7 }, key }))).toEqual(first);
    expect((await load(tenantId)).settings.limits).toEqual({ users: 9 });
  });

  it('of two people who read one version, the second is refused', async () => {
    const { tenant } = await makeTenant(database);
    const change = (users: number) =>
      doing((ctx) => setLimits(ctx, { tenantId: tenant.id, limits: { users }, ifVersion: tenant.version }));
    await change(7);
    await expect(change(8)).rejects.toThrow(code('request.precondition_failed'));
  });

  it('two changes at once both hold', async () => {
    const { tenant } = await makeTenant(database);
    const tenantId = tenant.id;
    await Promise.all([
      doing((ctx) => setLimits(ctx, { tenantId, limits: { users: 7 } })),
      doing((ctx) => setLimits(ctx, { tenantId, limits: { projects: 8 } })),
    ]);
    expect(await load(tenantId)).toMatchObject({ settingsVersion: 3, settings: { limits: { users: 7, projects: 8 } } });
  });

  it('is refused to who may only read, and hidden from the person of another client', async () => {
    const client = await doing((ctx) => upsertClient(ctx, { reference: 'acme', legal_name: 'Acme' }));
    const other = await doing((ctx) => upsertClient(ctx, { reference: 'other', legal_name: 'Other' }));
    const { tenant } = await makeTenant(database, { clientId: client.id });
    const attempt = (actor: typeof reader) =>
      doing((ctx) => setLimits(ctx, { tenantId: tenant.id, limits: { users: 1 } }), { actor });
    await expect(attempt(reader)).rejects.toThrow(code('access.forbidden'));
    await expect(attempt(clientPerson(other.id))).rejects.toThrow(code('tenant.not_found'));
    await expect(attempt(clientPerson(client.id))).resolves.toMatchObject({ changed: true });
  });

  it('is written in the audit log with what changed', async () => {
    const { tenant } = await makeTenant(database);
    await doing((ctx) => setLimits(ctx, { tenantId: tenant.id, limits: { users: 7 }, reason: 'contract' }));
    const rows = await asSuperuser<{ payload: { reason: string; detail: unknown } }>(
      "select payload from tenantry.audit_log where tenant_id = $1 and action = 'tenant.limits_changed'",
      [tenant.id],
    );
    expect(rows).toMatchObject([
      {
        payload: {
          reason: 'contract',
          detail: { version: 2, from: { settings: {} }, to: { settings: { limits: { users: 7 } } } },
        },
      },
    ]);
  });
});

describe('RBK-07: taking a change back', () => {
  const undo = (tenantId: string, version: number) => doing((ctx) => undoConfiguration(ctx, { tenantId, version }));

  it('restores the version before exactly, as a new version', async () => {
    const { tenant } = await makeTenant(database, { settings: { limits: { users: 150 } } });
    await doing((ctx) => setLimits(ctx, { tenantId: tenant.id, limits: { users: 5, projects: 1 } }));
    expect(await undo(tenant.id, 2)).toBe(3);
    const versions = await doing(async ({ tx }) => [
      await findVersion(tx, tenant.id, 1),
      await findVersion(tx, tenant.id, 3),
    ]);
    const [first, third] = versions.map((row) => ({
      plan: row?.plan,
      settings: row?.settings,
      tier: row?.supportTier,
    }));
    expect(third).toEqual(first);
    expect(await load(tenant.id)).toMatchObject({ settings: { limits: { users: 150 } }, settingsVersion: 3 });
  });

  it('goes back through several changes in reverse, and twice is harmless', async () => {
    const { tenant } = await makeTenant(database, { plan: 'enterprise' });
    const tenantId = tenant.id;
    await doing((ctx) => setLimits(ctx, { tenantId, limits: { api_calls_per_15min: 5 } }));
    await doing((ctx) => setFeatures(ctx, { tenantId, features: { scim: false } }));
    await doing((ctx) => setLimits(ctx, { tenantId, limits: { storage_bytes: 5 } }));
    expect([
      await undo(tenantId, 4),
      await undo(tenantId, 4),
      await undo(tenantId, 3),
      await undo(tenantId, 2),
    ]).toEqual([5, undefined, 6, 7]);
    expect(await load(tenantId)).toMatchObject({ plan: 'enterprise', settings: {} });
    expect(await undo(tenantId, 2)).toBeUndefined();
  });

  it('is refused, and changes nothing, when somebody changed the settings since', async () => {
    const { tenant } = await makeTenant(database);
    const tenantId = tenant.id;
    await doing((ctx) => setLimits(ctx, { tenantId, limits: { users: 5 } }));
    await doing((ctx) => setFeatures(ctx, { tenantId, features: { api_access: false } }));
    await expect(undo(tenantId, 2)).rejects.toThrow(code('tenant.changed'));
    expect((await load(tenantId)).settings).toEqual({ limits: { users: 5 }, features: { api_access: false } });
  });

  it('a change made again under its key after being taken back takes effect again', async () => {
    const { tenant } = await makeTenant(database);
    const wish = { tenantId: tenant.id, limits: { users: 7 }, key: randomUUID() };
    const first = await doing((ctx) => setLimits(ctx, wish));
    await undo(tenant.id, first.version);
    expect(await doing((ctx) => setLimits(ctx, wish))).toMatchObject({ changed: true, version: 4 });
  });
});

describe('moving along the lifecycle', () => {
  it('REG-07, LIFE-35: go-live is a line of the history and advances updated_at', async () => {
    const { tenant } = await makeTenant(database);
    const change = await doing(
      (ctx) => setStatus(ctx, { tenantId: tenant.id, status: 'active', authority: 'go/no-go of 20 November' }),
      { now: LATER },
    );
    expect(change).toMatchObject({
      operation: 'go_live',
      previous: { status: 'onboarding' },
      current: { status: 'active' },
    });
    expect(await load(tenant.id)).toMatchObject({ status: 'active', updatedAt: LATER, createdAt: NOW, version: 2 });
    const [line] = await doing(({ tx }) => listHistory(tx, tenant.id));
    expect(line).toMatchObject({
      operation: 'go_live',
      from: { status: 'onboarding' },
      to: { status: 'active' },
      authority: 'go/no-go of 20 November',
      at: LATER,
    });
  });

  it.each(['plan', 'limits', 'status', 'features'] as const)(
    'REG-07: a change of %s advances updated_at',
    async (what) => {
      const { tenant } = await makeTenant(database);
      const tenantId = tenant.id;
      await doing(
        (ctx): Promise<unknown> => {
          if (what === 'plan') return setPlan(ctx, { tenantId, plan: 'free' });
          if (what === 'limits') return setLimits(ctx, { tenantId, limits: { users: 1 } });
          if (what === 'features') return setFeatures(ctx, { tenantId, features: { api_access: false } });
          return setStatus(ctx, { tenantId, status: 'trial' });
        },
        { now: LATER },
      );
      expect((await load(tenantId)).updatedAt).toEqual(LATER);
    },
  );

  it('CH-03: a tenant with a limit nobody set cannot go live', async () => {
    const { tenant } = await makeTenant(database, { plan: 'enterprise' });
    const goLive = () => doing((ctx) => setStatus(ctx, { tenantId: tenant.id, status: 'active' }));
    await expect(goLive()).rejects.toThrow(code('tenant.limit_unset'));
    await doing((ctx) => setLimits(ctx, { tenantId: tenant.id, limits: COMPLETE.limits }));
    await expect(goLive()).resolves.toMatchObject({ operation: 'go_live' });
  });

  it('a suspension keeps why and how far, and a reinstatement clears both', async () => {
    const { tenant } = await makeTenant(database, { status: 'active' });
    const tenantId = tenant.id;
    await doing((ctx) => setStatus(ctx, { tenantId, status: 'suspended', accessMode: 'read-only', reason: 'unpaid' }));
    expect(await load(tenantId)).toMatchObject({
      status: 'suspended',
      accessMode: 'read-only',
      statusReason: 'unpaid',
    });
    await doing((ctx) => setStatus(ctx, { tenantId, status: 'active' }));
    expect(await load(tenantId)).toMatchObject({ status: 'active', accessMode: null, statusReason: null });
  });

  it.each([
    [{ status: 'suspended', reason: 'unpaid' }],
    [{ status: 'suspended', accessMode: 'blocked' }],
    [{ status: 'suspended', accessMode: 'blocked', reason: ' ' }],
    [{ status: 'offboarded', accessMode: 'blocked' }],
  ] as const)('%j is refused as ill-formed', async (wish) => {
    const { tenant } = await makeTenant(database, { status: 'active' });
    await expect(doing((ctx) => setStatus(ctx, { tenantId: tenant.id, ...wish }))).rejects.toThrow(
      code('request.invalid'),
    );
  });

  it('LIFE-01: an illegal transition is refused and leaves no trace', async () => {
    const { tenant } = await makeTenant(database);
    const attempt = doing((ctx) =>
      setStatus(ctx, { tenantId: tenant.id, status: 'suspended', accessMode: 'blocked', reason: 'test' }),
    );
    await expect(attempt).rejects.toMatchObject({ code: 'tenant.illegal_transition', status: 409 });
    expect(await doing(({ tx }) => listHistory(tx, tenant.id))).toHaveLength(1);
  });

  it('is taken back to the recorded status, in reverse order, once', async () => {
    const { tenant } = await makeTenant(database);
    const tenantId = tenant.id;
    const live = await doing((ctx) => setStatus(ctx, { tenantId, status: 'active' }));
    const stop = await doing((ctx) =>
      setStatus(ctx, { tenantId, status: 'suspended', accessMode: 'blocked', reason: 'incident' }),
    );
    const undo = (historyId: number | undefined) =>
      doing((ctx) => undoStatus(ctx, { tenantId, historyId: historyId ?? 0 }));
    await expect(undo(live.historyId)).rejects.toThrow(code('tenant.changed'));
    expect(await undo(stop.historyId)).toBeTypeOf('number');
    expect(await load(tenantId)).toMatchObject({ status: 'active', accessMode: null });
    expect(await undo(live.historyId)).toBeTypeOf('number');
    expect(await load(tenantId)).toMatchObject({ status: 'onboarding' });
    expect(await undo(stop.historyId)).toBeUndefined();
    const operations = (await doing(({ tx }) => listHistory(tx, tenantId))).map((line) => line.operation);
    expect(operations).toEqual(['go_live_undone', 'suspend_undone', 'suspend', 'go_live', 'created']);
  });
});

describe('REG-26: contacts', () => {
  it('a function has one person, and the next replaces the one before', async () => {
    const { tenant } = await makeTenant(database);
    const set = (name: string) =>
      doing((ctx) =>
        setContact(ctx, tenant.id, {
          party: 'client',
          role: 'it_admin',
          name,
          email: 'it@acme.example',
          phone: '+43 1',
        }),
      );
    await set('Ann');
    await set('Ben');
    expect(await asSuperuser('select name from tenantry.tenant_contacts where tenant_id = $1', [tenant.id])).toEqual([
      { name: 'Ben' },
    ]);
  });

  it('a role of the other side is refused', async () => {
    const { tenant } = await makeTenant(database);
    const contact = { party: 'client', role: 'security_lead', name: 'Ann', email: 'a@acme.example' } as never;
    await expect(doing((ctx) => setContact(ctx, tenant.id, contact))).rejects.toThrow(code('request.invalid'));
  });
});

describe('clients', () => {
  const acme = { reference: 'crm-77', legal_name: 'Acme Joinery GmbH', time_zone: 'Europe/Vienna' };

  it('the same data again writes nothing, other data changes the one of that reference', async () => {
    const first = await doing((ctx) => upsertClient(ctx, acme));
    expect(await doing((ctx) => upsertClient(ctx, acme))).toEqual(first);
    const changed = await doing((ctx) => upsertClient(ctx, { ...acme, language: 'de' }));
    expect(changed).toMatchObject({ id: first.id, language: 'de', version: 2 });
  });

  it('two that arrive at once make one', async () => {
    const wish = { ...acme, reference: 'crm-78' };
    const ids = await Promise.all([1, 2, 3].map(() => doing((ctx) => upsertClient(ctx, wish))));
    expect(new Set(ids.map((client) => client.id)).size).toBe(1);
  });
});
