import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Actor } from '../access/index.ts';
import { type Action, Secret } from '../connectors/kit/index.ts';
import { testContext } from '../connectors/kit/testing/context.ts';
import { describeAction, describeCheck } from '../connectors/kit/testing/contract-suite.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { setStatus } from '../tenants/index.ts';
import { act, makeTenant, NOW, operator, reader, storeCutlist } from '../tenants/testing/registry.ts';
import { openSecret, type VaultCtx } from '../vault/index.ts';
import {
  changePassword,
  createUser,
  deleteUser,
  loadUser,
  type NewUser,
  userActions,
  verifyPassword,
} from './index.ts';
import { identityWorld } from './testing/world.ts';

const test = await cloneDatabase();
const { database, asSuperuser } = test;
await storeCutlist(database);
const doing = act(database);
const code = (value: string) => expect.objectContaining({ code: value });
const { deps } = identityWorld(test);
const { keyring } = deps;

const withVault = <T>(fn: (ctx: VaultCtx) => Promise<T>, actor: Actor = operator, now = NOW): Promise<T> =>
  doing((ctx) => fn({ ...ctx, keyring }), { actor, now });

const wish = (tenantId: string, overrides: Partial<NewUser> = {}): NewUser => ({
  tenantId,
  email: 'Ann@Acme.example',
  fullName: 'Ann Acme',
  role: 'admin',
  ...overrides,
});

const withUser = async (overrides: Partial<NewUser> = {}) => {
  const { tenant } = await makeTenant(database);
  return { tenant, ...(await withVault((ctx) => createUser(ctx, wish(tenant.id, overrides)))) };
};

const login = (tenantId: string, password: Secret, { email = 'ann@acme.example', now = NOW } = {}) =>
  verifyPassword(database, { tenantId, email, password, now });

const DAY = 24 * 60 * 60 * 1000;

