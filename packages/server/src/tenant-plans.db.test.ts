import { afterAll, describe, expect, it } from 'vitest';
import { cloneDatabase } from './db/testing/index.ts';
import { tellAdmins } from './identity/index.ts';
import { DAY, identityWorld, later, NOW, operator } from './identity/testing/world.ts';
import { saveProduct } from './products/index.ts';
import { followTenants, lifeDuties } from './tenant-life.ts';
import {
  type ChangePlanInput,
  cancelPlanChange,
  changePlan,
  findScheduledPlan,
  keepPlanChanges,
  keepUsageNotices,
  listHistory,
  listOpenSuspensions,
  loadTenant,
  previewPlan,
  readUsage,
  reportUsage,
  setTrialEnd,
} from './tenants/index.ts';
import { cutlistProfile, reader, storeCutlist } from './tenants/testing/registry.ts';

const test = await cloneDatabase();
await storeCutlist(test.database);
const { database, asSuperuser } = test;
const { deps, doing, makeTenant, makeMember, openSession, mails, actionsOf } = identityWorld(test);
afterAll(followTenants(deps));

const code = (value: string) => expect.objectContaining({ code: value });
const counter = { ...operator, scopes: [...operator.scopes, 'metrics:write' as const] };
const read = (id: string) => doing(({ tx }) => loadTenant(tx, id));
const report = (tenant: string, meter: string, used: number, countedAt = NOW) =>
  doing((ctx) => reportUsage(ctx, { tenant, meter, used, source: 'app', countedAt }), counter);
const change = (tenantId: string, plan: string, more: Partial<ChangePlanInput> = {}) =>
  doing((ctx) => changePlan(ctx, { tenantId, plan, reason: 'They asked', ...more }));
const operations = async (id: string) =>
  (await doing(({ tx }) => listHistory(tx, id))).map(({ operation }) => operation);
const mailsOf = (tenantId: string) => mails.filter((mail) => mail.tenantId === tenantId);
const duty = (name: string, now: Date) =>
  lifeDuties(database, deps, () => now).find(([each]) => each.includes(name))?.[2]();

describe('usage', () => {
  it('PLAN-09: the count taken later holds, whichever comes first', async () => {
    const { id } = await makeTenant();
    expect(await report(id, 'projects', 7)).toBe(true);
    expect(await report(id, 'projects', 3, later(-DAY))).toBe(false);
    expect(await doing(({ tx }) => readUsage(tx, id))).toMatchObject({ projects: 7, users: 0 });
    expect(await report(id, 'projects', 2, later(60_000))).toBe(true);
    expect(await doing(({ tx }) => readUsage(tx, id))).toMatchObject({ projects: 2 });
  });

  it.each([
    ['a negative one', 'projects', -1, NOW],
    ['a fraction', 'projects', 1.5, NOW],
    ['what is no number', 'projects', Number.NaN, NOW],
    ['a meter the product does not have', 'planets', 1, NOW],
    ['a window of time', 'api_calls_per_15min', 1, NOW],
    ['a count of tomorrow', 'projects', 1, later(DAY)],
  ])('refuses %s', async (_what, meter, used, at) => {
    const { id } = await makeTenant();
    await expect(report(id, meter, used, at)).rejects.toEqual(code('request.invalid'));
    expect(await doing(({ tx }) => readUsage(tx, id))).toEqual({ users: 0 });
  });

  it('is nobody’s to report who may not, and none of a tenant that is not there', async () => {
    const { id } = await makeTenant();
    const wish = { tenant: id, meter: 'projects', used: 1, source: 'app', countedAt: NOW };
    await expect(doing((ctx) => reportUsage(ctx, wish), reader)).rejects.toEqual(code('access.forbidden'));
    await expect(report('nobody', 'projects', 1)).rejects.toEqual(code('tenant.not_found'));
  });

  it('counts the users that live here, and takes the larger of two counts', async () => {
    const tenant = await makeTenant();
    await makeMember(tenant);
    await makeMember(tenant, { status: 'disabled' });
    expect(await doing(({ tx }) => readUsage(tx, tenant.id))).toEqual({ users: 1 });
    await report(tenant.id, 'users', 9);
    expect(await doing(({ tx }) => readUsage(tx, tenant.id))).toEqual({ users: 9 });
  });
});

describe('a limit that is nearly used up', () => {
  it('PLAN-09: is told to administrators and operators, once for the crossing, whoever counted', async () => {
    const notes: string[] = [];
    const look = (now = NOW) =>
      keepUsageNotices(
        database,
        {
          admins: (ctx, mail) => tellAdmins(ctx, deps, mail),
          operators: async (_ctx, note) => void notes.push(note.subject),
        },
        now,
      );
    const { tenant, user } = await makeMember(await makeTenant({ plan: 'free' }));
    await report(tenant.id, 'projects', 8);
    await look();
    await look();
    const told = () => mailsOf(tenant.id).map(({ to, values }) => [to, values.meter, values.used]);
    expect(told()).toEqual([[user.email, 'projects', '8']]);
    expect(notes.filter((note) => note.startsWith(tenant.slug))).toEqual([`${tenant.slug}: projects nearly used up`]);
    // The fourth and the fifth of five users, who are counted here.
    for (let count = 0; count < 4; count += 1) await makeMember(tenant, { role: 'user' });
    await look();
    expect(told().at(-1)).toEqual([user.email, 'users', '5']);
    const suspended = await makeTenant({ plan: 'free' });
    await report(suspended.id, 'projects', 10);
    await asSuperuser(
      `update tenantry.tenants set status = 'suspended', access_mode = 'read-only', status_reason = 'r' where id = $1`,
      [suspended.id],
    );
    const before = notes.length;
    await look();
    expect(notes).toHaveLength(before);
  });
});

