import { describe, expect, it } from 'vitest';
import { Secret } from '../connectors/kit/index.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { saveProduct } from '../products/index.ts';
import { act, cutlistProfile } from '../tenants/testing/registry.ts';
import { logOut, type Registration, refreshTokens, register, type TokenDeps, verifyEmail } from './index.ts';
import { unsignedTokens } from './testing/tokens.ts';
import { code, DAY, freshAddress, GOOD, identityWorld, later, MINUTE, NOW } from './testing/world.ts';
import { authenticateAccess } from './token-sessions.ts';

const test = await cloneDatabase();
const profile = cutlistProfile();
await act(test.database)((ctx) =>
  saveProduct(ctx, { ...profile, settings: { ...profile.settings, self_registration: true } }),
);
const world = identityWorld(test);
const { asSuperuser, mailedToken, actionsOf } = world;

const deps: TokenDeps = { ...world.deps, tokens: unsignedTokens };

let people = 0;
const form = (overrides: Partial<Registration> = {}): Registration => {
  people += 1;
  return {
    email: `ann${people}@joiner.example`,
    fullName: 'Ann Acme',
    company: `Müller & Söhne ${people}`,
    password: GOOD,
    address: freshAddress(),
    userAgent: 'Firefox on Linux',
    now: NOW,
    ...overrides,
  };
};

const counts = async () =>
  (
    await asSuperuser<Record<string, number>>(
      `select (select count(*)::int from tenantry.tenants) as tenants, (select count(*)::int from tenantry.users) as users,
              (select count(*)::int from tenantry.user_sessions) as sessions,
              (select count(*)::int from tenantry.user_tokens) as tokens`,
    )
  )[0];

describe('registering', () => {
  it('LIFE-22, LIFE-23, LIFE-24: makes a tenant and its first administrator and answers both tokens and the user', async () => {
    const issued = await register(deps, form({ company: 'Müller & Söhne GmbH' }));
    expect(Object.keys(issued).sort()).toEqual(['accessToken', 'refreshToken', 'user']);
    expect(issued.user).toMatchObject({ role: 'admin', emailVerified: false });
    const [tenant] = await asSuperuser('select slug, name, plan, status from tenantry.tenants where id = $1', [
      issued.user.tenantId,
    ]);
    expect(tenant).toEqual({ slug: 'muller-sohne-gmbh', name: 'Müller & Söhne GmbH', plan: 'free', status: 'active' });
    const session = await authenticateAccess(deps, { accessToken: issued.accessToken, address: '::1', now: NOW });
    expect(session.user).toEqual(issued.user);
  });

  it('CH-63: an address any tenant has is refused with nothing written', async () => {
    const first = form();
    await register(deps, first);
    const before = await counts();
    for (const email of [first.email, first.email.toUpperCase()]) {
      await expect(register(deps, form({ email }))).rejects.toMatchObject({ code: 'user.email_taken', status: 409 });
    }
    const tenant = await world.makeTenant();
    await world.makeMember(tenant, { email: 'invited@joiner.example' });
    await expect(register(deps, form({ email: 'invited@joiner.example' }))).rejects.toThrow(code('user.email_taken'));
    expect(await counts()).toMatchObject({ sessions: before?.sessions, tokens: before?.tokens });
    expect((await counts())?.tenants).toBe((before?.tenants ?? 0) + 1);
  });

  it('of two registrations of one address at once, one is written', async () => {
    const email = 'twice@joiner.example';
    const before = await counts();
    const both = await Promise.allSettled([register(deps, form({ email })), register(deps, form({ email }))]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'user.email_taken' } });
    expect((await counts())?.tenants).toBe((before?.tenants ?? 0) + 1);
  });

  it('is one transaction: when the last part fails, there is no tenant either', async () => {
    const before = await counts();
    const broken = { ...deps, enqueueMail: () => Promise.reject(new Error('no outbox')) };
    await expect(register(broken, form())).rejects.toThrow('no outbox');
    expect(await counts()).toEqual(before);
  });

  it('two companies of one name get two slugs, and a reserved name gets an ending', async () => {
    const slugs = [];
    for (const company of ['Twin Ltd', 'Twin Ltd', 'Admin', '株式会社']) {
      const { user } = await register(deps, form({ company }));
      const [row] = await asSuperuser<{ slug: string }>('select slug from tenantry.tenants where id = $1', [
        user.tenantId,
      ]);
      slugs.push(row?.slug);
    }
    expect(slugs).toEqual([
      'twin-ltd',
      expect.stringMatching(/^twin-ltd-[0-9a-f]{6}$/),
      expect.stringMatching(/^admin-[0-9a-f]{6}$/),
      expect.stringMatching(/^tenant-[0-9a-f]{6}$/),
    ]);
  });

  it('LIFE-25, LIFE-26: sends a verification and a welcome; unverified, the next log-in is refused', async () => {
    const wish = form();
    const { user } = await register(deps, wish);
    const sent = world.mails.filter(({ to }) => to === wish.email).map(({ template }) => template);
    expect(sent.sort()).toEqual(['verify-email', 'welcome']);
    const tenant = { id: user.tenantId } as Awaited<ReturnType<typeof world.makeTenant>>;
    expect(await world.tryLogIn(tenant, wish.email, GOOD)).toMatchObject({ reason: 'credentials' });
    await verifyEmail(deps, { token: await mailedToken('verify-email', wish.email), now: NOW });
    expect(await world.tryLogIn(tenant, wish.email, GOOD)).toMatchObject({ outcome: 'accepted' });
  });

  it.each([
    ['user.password_refused', { password: new Secret('short') }],
    ['user.password_refused', { password: new Secret('muller sohne 1'), company: 'Müller Sohne' }],
    ['request.invalid', { email: 'ann' }],
    ['request.invalid', { company: ' ' }],
    ['product.not_found', { product: 'none' }],
  ])('is refused as %s and writes nothing', async (expected, overrides) => {
    const before = await counts();
    await expect(register(deps, form(overrides))).rejects.toThrow(code(expected));
    expect(await counts()).toEqual(before);
  });

  it('from one address has a limit', async () => {
    const address = freshAddress();
    const tries = [];
    for (let n = 0; n < 21; n++)
      tries.push(await register(deps, form({ address, product: 'none' })).catch((e) => e.code));
    expect(tries.slice(0, 20)).toEqual(Array(20).fill('product.not_found'));
    expect(tries[20]).toBe('request.throttled');
  });
});

