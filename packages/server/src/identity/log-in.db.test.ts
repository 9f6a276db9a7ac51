import { hash as bcrypt } from '@node-rs/bcrypt';
import { TenantryError } from '@tenantry/contract';
import { describe, expect, it } from 'vitest';
import { Secret } from '../connectors/kit/index.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { setStatus } from '../tenants/index.ts';
import { storeCutlist } from '../tenants/testing/registry.ts';
import { createPasswordHasher } from './hash-password.ts';
import { changePassword, logIn, setTenantPolicy } from './index.ts';
import { code, freshAddress, GOOD, HOUR, identityWorld, later, MINUTE, NOW, OTHER } from './testing/world.ts';

const test = await cloneDatabase();
await storeCutlist(test.database);
const world = identityWorld(test);
const { deps, doing, makeTenant, makeMember, makeTemporary, tryLogIn, openSession, asSuperuser } = world;

const WRONG = new Secret('wrong horse battery staple');
const REFUSED = { outcome: 'refused', reason: 'credentials' };
/** Hashes done by one log-in. */
async function workOf(attempt: () => Promise<unknown>) {
  const before = { ...deps.hasher.work };
  await attempt();
  const { argon2, bcrypt: imported } = deps.hasher.work;
  return { argon2: argon2 - before.argon2, bcrypt: imported - before.bcrypt };
}

describe('a right password', () => {
  it('IDN-01, VAL-07: is accepted, and says who it is', async () => {
    const { tenant, user } = await makeMember(await makeTenant());
    expect(await tryLogIn(tenant, user.email.toUpperCase(), GOOD)).toEqual({
      outcome: 'accepted',
      user: expect.objectContaining({ id: user.id, tenantId: tenant.id, role: 'admin' }),
      next: 'none',
    });
  });

  it('IDN-03, PADM-02: a temporary one opens the change and nothing else', async () => {
    const tenant = await makeTenant();
    const { user, password } = await makeTemporary(tenant);
    expect(await tryLogIn(tenant, user.email, password)).toMatchObject({ next: 'change_password' });
    await expect(openSession({ tenant, user, password })).rejects.toThrow(code('user.password_change_required'));
  });

  it('a temporary one is of no use once it was changed, and none after its time', async () => {
    const tenant = await makeTenant();
    const { user, password } = await makeTemporary(tenant);
    expect(await tryLogIn(tenant, user.email, password, { now: later(14 * 24 * HOUR) })).toEqual(REFUSED);
    const change = { tenantId: tenant.id, email: user.email, current: password, now: NOW };
    await changePassword(deps, { ...change, next: OTHER });
    expect(await tryLogIn(tenant, user.email, password)).toEqual(REFUSED);
    expect(await tryLogIn(tenant, user.email, OTHER)).toMatchObject({ next: 'none' });
    await expect(changePassword(deps, { ...change, next: GOOD })).rejects.toThrow(code('user.login_refused'));
  });

  it('opens the session with it, and only where no step is left', async () => {
    const tenant = await makeTenant();
    const [member, temporary] = [await makeMember(tenant), await makeTemporary(tenant)];
    const opened: string[] = [];
    const attempt = (email: string, password: Secret) =>
      logIn(
        deps,
        { tenantId: tenant.id, email, password, address: freshAddress(), now: NOW },
        async (_ctx, user) => void opened.push(user.id),
      );
    await attempt(member.user.email, WRONG);
    await attempt('nobody@acme.example', GOOD);
    await attempt(temporary.user.email, temporary.password);
    expect(opened).toEqual([]);
    await attempt(member.user.email, GOOD);
    expect(opened).toEqual([member.user.id]);
  });

  it('stays found right, and no failure, when the session is refused; nothing stands of a session that failed', async () => {
    const { tenant, user } = await makeMember(await makeTenant());
    const request = { tenantId: tenant.id, email: user.email, password: GOOD, address: freshAddress(), now: NOW };
    const actions = async () => (await world.actionsOf(tenant.id)).filter((action) => /login|password/.test(action));
    // More often than failures are free, so a refusal that counted as one would end in a delay.
    for (let n = 0; n < 7; n++) {
      const refused = logIn(deps, request, async () => {
        throw new TenantryError('user.second_factor_required', 'The tenant asks for more by now.');
      });
      await expect(refused).rejects.toThrow(code('user.second_factor_required'));
    }
    expect(await actions()).toEqual(Array(7).fill('user.password_accepted'));
    const failed = logIn(deps, request, async ({ tx }) => void (await tx.query('select 1 / 0')));
    await expect(failed).rejects.toThrow('division by zero');
    expect(await actions()).toHaveLength(7);
    expect(await logIn(deps, request)).toMatchObject({ outcome: 'accepted' });
  });

  it('asks for a second factor to be set up where the tenant demands one', async () => {
    const { tenant, user } = await makeMember(await makeTenant());
    await doing((ctx) => setTenantPolicy(ctx, { tenantId: tenant.id, changes: { mfaRequired: true } }));
    expect(await tryLogIn(tenant, user.email, GOOD)).toMatchObject({ next: 'enroll_second_factor' });
  });

  it('IDN-02, CH-79, REG-14: of an imported bcrypt hash is accepted once as bcrypt and kept as argon2id from then on', async () => {
    const tenant = await makeTenant();
    const { user } = await makeMember(tenant, { passwordHash: await bcrypt('old but long password', { cost: 6 }) });
    const old = new Secret('old but long password');
    expect(await tryLogIn(tenant, user.email, WRONG)).toEqual(REFUSED);
    expect(await tryLogIn(tenant, user.email, old)).toMatchObject({ outcome: 'accepted' });
    const [row] = await asSuperuser<{ password_hash: string }>(
      'select password_hash from tenantry.users where id = $1',
      [user.id],
    );
    expect(row?.password_hash).toMatch(/^\$argon2id\$/);
    expect(await tryLogIn(tenant, user.email, old)).toMatchObject({ outcome: 'accepted' });
    expect(await tryLogIn(tenant, user.email, WRONG)).toEqual(REFUSED);
  });
});