describe('a change of plan', () => {
  it('PLAN-10, PLAN-15, PLAN-17: an upgrade changes plan, limits and features at once, and tells the administrators', async () => {
    const { tenant, user } = await makeMember(await makeTenant({ plan: 'free' }));
    const before = await read(tenant.id);
    const { impact, dueAt } = await change(tenant.id, 'Professional', { authority: 'contract 7' });
    expect(impact).toMatchObject({ direction: 'upgrade', from: 'free', to: 'professional' });
    expect(dueAt).toBeUndefined();
    expect(await read(tenant.id)).toMatchObject({ plan: 'professional', version: before.version + 1 });
    const [line] = await doing(({ tx }) => listHistory(tx, tenant.id));
    expect(line).toMatchObject({ operation: 'plan_changed', authority: 'contract 7', reason: 'They asked' });
    expect(mailsOf(tenant.id)).toMatchObject([
      { to: user.email, template: 'tenant-plan-changed', values: { from: 'free', to: 'professional' } },
    ]);
    expect(await actionsOf(tenant.id)).toContain('tenant.plan_changed');
  });

  it('PLAN-11, CH-07: below what is used is refused with the excess, and nothing changes', async () => {
    const { id } = await makeTenant({ plan: 'professional' });
    await report(id, 'users', 30);
    await report(id, 'projects', 60);
    const before = await read(id);
    await expect(change(id, 'starter')).rejects.toMatchObject({
      code: 'tenant.over_limit',
      status: 409,
      facts: {
        excess: [
          { name: 'users', used: 30, limit: 20, excess: 10 },
          { name: 'projects', used: 60, limit: 50, excess: 10 },
        ],
      },
    });
    expect(await read(id)).toEqual(before);
  });

  it('CH-07: what is there stays where somebody agreed to it, by name in the history', async () => {
    const { id } = await makeTenant({ plan: 'professional' });
    await report(id, 'users', 30);
    await change(id, 'starter', { grandfatheredBy: 'Dana Fischer' });
    expect(await read(id)).toMatchObject({ plan: 'starter' });
    const [line] = await doing(({ tx }) => listHistory(tx, id));
    expect(line).toMatchObject({
      operation: 'grandfathered',
      authority: 'Dana Fischer',
      to: { users: { used: 30, limit: 20 } },
    });
  });

  it('the limits of a contract that go with it count', async () => {
    const { id } = await makeTenant({ plan: 'professional' });
    await report(id, 'users', 30);
    await change(id, 'starter', { limits: { users: 40 } });
    expect(await read(id)).toMatchObject({ plan: 'starter', settings: { limits: { users: 40 } } });
  });

  it('a limit of zero allows nothing, and is a limit', async () => {
    const { id } = await makeTenant({ plan: 'professional' });
    await report(id, 'projects', 1);
    await expect(change(id, 'starter', { limits: { projects: 0 } })).rejects.toEqual(code('tenant.over_limit'));
    await expect(change(id, 'starter', { limits: { projects: -1 } })).rejects.toEqual(code('request.invalid'));
    await expect(change(id, 'starter', { limits: { projects: 0.5 } })).rejects.toEqual(code('request.invalid'));
  });

  it('is previewed without changing anything', async () => {
    const tenant = await makeTenant({ plan: 'free' });
    const impact = await doing(({ tx }) => previewPlan(tx, tenant, { plan: 'enterprise' }));
    expect(impact.unset).toEqual(['storage_bytes', 'api_calls_per_15min']);
    expect(await read(tenant.id)).toEqual(tenant);
  });

  it('scheduled for a day, it changes nothing before, and is looked at again on it', async () => {
    const [fits, not] = [await makeTenant({ plan: 'professional' }), await makeTenant({ plan: 'professional' })];
    for (const { id } of [fits, not]) {
      await report(id, 'users', 30);
      await change(id, 'starter', { dueAt: later(10 * DAY) });
      expect(await read(id)).toMatchObject({ plan: 'professional' });
    }
    await report(fits.id, 'users', 3, later(60_000));
    expect(await keepPlanChanges(database, later(9 * DAY))).toBe(0);
    expect(await keepPlanChanges(database, later(10 * DAY))).toBe(2);
    expect(await keepPlanChanges(database, later(10 * DAY))).toBe(0);
    expect(await read(fits.id)).toMatchObject({ plan: 'starter' });
    expect(await read(not.id)).toMatchObject({ plan: 'professional' });
    expect((await operations(not.id)).slice(0, 2)).toEqual(['plan_change_refused', 'plan_change_scheduled']);
  });

  it('scheduled, it can be called off, and another takes its place', async () => {
    const { id } = await makeTenant({ plan: 'professional' });
    await change(id, 'starter', { dueAt: later(DAY) });
    await change(id, 'free', { dueAt: later(2 * DAY) });
    expect(await doing(({ tx }) => findScheduledPlan(tx, id))).toMatchObject({ plan: 'free' });
    const cancel = () => doing((ctx) => cancelPlanChange(ctx, { tenantId: id, reason: 'they stay' }));
    expect([await cancel(), await cancel()]).toEqual([true, false]);
    expect(await keepPlanChanges(database, later(3 * DAY))).toBe(0);
    await expect(change(id, 'starter', { dueAt: NOW })).rejects.toEqual(code('request.invalid'));
  });

  it('is refused to who may not, and to a tenant that has left', async () => {
    const { id } = await makeTenant();
    await expect(
      doing((ctx) => changePlan(ctx, { tenantId: id, plan: 'starter', reason: 'r' }), reader),
    ).rejects.toEqual(code('access.forbidden'));
    await expect(change(id, 'gold')).rejects.toEqual(code('tenant.plan_unknown'));
    await asSuperuser(`update tenantry.tenants set status = 'offboarded' where id = $1`, [id]);
    await expect(change(id, 'starter')).rejects.toEqual(code('tenant.illegal_transition'));
  });
});

