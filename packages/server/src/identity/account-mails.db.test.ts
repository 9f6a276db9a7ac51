import { describe, expect, it } from 'vitest';
import { Secret } from '../connectors/kit/index.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { operator, storeCutlist } from '../tenants/testing/registry.ts';
import {
  acceptInvitation,
  changePassword,
  findSession,
  inviteUser,
  requestPasswordReset,
  resendInvitation,
  resendVerification,
  resetPassword,
  setTenantPolicy,
  updateUser,
  verifyEmail,
} from './index.ts';
import { identityJobs } from './jobs.ts';
import { setTenantColor } from './provider/branding.ts';
import { code, DAY, freshAddress, GOOD, HOUR, identityWorld, later, type Member, NOW, OTHER } from './testing/world.ts';

const test = await cloneDatabase();
await storeCutlist(test.database);
const world = identityWorld(test);
const { deps, doing, makeTenant, makeMember, makeTemporary, openSession, tryLogIn, mailedToken, asSuperuser } = world;

/** Does the jobs that were put on the queue since. */
async function work(now = NOW): Promise<number> {
  const taken = world.jobs.splice(0);
  for (const { task, payload } of taken) await identityJobs(deps, () => now)[task](payload);
  return taken.length;
}

const askReset = (member: Pick<Member, 'tenant' | 'user'>, { now = NOW, address = freshAddress() } = {}) =>
  requestPasswordReset(deps, { tenantId: member.tenant.id, email: member.user.email, address, now });

async function resetToken(member: Member): Promise<string> {
  await askReset(member);
  await work();
  return mailedToken('reset-password', member.user.email);
}

const reset = (token: string, password: Secret = OTHER, now = NOW) => resetPassword(deps, { token, password, now });
const refused = code('user.token_refused');