describe('enumeration', () => {
  it('an unknown user, a wrong password, an unverified address, a disabled and an invited user are answered alike', async () => {
    const tenant = await makeTenant();
    const disabled = await makeMember(tenant, { status: 'disabled' });
    const unverified = await makeMember(tenant, { mustVerifyEmail: true });
    const invited = await makeMember(tenant, { status: 'invited', passwordHash: null });
    const known = await makeMember(tenant);
    const attempts = [
      () => tryLogIn(tenant, 'nobody@acme.example', GOOD),
      () => tryLogIn(tenant, known.user.email, WRONG),
      () => tryLogIn(tenant, unverified.user.email, GOOD),
      () => tryLogIn(tenant, disabled.user.email, GOOD),
      () => tryLogIn(tenant, invited.user.email, GOOD),
      () => tryLogIn(tenant, known.user.email, new Secret('')),
      () => tryLogIn(tenant, known.user.email, new Secret('x'.repeat(1_000_000))),
    ];
    for (const attempt of attempts) {
      const work = await workOf(async () => expect(await attempt()).toEqual(REFUSED));
      expect(work).toEqual({ argon2: 1, bcrypt: 0 });
    }
  });

  it('in a tenant with imported hashes every attempt does one of each, whichever is real', async () => {
    const tenant = await makeTenant();
    const imported = await makeMember(tenant, { passwordHash: await bcrypt('old but long password', { cost: 6 }) });
    const own = await makeMember(tenant);
    for (const email of ['nobody@acme.example', imported.user.email, own.user.email]) {
      expect(await workOf(() => tryLogIn(tenant, email, WRONG))).toEqual({ argon2: 1, bcrypt: 1 });
    }
  });

  it('the delays of an account that does not exist are those of one that does', async () => {
    const tenant = await makeTenant();
    const { user } = await makeMember(tenant);
    const storm = async (email: string) => {
      const answers = [];
      for (let n = 0; n < 7; n++) answers.push(await tryLogIn(tenant, email, WRONG, { address: freshAddress() }));
      return answers;
    };
    const [real, none] = [await storm(user.email), await storm('nobody@acme.example')];
    expect(real).toEqual(none);
    expect(real.at(-1)).toMatchObject({ reason: 'throttled' });
  });

  it('the delays do not tell that the password of a disabled user was right', async () => {
    const tenant = await makeTenant();
    const [disabled, active] = [await makeMember(tenant, { status: 'disabled' }), await makeMember(tenant)];
    const storm = async (email: string, password: Secret) => {
      const answers = [];
      for (let n = 0; n < 7; n++) answers.push(await tryLogIn(tenant, email, password));
      return answers;
    };
    expect(await storm(disabled.user.email, GOOD)).toEqual(await storm(active.user.email, WRONG));
  });

  it('the hash of a disabled user is not exchanged: that work would tell as well', async () => {
    const tenant = await makeTenant();
    const passwordHash = await bcrypt('old but long password', { cost: 6 });
    const { user } = await makeMember(tenant, { passwordHash, status: 'disabled' });
    const attempt = () => tryLogIn(tenant, user.email, new Secret('old but long password'));
    expect(await workOf(attempt)).toEqual({ argon2: 1, bcrypt: 1 });
  });

  it('the reason stands in the audit log, for those who may read it', async () => {
    const tenant = await makeTenant();
    const { user } = await makeMember(tenant, { status: 'disabled' });
    await tryLogIn(tenant, user.email, GOOD);
    await tryLogIn(tenant, 'nobody@acme.example', GOOD);
    const rows = await asSuperuser<{ payload: { detail: { fault: string } } }>(
      "select payload from tenantry.audit_log where tenant_id = $1 and action = 'user.login_refused' order by seq",
      [tenant.id],
    );
    expect(rows.map(({ payload }) => payload.detail.fault)).toEqual(['disabled', 'unknown_user']);
    expect(JSON.stringify(rows)).not.toContain(GOOD.reveal());
  });
});

