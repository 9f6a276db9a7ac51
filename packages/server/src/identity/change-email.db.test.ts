import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Secret } from '../connectors/kit/index.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { operator, storeCutlist } from '../tenants/testing/registry.ts';
import {
  confirmEmailChange,
  findSession,
  objectToEmailChange,
  requestEmailChange,
  resetPassword,
  setTenantPolicy,
  setUserEmail,
  verifyEmail,
} from './index.ts';
import { identityJobs } from './jobs.ts';
import { code, DAY, GOOD, identityWorld, later, type Member, NOW, OTHER } from './testing/world.ts';

const test = await cloneDatabase();
await storeCutlist(test.database);
const world = identityWorld(test);
const { deps, doing, makeTenant, makeMember, openSession, tryLogIn, mailedToken, actionsOf, asSuperuser } = world;

/** Does the jobs that were put on the queue since. */
async function work(now = NOW): Promise<void> {
  for (const { task, payload } of world.jobs.splice(0)) await identityJobs(deps, () => now)[task](payload);
}

const fresh = (): string => `new-${randomUUID().slice(0, 8)}@acme.example`;

interface Asked {
  readonly email: string;
  readonly password?: Secret;
  readonly sessionId?: string;
  readonly now?: Date;
}

const ask = ({ user }: Pick<Member, 'user'>, { email, password = GOOD, sessionId = randomUUID(), now = NOW }: Asked) =>
  requestEmailChange(deps, { user: { ...user, emailVerified: true }, sessionId, email, password, now });

/** Asked for and mailed; the two links. */
async function asked(member: Member, email = fresh(), sessionId: string = randomUUID()) {
  await ask(member, { email, sessionId });
  await work();
  const old = await mailedToken('email-change-asked', member.user.email);
  return { email, confirm: await mailedToken('confirm-email', email), object: old };
}

const confirm = (token: string, now = NOW) => confirmEmailChange(deps, { token, now });
const object = (token: string, now = NOW) => objectToEmailChange(deps, { token, now });
const addressOf = async ({ user }: Pick<Member, 'user'>): Promise<string | undefined> =>
  (await asSuperuser<{ email: string }>('select email from tenantry.users where id = $1', [user.id]))[0]?.email;
const mailsSince = (count: number) => world.mails.slice(count).map(({ template, to }) => [template, to]);
const refused = code('user.token_refused');
const accepted = { outcome: 'accepted' };
const turnedAway = { outcome: 'refused' };