describe('a forgotten password', () => {
  it('IDN-04: is set anew by the link of a mail, once, and every session ends', async () => {
    const member = await makeMember(await makeTenant());
    const { token: session } = await openSession(member);
    const token = await resetToken(member);
    await reset(token);
    expect(await findSession(deps, session, NOW)).toBeUndefined();
    expect(await tryLogIn(member.tenant, member.user.email, GOOD)).toMatchObject({ outcome: 'refused' });
    expect(await tryLogIn(member.tenant, member.user.email, OTHER)).toMatchObject({ outcome: 'accepted' });
    await expect(reset(token, GOOD)).rejects.toThrow(refused);
  });

  it('comes in the colour of the tenant, where it has one', async () => {
    const [plain, painted] = [await makeMember(await makeTenant()), await makeMember(await makeTenant())];
    await doing((ctx) => setTenantColor(ctx, { tenantId: painted.tenant.id, color: '#1f4e79' }));
    for (const member of [plain, painted]) await askReset(member);
    await work();
    expect(world.mails.slice(-2).map(({ values }) => values.brand_color)).toEqual([undefined, '#1f4e79']);
  });

  it('of two uses of one link at once, one holds', async () => {
    const member = await makeMember(await makeTenant());
    const token = await resetToken(member);
    const both = await Promise.allSettled([reset(token, OTHER), reset(token, new Secret('a third long password'))]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'user.token_refused' } });
  });

  it('the link ends after an hour, and when another is asked for', async () => {
    const member = await makeMember(await makeTenant());
    const first = await resetToken(member);
    await expect(reset(first, OTHER, later(HOUR))).rejects.toThrow(refused);
    const second = await resetToken(member);
    await expect(reset(first)).rejects.toThrow(refused);
    await reset(second);
  });

  it('the link ends when the password is changed otherwise', async () => {
    const member = await makeMember(await makeTenant());
    const token = await resetToken(member);
    const { tenant, user } = member;
    await changePassword(deps, { tenantId: tenant.id, email: user.email, current: GOOD, next: OTHER, now: NOW });
    await expect(reset(token)).rejects.toThrow(refused);
  });

  it('a refused password does not use the link up', async () => {
    const token = await resetToken(await makeMember(await makeTenant()));
    await expect(reset(token, new Secret('short'))).rejects.toThrow(code('user.password_refused'));
    await reset(token);
  });

  it('is asked for with the same answer and the same work by an address nobody has', async () => {
    const tenant = await makeTenant();
    const known = await makeMember(tenant);
    const unknown = { tenant, user: { ...known.user, email: 'nobody@acme.example' } };
    const before = { ...deps.hasher.work };
    expect([await askReset(known), await askReset(unknown)]).toEqual([undefined, undefined]);
    expect(world.jobs.map(({ task }) => task)).toEqual(['identity.reset_password', 'identity.reset_password']);
    expect(deps.hasher.work).toEqual(before);
    const mails = world.mails.length;
    await work();
    expect(world.mails.slice(mails).map(({ to }) => to)).toEqual([known.user.email]);
  });

  it('mails nobody who is disabled, only invited, or whose tenant has passwords off; a link from before is closed too', async () => {
    const tenant = await makeTenant();
    const [disabled, invited] = [
      await makeMember(tenant, { status: 'disabled' }),
      await makeMember(tenant, { status: 'invited', passwordHash: null }),
    ];
    const off = await makeMember(await makeTenant());
    const token = await resetToken(off);
    await doing((ctx) => setTenantPolicy(ctx, { tenantId: off.tenant.id, changes: { passwordsEnabled: false } }));
    const mails = world.mails.length;
    for (const member of [disabled, invited, off]) await askReset(member);
    expect(await work()).toBe(3);
    expect(world.mails).toHaveLength(mails);
    await expect(reset(token)).rejects.toThrow(refused);
  });

  it('a user who is disabled after the mail was sent cannot use it', async () => {
    const member = await makeMember(await makeTenant(), { role: 'user' });
    const token = await resetToken(member);
    const changes = { status: 'disabled' } as const;
    await doing((ctx) => updateUser(ctx, { tenantId: member.tenant.id, userId: member.user.id, changes }));
    await expect(reset(token)).rejects.toThrow(refused);
  });

  it('fills nobody’s mailbox: past a few requests nothing is sent, and the answer stays the same', async () => {
    const member = await makeMember(await makeTenant());
    for (let n = 0; n < 10; n++) await askReset(member);
    expect(await work()).toBe(3);
  });

  it('one address cannot ask for everybody', async () => {
    const { tenant } = await makeMember(await makeTenant());
    const address = freshAddress();
    const ask = (n: number) =>
      requestPasswordReset(deps, { tenantId: tenant.id, email: `u${n}@acme.example`, address, now: NOW });
    for (let n = 0; n < 20; n++) await ask(n);
    await expect(ask(20)).rejects.toThrow(code('request.throttled'));
    await work();
  });

  it.each([
    ['a verification link', 'verify-email' as const],
    ['an invitation', 'invitation' as const],
  ])('%s sets no password here', async (_what, template) => {
    const tenant = await makeTenant();
    if (template === 'invitation') await invite(tenant.id);
    else {
      const { user } = await makeMember(tenant, { mustVerifyEmail: true });
      await resendVerification(deps, { tenantId: tenant.id, email: user.email, address: freshAddress(), now: NOW });
      await work();
    }
    await expect(reset(await mailedToken(template))).rejects.toThrow(refused);
  });

  it.each(['', 'x', 'A'.repeat(43)])('%j is no token', async (token) => {
    await expect(reset(token)).rejects.toThrow(refused);
  });

  it('the token stands nowhere in clear: hashed in its table, sealed in the vault until it is used', async () => {
    const member = await makeMember(await makeTenant());
    const token = await resetToken(member);
    const everything = await asSuperuser(
      `select (select json_agg(t) from tenantry.user_tokens t where tenant_id = $1) as tokens,
              (select json_agg(a) from tenantry.audit_log a where tenant_id = $1) as audit`,
      [member.tenant.id],
    );
    expect(JSON.stringify([everything, world.mails])).not.toContain(token);
    await reset(token);
    const left = await asSuperuser(
      "select id from tenantry.vault_entries where tenant_id = $1 and kind = 'link' and ciphertext is not null",
      [member.tenant.id],
    );
    expect(left).toEqual([]);
  });
});