describe('guessing', () => {
  it('slows down by account, and lets the account in again after minutes at most', async () => {
    const { tenant, user } = await makeMember(await makeTenant());
    const guess = (now: Date) => tryLogIn(tenant, user.email, WRONG, { address: freshAddress(), now });
    let now = NOW;
    for (let n = 0; n < 30; n++) {
      const answer = await guess(now);
      now = later(answer.outcome === 'refused' && answer.reason === 'throttled' ? (answer.retryAfterMs ?? 0) : 0, now);
    }
    const answer = await tryLogIn(tenant, user.email, GOOD, { address: freshAddress(), now: later(5 * MINUTE, now) });
    expect(answer).toMatchObject({ outcome: 'accepted' });
  });

  it('does not lock out the right person at an address they have logged in from', async () => {
    const member = await makeMember(await makeTenant());
    const { tenant, user } = member;
    const home = freshAddress();
    await openSession(member, { address: home });
    for (let n = 0; n < 8; n++) await tryLogIn(tenant, user.email, WRONG, { address: freshAddress() });
    expect(await tryLogIn(tenant, user.email, GOOD, { address: freshAddress() })).toMatchObject({
      reason: 'throttled',
    });
    expect(await tryLogIn(tenant, user.email, GOOD, { address: home })).toMatchObject({ outcome: 'accepted' });
  });

  it('slows down by address over many accounts and tenants', async () => {
    const tenants = [await makeTenant(), await makeTenant()];
    const address = freshAddress();
    const answers = [];
    for (let n = 0; n < 32; n++) {
      const tenant = tenants[n % 2];
      if (tenant !== undefined) answers.push(await tryLogIn(tenant, `user${n}@acme.example`, WRONG, { address }));
    }
    expect(answers.slice(0, 30)).toEqual(Array(30).fill(REFUSED));
    expect(answers.at(-1)).toMatchObject({ reason: 'throttled' });
  });

  it('an account of their own does not clear the address of somebody who guesses', async () => {
    const { tenant, user } = await makeMember(await makeTenant());
    const address = freshAddress();
    for (let n = 0; n < 29; n++) {
      await tryLogIn(tenant, `user${n}@acme.example`, WRONG, { address });
      if (n % 5 === 0) await tryLogIn(tenant, user.email, GOOD, { address });
    }
    await tryLogIn(tenant, 'one-more@acme.example', WRONG, { address });
    expect(await tryLogIn(tenant, user.email, GOOD, { address })).toMatchObject({ reason: 'throttled' });
  });

  it('of twenty guesses at once no more are looked at than one after the other', async () => {
    const { tenant, user } = await makeMember(await makeTenant());
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => tryLogIn(tenant, user.email, WRONG, { address: freshAddress() })),
    );
    expect(answers.filter((answer) => answer.outcome === 'refused' && answer.reason === 'credentials')).toHaveLength(5);
  });

  it('a clock that is set back locks nobody out', async () => {
    const { tenant, user } = await makeMember(await makeTenant());
    for (let n = 0; n < 7; n++) await tryLogIn(tenant, user.email, WRONG, { now: later(30 * 24 * HOUR) });
    expect(await tryLogIn(tenant, user.email, GOOD)).toMatchObject({ outcome: 'accepted' });
  });

  it('the same address in IPv6 is its network of 64 bits', async () => {
    const { tenant } = await makeMember(await makeTenant());
    const answers = [];
    for (let n = 0; n < 31; n++) {
      answers.push(await tryLogIn(tenant, `v${n}@acme.example`, WRONG, { address: `2001:db8:1:2::${n.toString(16)}` }));
    }
    expect(answers.at(-1)).toMatchObject({ reason: 'throttled' });
  });
});

