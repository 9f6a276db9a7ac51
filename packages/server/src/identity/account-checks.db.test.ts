import { describe, expect, it } from 'vitest';
import { type Check, Secret } from '../connectors/kit/index.ts';
import { testContext } from '../connectors/kit/testing/context.ts';
import { describeCheck } from '../connectors/kit/testing/contract-suite.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { storeCutlist } from '../tenants/testing/registry.ts';
import { accessCheck, passwordResetCheck, sessionTimeoutCheck } from './account-checks.ts';
import { setTenantPolicy, userActions } from './index.ts';
import { HOUR, identityWorld, later, MINUTE, NOW } from './testing/world.ts';

const test = await cloneDatabase();
await storeCutlist(test.database);
const { deps, doing, makeTenant, makeMember, asSuperuser } = identityWorld(test);
const [reset, timeout, access] = [passwordResetCheck(deps), sessionTimeoutCheck(deps), accessCheck(deps)];

const usersOf = async (tenantId: string) =>
  (await asSuperuser('select id from tenantry.users where tenant_id = $1', [tenantId])).length;

it('the connector offers them beside the log-in', () => {
  expect(userActions(deps).checks.map(({ name }) => name)).toEqual([
    'user.password_login',
    'user.roles',
    'user.password_reset',
    'user.session_timeout',
    'user.access',
  ]);
});

describe('the probes', () => {
  it('VAL-09: a password is really reset, and the user made for it is gone afterwards', async () => {
    const tenant = await makeTenant({ plan: 'free' });
    for (let n = 0; n < 5; n++) await makeMember(tenant);
    expect(await reset.run(testContext({ tenant }), {})).toEqual({
      passwords_enabled: true,
      link_works: true,
      new_password_accepted: true,
      old_password_refused: true,
      session_ended: true,
      link_refused_again: true,
    });
    expect(await usersOf(tenant.id)).toBe(5);
  });

  it('VAL-09: tells when resets are switched off', async () => {
    const tenant = await makeTenant();
    await doing((ctx) => setTenantPolicy(ctx, { tenantId: tenant.id, changes: { passwordsEnabled: false } }));
    expect(await reset.run(testContext({ tenant }), {})).toMatchObject({ passwords_enabled: false, link_works: false });
    expect(await usersOf(tenant.id)).toBe(0);
  });

  it('VAL-10: the times are those of the policy, and sessions really end at them', async () => {
    const tenant = await makeTenant();
    const run = (input = {}) => timeout.run(testContext({ tenant }), input);
    expect(await run()).toEqual({
      idle_minutes: 30,
      absolute_hours: 12,
      access_token_minutes: 15,
      refresh_days: 7,
      as_agreed: true,
      live_session_accepted: true,
      idle_session_refused: true,
      old_session_refused: true,
    });
    await doing((ctx) => setTenantPolicy(ctx, { tenantId: tenant.id, changes: { idleMs: 10 * MINUTE } }));
    expect(await run()).toMatchObject({ idle_minutes: 10, as_agreed: false, idle_session_refused: true });
    expect(await run({ idle_minutes: 10 })).toMatchObject({ as_agreed: true });
  });

  it('VAL-11, VAL-12: administrators administer, others see themselves, nobody sees another tenant', async () => {
    const tenant = await makeTenant();
    await makeMember(await makeTenant());
    expect(await access.run(testContext({ tenant }), {})).toEqual({
      roles: [
        {
          role: 'admin',
          permission: 'owner_admin',
          may_administer: true,
          sees_own_account: true,
          sees_other_tenants: false,
        },
        {
          role: 'user',
          permission: 'member',
          may_administer: false,
          sees_own_account: true,
          sees_other_tenants: false,
        },
      ],
      admins_have_full_access: true,
      others_are_confined: true,
    });
    expect(await usersOf(tenant.id)).toBe(0);
  });

  it('sweep away what one that crashed has left, and leave those of another under way alone', async () => {
    const tenant = await makeTenant();
    await makeMember(tenant, { email: 'left-over@probe.invalid', createdAt: later(-HOUR) });
    const { user } = await makeMember(tenant, { email: 'under-way@probe.invalid', createdAt: NOW });
    await reset.run({ ...testContext({ tenant }), now: NOW }, {});
    expect(await asSuperuser('select id from tenantry.users where tenant_id = $1', [tenant.id])).toEqual([
      { id: user.id },
    ]);
  });

  it('may run at once', async () => {
    const tenant = await makeTenant();
    const ctx = testContext({ tenant });
    const [one, two] = await Promise.all([access.run(ctx, {}), reset.run(ctx, {})]);
    expect([one.admins_have_full_access, two.link_works]).toEqual([true, true]);
    expect(await usersOf(tenant.id)).toBe(0);
  });
});

const OWN_DATABASE = {
  timeout: 'our own database, whose faults are the codes database.*',
  throttled: 'our own database',
  server_error: 'our own database',
  malformed: 'our own database',
  unreachable: 'our own database, whose faults are the codes database.*',
} as const;

const checks: readonly Check[] = [reset, timeout, access];
for (const check of checks) {
  describeCheck(check, {
    cannotOccur: OWN_DATABASE,
    badInputs: { 'a misspelt key': { tennant: 'x' } },
    open: async () => {
      const tenant = await makeTenant();
      await makeMember(tenant);
      return {
        input: {},
        context: (key?: string) => testContext({ tenant, ...(key === undefined ? {} : { key }) }),
        snapshot: () =>
          asSuperuser(
            `select (select count(*)::int from tenantry.users where tenant_id = $1) as users,
                    (select count(*)::int from tenantry.user_sessions where tenant_id = $1) as sessions,
                    (select count(*)::int from tenantry.user_tokens where tenant_id = $1) as tokens,
                    (select count(*)::int from tenantry.vault_entries where tenant_id = $1 and ciphertext is not null) as secrets`,
            [tenant.id],
          ),
        canary: new Secret('no secret goes in or comes out'),
        fault: () => Promise.reject(new Error('no fault of another system can occur')),
        [Symbol.asyncDispose]: async () => {},
      };
    },
  });
}