describe('a change of address', () => {
  it('mails the new address the link and the old one a way to object, and changes nothing before it is confirmed', async () => {
    const member = await makeMember(await makeTenant());
    const mails = world.mails.length;
    const { email, confirm: token } = await asked(member);
    expect(mailsSince(mails)).toEqual([
      ['email-change-asked', member.user.email],
      ['confirm-email', email],
    ]);
    expect(await addressOf(member)).toBe(member.user.email);
    expect(await tryLogIn(member.tenant, email, GOOD)).toMatchObject(turnedAway);
    await confirm(token);
    expect(await tryLogIn(member.tenant, email, GOOD)).toMatchObject(accepted);
    expect(await tryLogIn(member.tenant, member.user.email, GOOD)).toMatchObject(turnedAway);
  });

  it('ends every session but the one that asked, as a new password does', async () => {
    const member = await makeMember(await makeTenant());
    const [own, other] = [await openSession(member), await openSession(member)];
    await confirm((await asked(member, fresh(), own.sessionId)).confirm);
    expect(await findSession(deps, own.token, NOW)).toBeDefined();
    expect(await findSession(deps, other.token, NOW)).toBeUndefined();
  });

  it('is audited at each step under the name of the user', async () => {
    const member = await makeMember(await makeTenant());
    const { confirm: token, object: objection } = await asked(member);
    await confirm(token);
    await object(objection);
    const rows = await asSuperuser<{ action: string }>(
      `select action from tenantry.audit_log
       where tenant_id = $1 and actor_kind = 'user' and actor_id = $2 and action like 'user.email%' order by seq`,
      [member.tenant.id, member.user.id],
    );
    expect(rows.map(({ action }) => action)).toEqual([
      'user.email_change_asked',
      'user.email_changed',
      'user.email_change_objected',
    ]);
  });

  it('is asked for with the password, and guesses at it slow down', async () => {
    const member = await makeMember(await makeTenant());
    await expect(ask(member, { email: fresh(), password: OTHER })).rejects.toThrow(code('user.login_refused'));
    for (let n = 0; n < 5; n++) await ask(member, { email: fresh(), password: OTHER }).catch(() => undefined);
    await expect(ask(member, { email: fresh() })).rejects.toThrow(code('request.throttled'));
    expect(world.jobs).toEqual([]);
  });

  it('is refused where the tenant has passwords off: the address comes from elsewhere', async () => {
    const member = await makeMember(await makeTenant());
    await doing((ctx) => setTenantPolicy(ctx, { tenantId: member.tenant.id, changes: { passwordsEnabled: false } }));
    await expect(ask(member, { email: fresh() })).rejects.toThrow(code('user.login_refused'));
  });

  it.each(['no address', 'two@@acme.example', ''])('to "%s", or to the address it is, is refused', async (email) => {
    const member = await makeMember(await makeTenant());
    await expect(ask(member, { email })).rejects.toThrow(code('request.invalid'));
    await expect(ask(member, { email: member.user.email.toUpperCase() })).rejects.toThrow(code('request.invalid'));
  });

  it('fills nobody’s mailbox', async () => {
    const member = await makeMember(await makeTenant());
    for (let n = 0; n < 3; n++) await ask(member, { email: fresh() });
    await expect(ask(member, { email: fresh() })).rejects.toThrow(code('request.throttled'));
    world.jobs.splice(0);
  });

  it('may be to an address that somebody registered with in another tenant', async () => {
    const [one, two] = [
      await makeMember(await makeTenant(), { selfRegistered: true }),
      await makeMember(await makeTenant(), { selfRegistered: true }),
    ];
    const { confirm: token } = await asked(one, two.user.email);
    await confirm(token);
    expect(await addressOf(one)).toBe(two.user.email);
  });
});

describe('an address another user has', () => {
  it('of another tenant is fine', async () => {
    const [member, elsewhere] = [await makeMember(await makeTenant()), await makeMember(await makeTenant())];
    await confirm((await asked(member, elsewhere.user.email)).confirm);
    expect(await tryLogIn(member.tenant, elsewhere.user.email, GOOD)).toMatchObject(accepted);
    expect(await tryLogIn(elsewhere.tenant, elsewhere.user.email, GOOD)).toMatchObject(accepted);
  });

  it('of the same tenant is not told to who asks: the answer, the work and their mail are the same', async () => {
    const tenant = await makeTenant();
    const [taken, one, two] = [await makeMember(tenant), await makeMember(tenant), await makeMember(tenant)];
    const traces = [];
    for (const [member, email] of [
      [one, taken.user.email.toUpperCase()],
      [two, fresh()],
    ] as const) {
      const mails = world.mails.length;
      const work = { ...deps.hasher.work };
      const answer = await ask(member, { email });
      traces.push({
        answer,
        mails: world.mails.slice(mails).map(({ template }) => template),
        jobs: world.jobs.splice(0).map(({ task }) => task),
        hashed: deps.hasher.work.argon2 - work.argon2,
      });
    }
    expect(traces[0]).toEqual(traces[1]);
  });

  it('of the same tenant is not mailed, and nothing confirms it', async () => {
    const tenant = await makeTenant();
    const [member, taken] = [await makeMember(tenant), await makeMember(tenant)];
    await ask(member, { email: taken.user.email });
    const mails = world.mails.length;
    await work();
    expect(mailsSince(mails)).toEqual([]);
    expect(await actionsOf(tenant.id)).toContain('user.email_change_refused');
    expect(await addressOf(member)).toBe(member.user.email);
  });

  it('that was free when the mail went out, and is not now, is not taken', async () => {
    const tenant = await makeTenant();
    const member = await makeMember(tenant);
    const { email, confirm: token } = await asked(member);
    await makeMember(tenant, { email });
    await expect(confirm(token)).rejects.toThrow(refused);
    expect(await addressOf(member)).toBe(member.user.email);
  });

  it('of two who confirm the same one at once, one gets it', async () => {
    const tenant = await makeTenant();
    const email = fresh();
    const tokens = [];
    for (const member of [await makeMember(tenant), await makeMember(tenant)]) {
      tokens.push((await asked(member, email)).confirm);
    }
    const both = await Promise.allSettled(tokens.map((token) => confirm(token)));
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'user.token_refused' } });
  });
});