describe('a tenant that is closed', () => {
  const suspended = async (accessMode: 'blocked' | 'read-only') => {
    const tenant = await makeTenant();
    const member = await makeMember(tenant);
    await doing((ctx) => setStatus(ctx, { tenantId: tenant.id, status: 'suspended', accessMode, reason: 'unpaid' }));
    return member;
  };

  it('is told to be so after the right password only', async () => {
    const { tenant, user } = await suspended('blocked');
    expect(await tryLogIn(tenant, user.email, WRONG)).toEqual(REFUSED);
    expect(await tryLogIn(tenant, user.email, GOOD)).toEqual({ outcome: 'refused', reason: 'tenant_closed' });
  });

  it('is not closed to reading by a suspension that leaves reading open', async () => {
    const { tenant, user } = await suspended('read-only');
    expect(await tryLogIn(tenant, user.email, GOOD)).toMatchObject({ outcome: 'accepted' });
  });

  it('CH-02: before go-live lets in administrators and pilots', async () => {
    const tenant = await makeTenant({ status: 'onboarding' });
    const admin = await makeMember(tenant);
    const pilot = await makeMember(tenant, { role: 'user', pilot: true });
    const user = await makeMember(tenant, { role: 'user' });
    expect(await tryLogIn(tenant, admin.user.email, GOOD)).toMatchObject({ outcome: 'accepted' });
    expect(await tryLogIn(tenant, pilot.user.email, GOOD)).toMatchObject({ outcome: 'accepted' });
    expect(await tryLogIn(tenant, user.user.email, GOOD)).toEqual({ outcome: 'refused', reason: 'tenant_closed' });
  });

  it('IDN-38: an address outside the list of the tenant is refused, after the right password', async () => {
    const { tenant, user } = await makeMember(await makeTenant());
    await doing((ctx) =>
      setTenantPolicy(ctx, { tenantId: tenant.id, changes: { ipAllow: ['192.0.2.0/24', '2001:db8:7::/48'] } }),
    );
    const from = (address: string, password = GOOD) => tryLogIn(tenant, user.email, password, { address });
    expect(await from('192.0.2.9')).toMatchObject({ outcome: 'accepted' });
    expect(await from('::ffff:192.0.2.9')).toMatchObject({ outcome: 'accepted' });
    expect(await from('2001:db8:7:1::5')).toMatchObject({ outcome: 'accepted' });
    expect(await from('192.0.3.9')).toEqual({ outcome: 'refused', reason: 'address' });
    expect(await from('192.0.3.9', WRONG)).toEqual(REFUSED);
  });

  it('a disabled password closes log-in and change alike', async () => {
    const { tenant, user } = await makeMember(await makeTenant());
    await doing((ctx) => setTenantPolicy(ctx, { tenantId: tenant.id, changes: { passwordsEnabled: false } }));
    expect(await tryLogIn(tenant, user.email, GOOD)).toEqual(REFUSED);
    const change = { tenantId: tenant.id, email: user.email, current: GOOD, next: OTHER, now: NOW };
    await expect(changePassword(deps, change)).rejects.toThrow(code('user.login_refused'));
  });
});

it('two tenants may each have a user of the same address, with passwords of their own', async () => {
  const email = 'both@acme.example';
  const [one, two] = [await makeMember(await makeTenant(), { email }), await makeMember(await makeTenant(), { email })];
  await changePassword(deps, { tenantId: two.tenant.id, email, current: GOOD, next: OTHER, now: NOW });
  expect(await tryLogIn(one.tenant, email, GOOD)).toMatchObject({ user: { id: one.user.id } });
  expect(await tryLogIn(two.tenant, email, GOOD)).toEqual(REFUSED);
  expect(await tryLogIn(two.tenant, email, OTHER)).toMatchObject({ user: { id: two.user.id } });
});

describe('a storm of log-ins', () => {
  it('past the queue is refused with a time to come back, and counts against nobody', async () => {
    const { tenant, user } = await makeMember(await makeTenant());
    const small = { ...deps, hasher: createPasswordHasher({ concurrency: 1, queueMax: 0 }) };
    const request = { tenantId: tenant.id, email: user.email, password: GOOD, address: freshAddress(), now: NOW };
    // Somebody's password is being hashed at any moment, however long the rest of a log-in takes on this machine.
    let stormy = true;
    const others = (async () => {
      while (stormy) await small.hasher.hash(OTHER).catch(() => undefined);
    })();
    const answers = await Promise.allSettled(Array.from({ length: 5 }, () => logIn(small, request)));
    stormy = false;
    await others;
    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
    expect(refused.length).toBeGreaterThan(0);
    for (const reason of refused) {
      expect(reason).toMatchObject({ code: 'identity.busy', status: 503, retry: { afterMs: 2_000 } });
    }
    for (let n = 0; n < 3; n++) expect(await tryLogIn(tenant, user.email, GOOD)).toMatchObject({ outcome: 'accepted' });
  });

  it('hashes no more at once than it was told, and serves in order', async () => {
    const gate = createPasswordHasher({ concurrency: 1, queueMax: 3 });
    const done: number[] = [];
    await Promise.all([1, 2, 3].map((n) => gate.hash(new Secret(`password number ${n}`)).then(() => done.push(n))));
    expect(done).toEqual([1, 2, 3]);
  });
});