describe('a trial', () => {
  it('LIFE-04: ends after fourteen days without a person, reminded of a week and a day before', async () => {
    const { tenant, user } = await makeMember(await makeTenant({ status: 'trial' }));
    const templates = () => mailsOf(tenant.id).map(({ template, values }) => [template, values.days]);
    await duty('trials', later(6 * DAY));
    expect(templates()).toEqual([]);
    for (const day of [7.5, 13.5]) await duty('trials', later(day * DAY));
    expect(templates()).toEqual([
      ['trial-ending', '7 days'],
      ['trial-ending', 'a day'],
    ]);
    await duty('trials', later(14 * DAY - 1));
    expect(await read(tenant.id)).toMatchObject({ status: 'trial' });
    await duty('trials', later(14 * DAY));
    expect(await read(tenant.id)).toMatchObject({ status: 'suspended', accessMode: 'read-only' });
    expect((await doing(({ tx }) => listOpenSuspensions(tx, tenant.id))).map(({ cause }) => cause)).toEqual([
      'trial_expired',
    ]);
    expect(mailsOf(tenant.id).at(-1)).toMatchObject({ template: 'tenant-suspended', to: user.email });
  });

  it('that is moved ends later, and one that was converted not at all', async () => {
    const [moved, converted] = [await makeTenant({ status: 'trial' }), await makeTenant({ status: 'trial' })];
    await doing((ctx) => setTrialEnd(ctx, { tenantId: moved.id, endsAt: later(30 * DAY), reason: 'They need time' }));
    await asSuperuser(`update tenantry.tenants set status = 'active' where id = $1`, [converted.id]);
    await duty('trials', later(20 * DAY));
    expect(await read(moved.id)).toMatchObject({ status: 'trial' });
    expect(await read(converted.id)).toMatchObject({ status: 'active' });
    expect((await operations(moved.id))[0]).toBe('trial_moved');
    const wish = { tenantId: converted.id, endsAt: later(DAY), reason: 'r' };
    await expect(doing((ctx) => setTrialEnd(ctx, wish))).rejects.toEqual(code('tenant.illegal_transition'));
  });
});

describe('a tenant nobody uses', () => {
  const idleProduct = async (days: unknown): Promise<void> => {
    const profile = cutlistProfile();
    await doing((ctx) => saveProduct(ctx, { ...profile, settings: { ...profile.settings, inactivity_days: days } }));
  };

  it('LIFE-16, CH-09: is warned on the 60th and the 83rd day and suspended on the 90th, where that is switched on', async () => {
    const { tenant } = await makeMember(await makeTenant());
    const used = await makeMember(await makeTenant());
    await asSuperuser(`update tenantry.tenants set created_at = $1`, [NOW]);
    await duty('nobody uses', later(100 * DAY));
    expect(await read(tenant.id)).toMatchObject({ status: 'active' });
    await idleProduct(90);
    await openSession(used, { now: later(50 * DAY) });
    for (const day of [59, 60, 83]) await duty('nobody uses', later(day * DAY));
    const warnings = () => mailsOf(tenant.id).filter(({ template }) => template === 'inactivity-warning');
    expect(warnings().map(({ values }) => values.days)).toEqual(['60 days', '83 days']);
    await duty('nobody uses', later(90 * DAY));
    expect(await read(tenant.id)).toMatchObject({ status: 'suspended', accessMode: 'read-only' });
    expect(await read(used.tenant.id)).toMatchObject({ status: 'active' });
    await storeCutlist(database);
  });
});