describe('group 8: forms of an address', () => {
  it('a plus form is an address of its own', async () => {
    const tenant = await makeTenant();
    const [ann, ben] = [await makeMember(tenant, { email: 'ann@acme.example' }), await makeMember(tenant)];
    await confirm((await asked(ben, 'ann+x@acme.example')).confirm);
    expect(await addressOf(ben)).toBe('ann+x@acme.example');
    expect(await addressOf(ann)).toBe('ann@acme.example');
  });

  it.each([
    ['a look-alike letter in front', '\u0430nn@acme.example'],
    ['a look-alike letter in the domain', 'ann@\u0430cme.example'],
    ['a full-width letter', '\uff41nn@acme.example'],
    ['two addresses', 'ann@acme.example,eve@evil.example'],
    ['a line break', 'ann@acme.example\r\nbcc: eve@evil.example'],
  ])('%s is no address', async (_what, email) => {
    await expect(ask(await makeMember(await makeTenant()), { email })).rejects.toThrow(code('request.invalid'));
  });
});

describe('the link to the new address', () => {
  it('works once, for a day, until another is asked for', async () => {
    const member = await makeMember(await makeTenant());
    const first = await asked(member);
    await expect(confirm(first.confirm, later(DAY))).rejects.toThrow(refused);
    const second = await asked(member);
    await expect(confirm(first.confirm)).rejects.toThrow(refused);
    await confirm(second.confirm);
    await expect(confirm(second.confirm)).rejects.toThrow(refused);
  });

  it('opens nothing else, and no other link does what it does', async () => {
    const member = await makeMember(await makeTenant());
    const { confirm: token, object: objection } = await asked(member);
    await expect(resetPassword(deps, { token, password: OTHER, now: NOW })).rejects.toThrow(refused);
    await expect(verifyEmail(deps, { token, now: NOW })).rejects.toThrow(refused);
    await expect(object(token)).rejects.toThrow(refused);
    await expect(confirm(objection)).rejects.toThrow(refused);
  });
});

describe('an objection from the old address', () => {
  it('before the change ends it, every session and the password; a link to a new one comes to the old address', async () => {
    const member = await makeMember(await makeTenant());
    const { token: session } = await openSession(member);
    const { confirm: token, object: objection } = await asked(member);
    await object(objection);
    await expect(confirm(token)).rejects.toThrow(refused);
    expect(await findSession(deps, session, NOW)).toBeUndefined();
    expect(await tryLogIn(member.tenant, member.user.email, GOOD)).toMatchObject(turnedAway);
    const reset = await mailedToken('reset-password', member.user.email);
    await resetPassword(deps, { token: reset, password: OTHER, now: NOW });
    expect(await tryLogIn(member.tenant, member.user.email, OTHER)).toMatchObject(accepted);
  });

  it('after the change takes it back, for seven days, once', async () => {
    const member = await makeMember(await makeTenant());
    const { email, confirm: token, object: objection } = await asked(member);
    await confirm(token);
    await expect(object(objection, later(7 * DAY))).rejects.toThrow(refused);
    await object(objection, later(6 * DAY));
    expect(await addressOf(member)).toBe(member.user.email);
    expect(await tryLogIn(member.tenant, email, GOOD, { now: later(6 * DAY) })).toMatchObject(turnedAway);
    await expect(object(objection, later(6 * DAY))).rejects.toThrow(refused);
  });

  it('undoes also what followed: a second change cannot take it away, nor object in its turn', async () => {
    const member = await makeMember(await makeTenant());
    const first = await asked(member);
    await confirm(first.confirm);
    const thief = { ...member, user: { ...member.user, email: first.email } };
    const second = await asked(thief);
    await confirm(second.confirm);
    await object(first.object);
    expect(await addressOf(member)).toBe(member.user.email);
    await expect(object(second.object)).rejects.toThrow(refused);
  });

  it('leaves the address to who has it by now, and shuts out who changed it all the same', async () => {
    const tenant = await makeTenant();
    const member = await makeMember(tenant);
    const { email, confirm: token, object: objection } = await asked(member);
    await confirm(token);
    await makeMember(tenant, { email: member.user.email });
    const mails = world.mails.length;
    await object(objection);
    expect(await addressOf(member)).toBe(email);
    expect(await tryLogIn(tenant, email, GOOD)).toMatchObject(turnedAway);
    expect(mailsSince(mails)).toEqual([]);
  });
});