describe('creating a user', () => {
  it('PADM-01, CH-79: keeps argon2id of the temporary password, and nothing else of it in the table', async () => {
    const { user, password } = await withUser();
    const [row] = await asSuperuser<{ password_hash: string }>('select * from tenantry.users where id = $1', [user.id]);
    expect(row?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(JSON.stringify(row)).not.toContain(password.reveal());
  });

  it('REG-14: the row has the columns of the seed', async () => {
    const { tenant, user } = await withUser();
    expect(
      await asSuperuser('select email, full_name, role, tenant_id from tenantry.users where id = $1', [user.id]),
    ).toEqual([{ email: 'Ann@Acme.example', full_name: 'Ann Acme', role: 'admin', tenant_id: tenant.id }]);
  });

  it('seals the password in the vault of the tenant, where it can be opened until it is used', async () => {
    const { tenant, user, password } = await withUser();
    const [row] = await asSuperuser<{ ref: string }>(
      'select temporary_password_ref as ref from tenantry.users where id = $1',
      [user.id],
    );
    const opened = await withVault((ctx) =>
      openSecret(ctx, { $secret: row?.ref ?? '' }, { purpose: 'test', within: { tenantId: tenant.id } }),
    );
    expect(opened.reveal()).toBe(password.reveal());
  });

  it('no two users get the same password, and no audit row holds one', async () => {
    const [one, two] = [await withUser(), await withUser()];
    expect(one.password.reveal()).not.toBe(two.password.reveal());
    const rows = await asSuperuser('select payload from tenantry.audit_log where tenant_id = $1', [one.tenant.id]);
    expect(rows.length).toBeGreaterThan(1);
    expect(JSON.stringify(rows)).not.toContain(one.password.reveal());
  });

  it('PADM-03: a tenant can have several administrators', async () => {
    const { tenant } = await withUser();
    await withVault((ctx) => createUser(ctx, wish(tenant.id, { email: 'ben@acme.example' })));
    expect(
      await asSuperuser("select email from tenantry.users where tenant_id = $1 and role = 'admin'", [tenant.id]),
    ).toHaveLength(2);
  });

  it('the same key again answers the same user and the same password', async () => {
    const key = randomUUID();
    const { tenant, user, password } = await withUser({ key });
    const again = await withVault((ctx) => createUser(ctx, wish(tenant.id, { key })));
    expect(again).toMatchObject({ created: false, user });
    expect(again.password.reveal()).toBe(password.reveal());
  });

  it('a key that made one user makes no other', async () => {
    const key = randomUUID();
    const { tenant } = await withUser({ key });
    const other = withVault((ctx) => createUser(ctx, wish(tenant.id, { key, email: 'ben@acme.example' })));
    await expect(other).rejects.toThrow(code('request.idempotency_reused'));
  });

  it('an address is there once in a tenant, in whatever case, and again in another', async () => {
    const { tenant } = await withUser();
    const again = withVault((ctx) => createUser(ctx, wish(tenant.id, { email: 'ANN@acme.example' })));
    await expect(again).rejects.toThrow(code('user.email_taken'));
    await expect(withUser()).resolves.toMatchObject({ created: true });
  });

  it('of two creations at once one is told', async () => {
    const { tenant } = await makeTenant(database);
    const both = await Promise.allSettled([1, 2].map(() => withVault((ctx) => createUser(ctx, wish(tenant.id)))));
    expect(both.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('PLAN-02: the sixth user of a free tenant is refused', async () => {
    const { tenant } = await makeTenant(database, { plan: 'free' });
    const create = (n: number) =>
      withVault((ctx) => createUser(ctx, wish(tenant.id, { email: `u${n}@acme.example`, role: 'user' })));
    for (let n = 1; n <= 5; n++) await create(n);
    await expect(create(6)).rejects.toMatchObject({ code: 'tenant.limit_reached', facts: { allowed: 5, used: 5 } });
  });

  it.each([
    ['a role the product does not have', { role: 'cashier' }],
    ['an address that is none', { email: 'ann' }],
    ['no name', { fullName: ' ' }],
  ])('is refused with %s', async (_what, overrides) => {
    await expect(withUser(overrides)).rejects.toThrow(code('request.invalid'));
  });

  it('is refused to who may only read', async () => {
    const { tenant } = await makeTenant(database);
    await expect(withVault((ctx) => createUser(ctx, wish(tenant.id)), reader)).rejects.toThrow(
      code('access.forbidden'),
    );
  });
});

describe('logging in', () => {
  it('PADM-02: the temporary password is accepted and must be changed', async () => {
    const { tenant, user, password } = await withUser();
    expect(await login(tenant.id, password)).toEqual({ accepted: true, userId: user.id, mustChangePassword: true });
  });

  it.each([
    ['a wrong password', new Secret('wrong'), {}],
    ['an empty password', new Secret(''), {}],
    ['an address nobody has', undefined, { email: 'nobody@acme.example' }],
    ['a password of a megabyte', new Secret('x'.repeat(1_000_000)), {}],
  ])('%s is refused', async (_what, given, options) => {
    const { tenant, password } = await withUser();
    expect(await login(tenant.id, given ?? password, options)).toEqual({ accepted: false, reason: 'wrong' });
  });

  it('the password of one tenant opens no other, under the same address', async () => {
    const [one, two] = [await withUser(), await withUser()];
    expect(await login(two.tenant.id, one.password)).toEqual({ accepted: false, reason: 'wrong' });
  });

  it('a temporary password ends by itself', async () => {
    const { tenant, password } = await withUser({ temporaryDays: 3 });
    const at = (days: number) => login(tenant.id, password, { now: new Date(NOW.getTime() + days * DAY) });
    expect(await at(2.9)).toMatchObject({ accepted: true });
    expect(await at(3)).toEqual({ accepted: false, reason: 'expired' });
  });

  it('LIFE-06: nobody logs in to a tenant that is offboarded, or suspended and blocked', async () => {
    const { tenant, password } = await withUser();
    const tenantId = tenant.id;
    await doing((ctx) => setStatus(ctx, { tenantId, status: 'active' }));
    await doing((ctx) => setStatus(ctx, { tenantId, status: 'suspended', accessMode: 'blocked', reason: 'incident' }));
    expect(await login(tenantId, password)).toEqual({ accepted: false, reason: 'tenant_closed' });
    await doing((ctx) => setStatus(ctx, { tenantId, status: 'offboarded' }));
    expect(await login(tenantId, password)).toEqual({ accepted: false, reason: 'tenant_closed' });
  });
});

describe('changing a password', () => {
  const NEXT = new Secret('correct horse battery staple');
  const change = (tenantId: string, current: Secret, next = NEXT) =>
    changePassword(deps, { tenantId, email: 'ann@acme.example', current, next, now: NOW });

  it('the new one opens, the temporary one does not any more and is wiped from the vault', async () => {
    const { tenant, password, user } = await withUser();
    expect(await change(tenant.id, password)).toMatchObject({ id: user.id, mustChangePassword: false });
    expect(await login(tenant.id, NEXT)).toEqual({ accepted: true, userId: user.id, mustChangePassword: false });
    expect(await login(tenant.id, password)).toMatchObject({ accepted: false });
    const left = await asSuperuser(
      'select id from tenantry.vault_entries where tenant_id = $1 and ciphertext is not null',
      [tenant.id],
    );
    expect(left).toEqual([]);
  });

  it.each([
    ['user.login_refused', new Secret('wrong'), NEXT],
    ['user.password_refused', undefined, new Secret('short')],
  ])('is refused as %s', async (expected, given, next) => {
    const { tenant, password } = await withUser();
    await expect(change(tenant.id, given ?? password, next)).rejects.toThrow(code(expected));
    expect(await login(tenant.id, password)).toMatchObject({ accepted: true });
  });

  it('the temporary password cannot be kept', async () => {
    const { tenant, password } = await withUser();
    await expect(change(tenant.id, password, password)).rejects.toThrow(code('user.password_refused'));
  });

  it('of two changes at once one holds', async () => {
    const { tenant, password } = await withUser();
    const both = await Promise.allSettled([
      change(tenant.id, password),
      change(tenant.id, password, new Secret('another long one')),
    ]);
    expect(both.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('deleting a user', () => {
  it('ends their password, is written down, and is harmless twice', async () => {
    const { tenant, user, password } = await withUser();
    const remove = () => withVault((ctx) => deleteUser(ctx, { tenantId: tenant.id, userId: user.id, reason: 'left' }));
    expect([await remove(), await remove()]).toEqual([true, false]);
    expect(await login(tenant.id, password)).toEqual({ accepted: false, reason: 'wrong' });
    const rows = await asSuperuser<{ action: string }>(
      'select action from tenantry.audit_log where tenant_id = $1 order by seq',
      [tenant.id],
    );
    expect(rows.map((row) => row.action)).toEqual(expect.arrayContaining(['vault.revoked', 'user.deleted']));
    await expect(doing(({ tx }) => loadUser(tx, tenant.id, user.id))).rejects.toThrow(code('user.not_found'));
  });

  it('does not reach the user of another tenant', async () => {
    const [one, two] = [await withUser(), await withUser()];
    expect(await withVault((ctx) => deleteUser(ctx, { tenantId: one.tenant.id, userId: two.user.id }))).toBe(false);
    expect(await login(two.tenant.id, two.password)).toMatchObject({ accepted: true });
  });
});

const { actions, checks } = userActions(deps);
const [createAdmin] = actions;
const [passwordLogin] = checks;
if (createAdmin === undefined || passwordLogin === undefined) throw new Error('the connector lacks an action');

const OWN_DATABASE = {
  timeout: 'our own database, whose faults are the codes database.*',
  throttled: 'our own database',
  server_error: 'our own database',
  malformed: 'our own database',
  unreachable: 'our own database, whose faults are the codes database.*',
} as const;

async function world(tenant: { readonly id: string; readonly slug: string }, canary: Secret) {
  const key = randomUUID();
  return {
    context: (other?: string) => testContext({ key: other ?? key, tenant }),
    snapshot: () =>
      asSuperuser(
        `select (select json_agg(json_build_array(email, full_name, role, password_hash)) from tenantry.users where tenant_id = $1) as users,
                (select count(*)::int from tenantry.vault_entries where tenant_id = $1 and ciphertext is not null) as secrets`,
        [tenant.id],
      ),
    canary,
    fault: () => Promise.reject(new Error('no fault of another system can occur')),
    [Symbol.asyncDispose]: async () => {},
  };
}

const admin = { email: 'ann@acme.example', full_name: 'Ann Acme' };

describeAction(createAdmin, {
  delivery: 'idempotent',
  adopts: false,
  cannotOccur: OWN_DATABASE,
  badInputs: {
    'no address': { full_name: 'Ann' },
    'an address that is none': { email: 'ann', full_name: 'Ann' },
    'a misspelt key': { ...admin, roles: 'admin' },
  },
  open: async () => {
    const { tenant } = await makeTenant(database);
    return {
      ...(await world(tenant, new Secret('no secret goes in; the one that comes out is tested below'))),
      input: admin,
      tamper: async () => {
        await asSuperuser(
          "update tenantry.users set password_hash = '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$AAAA' where tenant_id = $1",
          [tenant.id],
        );
      },
    };
  },
});

describeCheck(passwordLogin, {
  cannotOccur: OWN_DATABASE,
  badInputs: {
    'a password as text': { email: 'ann@acme.example', password: 'text' },
    'no password': { email: 'a@b.example' },
  },
  open: async () => {
    const { tenant, password } = await withUser();
    return { ...(await world(tenant, password)), input: { email: 'ann@acme.example', password } };
  },
});

describe('user.create_admin', () => {
  const apply = async (input: object = admin) => {
    const { tenant } = await makeTenant(database);
    const ctx = testContext({ tenant });
    return {
      tenant,
      ctx,
      applied: await (createAdmin as Action<object, { password: Secret; user_id: string }>).apply(ctx, input),
    };
  };

  it('VAL-07: the password that comes out logs in, and prints as redacted wherever it lands', async () => {
    const { ctx, applied } = await apply();
    const { password } = applied.output;
    expect(await passwordLogin.run(ctx, { email: 'ann@acme.example', password })).toEqual({
      accepted: true,
      must_change_password: true,
    });
    expect(JSON.stringify(applied)).not.toContain(password.reveal());
  });

  it('makes the first role of the product that administers, and no other on request', async () => {
    const { applied, tenant } = await apply();
    expect(await doing(({ tx }) => loadUser(tx, tenant.id, applied.output.user_id))).toMatchObject({ role: 'admin' });
    await expect(apply({ ...admin, role: 'user' })).rejects.toThrow(code('request.invalid'));
  });

  it('is proven by the hash, also after the user has chosen a password of their own', async () => {
    const { ctx, applied, tenant } = await apply();
    await changePassword(deps, {
      tenantId: tenant.id,
      email: admin.email,
      current: applied.output.password,
      next: new Secret('correct horse battery staple'),
      now: NOW,
    });
    expect(await createAdmin.verify(ctx, admin, applied)).toMatchObject({ ok: true, actual: { can_log_in: true } });
  });

  it('an address somebody else gave the tenant is refused in the plan and in the act, and stays', async () => {
    const { ctx } = await apply();
    const other = testContext({ tenant: ctx.tenant ?? { id: '', slug: '' } });
    await expect(createAdmin.plan(other, admin)).rejects.toThrow(code('user.email_taken'));
    await expect(createAdmin.apply(other, admin)).rejects.toThrow(code('user.email_taken'));
  });
});