describe('refreshing', () => {
  const refresh = (refreshToken: string, now = NOW) => refreshTokens(deps, { refreshToken, address: '::1', now });
  const access = (accessToken: string, now = NOW) => authenticateAccess(deps, { accessToken, address: '::1', now });
  const ended = code('user.session_ended');

  it('IDN-01: gives new tokens and spends the old one', async () => {
    const issued = await register(deps, form());
    const next = await refresh(issued.refreshToken);
    expect(next.refreshToken).not.toBe(issued.refreshToken);
    expect(next.user).toEqual(issued.user);
    await access((await refresh(next.refreshToken)).accessToken);
  });

  it('IDN-01: a spent token used again ends the whole family, at once and also for access tokens', async () => {
    const issued = await register(deps, form());
    const next = await refresh(issued.refreshToken);
    await expect(refresh(issued.refreshToken)).rejects.toThrow(ended);
    await expect(refresh(next.refreshToken)).rejects.toThrow(ended);
    await expect(access(next.accessToken)).rejects.toThrow(ended);
    expect(await actionsOf(issued.user.tenantId)).toContain('user.session_ended');
  });

  it('of two uses of one token at once, one is answered and the family ends', async () => {
    const issued = await register(deps, form());
    const both = await Promise.allSettled([refresh(issued.refreshToken), refresh(issued.refreshToken)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const winner = both.find((one) => one.status === 'fulfilled');
    await expect(refresh(winner?.value.refreshToken ?? '')).rejects.toThrow(ended);
  });

  it('CH-10: an access token lives 15 minutes, a family 7 days', async () => {
    const issued = await register(deps, form());
    await access(issued.accessToken, later(15 * MINUTE - 1_000));
    await expect(access(issued.accessToken, later(15 * MINUTE))).rejects.toThrow(code('access.unauthenticated'));
    const next = await refresh(issued.refreshToken, later(6 * DAY));
    await expect(refresh(next.refreshToken, later(7 * DAY))).rejects.toThrow(ended);
  });

  it('a log-out ends everything of the family, says nothing of a text that is no token, and may be repeated', async () => {
    const issued = await register(deps, form());
    for (const refreshToken of [issued.refreshToken, issued.refreshToken, 'nothing']) {
      await logOut(deps, { refreshToken, now: NOW });
    }
    await expect(refresh(issued.refreshToken)).rejects.toThrow(ended);
    await expect(access(issued.accessToken)).rejects.toThrow(ended);
  });

  it('an access token of one user does not open the session of another', async () => {
    const [one, two] = [await register(deps, form()), await register(deps, form())];
    const [mine, theirs] = [one, two].map(({ accessToken }) =>
      JSON.parse(Buffer.from(accessToken, 'base64url').toString()),
    );
    for (const forged of [
      { ...mine, sid: theirs.sid },
      { ...theirs, sub: mine.sub },
      { ...mine, tenant_id: theirs.tenant_id },
    ]) {
      await expect(access(await unsignedTokens.issue(forged))).rejects.toThrow(ended);
    }
  });
});