describe('an operator', () => {
  const set = (
    member: Member,
    email: string,
    { reason = 'called back', actor = operator, tenant = member.tenant } = {},
  ) => doing((ctx) => setUserEmail(ctx, deps, { tenantId: tenant.id, userId: member.user.id, email, reason }), actor);

  it('gives a user another address for a reason: sessions and links end, both addresses are told', async () => {
    const member = await makeMember(await makeTenant(), { emailVerifiedAt: NOW });
    const { token: session } = await openSession(member);
    const own = await asked(member);
    const [email, mails] = [fresh(), world.mails.length];
    expect(await set(member, email)).toMatchObject({ email, emailVerifiedAt: null });
    expect(mailsSince(mails)).toEqual([
      ['verify-email', email],
      ['email-changed', member.user.email],
    ]);
    expect(await findSession(deps, session, NOW)).toBeUndefined();
    await expect(confirm(own.confirm)).rejects.toThrow(refused);
    await expect(object(own.object)).rejects.toThrow(refused);
    expect(await tryLogIn(member.tenant, email, GOOD)).toMatchObject(accepted);
    const [row] = await asSuperuser<{ reason: string }>(
      `select payload ->> 'reason' as reason from tenantry.audit_log where tenant_id = $1 and action = 'user.email_changed'`,
      [member.tenant.id],
    );
    expect(row).toEqual({ reason: 'called back' });
  });

  it('who corrects the address of an invited user sends the invitation there', async () => {
    const member = await makeMember(await makeTenant(), { status: 'invited', passwordHash: null });
    const [email, mails] = [fresh(), world.mails.length];
    await set(member, email);
    expect(mailsSince(mails)).toEqual([['invitation', email]]);
  });

  it('is told of a duplicate, and needs a reason, the right and the right tenant', async () => {
    const tenant = await makeTenant();
    const [member, taken] = [await makeMember(tenant), await makeMember(tenant)];
    await expect(set(member, taken.user.email)).rejects.toThrow(code('user.email_taken'));
    await expect(set(member, fresh(), { reason: ' ' })).rejects.toThrow(code('request.invalid'));
    const reader = { ...operator, scopes: ['tenants:read'] as const };
    await expect(set(member, fresh(), { actor: reader })).rejects.toThrow(code('access.forbidden'));
    const elsewhere = set(member, fresh(), { tenant: await makeTenant() });
    await expect(elsewhere).rejects.toThrow(code('user.not_found'));
    const admin = {
      kind: 'user',
      tenantId: tenant.id,
      userId: taken.user.id,
      name: 'A',
      email: 'a@b.example',
    } as const;
    const user = doing(
      (ctx) => setUserEmail(ctx, deps, { tenantId: tenant.id, userId: member.user.id, email: fresh(), reason: 'x' }),
      { ...admin, permission: 'owner_admin' },
    );
    await expect(user).rejects.toThrow(code('access.forbidden'));
  });
});