describe('the new password', () => {
  it.each([
    ['short', 'at least 12'],
    ['password1234', 'most common'],
    ['Password!!2026!!', 'most common'],
    ['welcomewelcome', 'most common'],
    ['abcdefghijklmno', 'neighbouring'],
    ['acme joinery 99', 'little more than the name'],
    ['AnnJoiner-1234', 'little more than the name'],
  ])('cannot be %s: %s', async (text, why) => {
    const member = await makeMember(await makeTenant());
    const change = { tenantId: member.tenant.id, email: member.user.email, current: GOOD, now: NOW };
    await expect(changePassword(deps, { ...change, next: new Secret(text) })).rejects.toMatchObject({
      code: 'user.password_refused',
      faults: [{ message: expect.stringContaining(why) }],
    });
  });

  it('ends all other sessions, not the one it is chosen in', async () => {
    const member = await makeMember(await makeTenant());
    const [here, there] = [await openSession(member), await openSession(member)];
    await changePassword(deps, {
      tenantId: member.tenant.id,
      email: member.user.email,
      current: GOOD,
      next: OTHER,
      now: NOW,
      keepSession: here.sessionId,
    });
    expect(await findSession(deps, here.token, NOW)).toBeDefined();
    expect(await findSession(deps, there.token, NOW)).toBeUndefined();
  });

  it('IDN-03: the temporary one is changed once; of two changes at once one holds', async () => {
    const tenant = await makeTenant();
    const { user, password } = await makeTemporary(tenant);
    const change = (next: Secret) =>
      changePassword(deps, { tenantId: tenant.id, email: user.email, current: password, next, now: NOW });
    const both = await Promise.allSettled([change(GOOD), change(OTHER)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(change(new Secret('a third long password'))).rejects.toThrow(code('user.login_refused'));
  });

  it('guesses at the current password have to wait, however many sessions ask', async () => {
    const member = await makeMember(await makeTenant());
    const guess = () =>
      changePassword(deps, {
        tenantId: member.tenant.id,
        email: member.user.email,
        current: new Secret('wrong wrong wrong'),
        next: OTHER,
        now: NOW,
      });
    for (let n = 0; n < 5; n++) await expect(guess()).rejects.toThrow(code('user.login_refused'));
    await expect(guess()).rejects.toThrow(code('request.throttled'));
  });
});

const invite = (tenantId: string, email = 'new@acme.example', actor = operator) =>
  doing((ctx) => inviteUser(ctx, deps, { tenantId, email, fullName: 'Nora New', role: 'user' }), actor);

describe('an invitation', () => {
  it('IDN-06: is accepted once; the user then has a password of their own and a proven address', async () => {
    const tenant = await makeTenant();
    const user = await invite(tenant.id);
    expect(user.status).toBe('invited');
    const token = await mailedToken('invitation');
    const accept = (password = OTHER) => acceptInvitation(deps, { token, password, now: NOW });
    expect(await accept()).toMatchObject({ status: 'active', emailVerifiedAt: NOW });
    expect(await tryLogIn(tenant, user.email, OTHER)).toMatchObject({ outcome: 'accepted', next: 'none' });
    await expect(accept(GOOD)).rejects.toThrow(refused);
  });

  it('ends after two weeks; sent again, the first link ends and the second works', async () => {
    const tenant = await makeTenant();
    const user = await invite(tenant.id);
    const first = await mailedToken('invitation');
    const accept = (token: string, now = NOW) => acceptInvitation(deps, { token, password: OTHER, now });
    await expect(accept(first, later(14 * DAY))).rejects.toThrow(refused);
    await doing((ctx) => resendInvitation(ctx, deps, { tenantId: tenant.id, userId: user.id }));
    await expect(accept(first)).rejects.toThrow(refused);
    await accept(await mailedToken('invitation'));
    const again = doing((ctx) => resendInvitation(ctx, deps, { tenantId: tenant.id, userId: user.id }));
    await expect(again).rejects.toThrow(code('request.invalid'));
  });

  it('takes a place of the plan, is refused for an address that is there, and for a role that is not', async () => {
    const tenant = await makeTenant({ plan: 'free' });
    for (let n = 1; n <= 5; n++) await invite(tenant.id, `u${n}@acme.example`);
    await expect(invite(tenant.id, 'u6@acme.example')).rejects.toThrow(code('tenant.limit_reached'));
    await expect(invite(tenant.id, 'U1@acme.example')).rejects.toThrow(code('user.email_taken'));
    const cashier = { tenantId: tenant.id, email: 'c@acme.example', fullName: 'C', role: 'cashier' };
    await expect(doing((ctx) => inviteUser(ctx, deps, cashier))).rejects.toThrow(code('request.invalid'));
  });

  it('is written down with the mail or not at all', async () => {
    const tenant = await makeTenant();
    const broken = { ...deps, enqueueMail: () => Promise.reject(new Error('no outbox')) };
    const wish = { tenantId: tenant.id, email: 'x@acme.example', fullName: 'X', role: 'user' };
    await expect(doing((ctx) => inviteUser(ctx, broken, wish))).rejects.toThrow('no outbox');
    expect(await asSuperuser('select id from tenantry.users where tenant_id = $1', [tenant.id])).toEqual([]);
  });

  it('is not sent by who may only read', async () => {
    const tenant = await makeTenant();
    const reader = { ...operator, scopes: ['tenants:read'] as const };
    await expect(invite(tenant.id, 'r@acme.example', reader as typeof operator)).rejects.toThrow(
      code('access.forbidden'),
    );
  });
});

describe('verifying an address', () => {
  const unverified = async () => makeMember(await makeTenant(), { mustVerifyEmail: true });
  const resend = ({ tenant, user }: Member, now = NOW) =>
    resendVerification(deps, { tenantId: tenant.id, email: user.email, address: freshAddress(), now });

  it('LIFE-25: the link works once, for two days, and lets the user log in', async () => {
    const member = await unverified();
    await resend(member);
    await work();
    const token = await mailedToken('verify-email', member.user.email);
    await expect(verifyEmail(deps, { token, now: later(2 * DAY) })).rejects.toThrow(refused);
    expect(await tryLogIn(member.tenant, member.user.email, GOOD)).toMatchObject({ outcome: 'refused' });
    await verifyEmail(deps, { token, now: NOW });
    expect(await tryLogIn(member.tenant, member.user.email, GOOD)).toMatchObject({ user: { emailVerified: true } });
    await expect(verifyEmail(deps, { token, now: NOW })).rejects.toThrow(refused);
  });

  it('LIFE-25: is sent again on request, a few times, and never to who has verified', async () => {
    const member = await unverified();
    for (let n = 0; n < 8; n++) await resend(member);
    expect(await work()).toBe(3);
    await verifyEmail(deps, { token: await mailedToken('verify-email', member.user.email), now: NOW });
    const mails = world.mails.length;
    await resend(member, later(DAY * 2));
    await work();
    expect(world.mails).toHaveLength(mails);
  });

  it('proves nothing after the address was changed', async () => {
    const member = await unverified();
    await resend(member);
    await work();
    const token = await mailedToken('verify-email', member.user.email);
    await asSuperuser("update tenantry.users set email = 'other@acme.example' where id = $1", [member.user.id]);
    await expect(verifyEmail(deps, { token, now: NOW })).rejects.toThrow(refused);
  });
});

describe('changing a user', () => {
  const update = (member: Member, changes: Parameters<typeof updateUser>[1]['changes'], tenantId = member.tenant.id) =>
    doing((ctx) => updateUser(ctx, { tenantId, userId: member.user.id, changes }));

  it('another role and a disabled user end every session', async () => {
    const tenant = await makeTenant();
    await makeMember(tenant);
    for (const changes of [{ role: 'user' }, { status: 'disabled' }] as const) {
      const member = await makeMember(tenant);
      const { token } = await openSession(member);
      await update(member, changes);
      expect(await findSession(deps, token, NOW)).toBeUndefined();
    }
  });

  it('the last administrator stays one, also when two demote each other at once', async () => {
    const tenant = await makeTenant();
    const [one, two] = [await makeMember(tenant), await makeMember(tenant)];
    const both = await Promise.allSettled([update(one, { role: 'user' }), update(two, { status: 'disabled' })]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'user.last_admin' } });
  });

  it('does not reach the user of another tenant', async () => {
    const member = await makeMember(await makeTenant());
    const other = await makeTenant();
    await expect(update(member, { fullName: 'Eve' }, other.id)).rejects.toThrow(code('user.not_found'));
  });

  it('a user who comes back takes a place of the plan', async () => {
    const tenant = await makeTenant({ plan: 'free' });
    const member = await makeMember(tenant, { status: 'disabled' });
    for (let n = 1; n <= 5; n++) await invite(tenant.id, `u${n}@acme.example`);
    await expect(update(member, { status: 'active' })).rejects.toThrow(code('tenant.limit_reached'));
  });
});
