import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Ctx, type PlatformRole, systemActor } from '../../access/index.ts';
import { Secret } from '../../connectors/kit/index.ts';
import { cloneDatabase } from '../../db/testing/index.ts';
import type { HttpServer } from '../../http/index.ts';
import { createOperator, disableOperator, linkIdentity, type ProviderSettings } from '../index.ts';
import { CALLBACK_PATH } from '../sign-in-routes.ts';
import { keptMails } from '../testing/kept-mails.ts';
import { cookieSet, openSignInSite, SESSION, SITE } from '../testing/sign-in-site.ts';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  type LyingProvider,
  startLyingProvider,
  startVendorProvider,
  type VendorProvider,
} from '../testing/vendor-provider.ts';

const { database, asSuperuser } = await cloneDatabase();
const outbox = keptMails();
const SETUP = systemActor('setup');
const setUp = <T>(fn: (ctx: Ctx) => Promise<T>): Promise<T> =>
  database.transaction('operator', (tx) => fn({ tx, actor: SETUP, now: new Date() }));

let idp: VendorProvider;
let liar: LyingProvider;
beforeAll(async () => {
  idp = await startVendorProvider(`${SITE}${CALLBACK_PATH}`);
  liar = await startLyingProvider();
});
afterAll(() => Promise.all([idp.close(), liar.close()]));
beforeEach(async () => {
  liar.lies = {};
  await asSuperuser('truncate tenantry.people cascade');
  idp.accounts.clear();
});

const settings = (issuer: string, more: Partial<ProviderSettings> = {}): ProviderSettings => ({
  issuer,
  clientId: CLIENT_ID,
  clientSecret: new Secret(CLIENT_SECRET),
  label: 'Vendor',
  allowedDomains: ['vendor.example'],
  groupRoles: [
    { group: 'platform', role: 'owner' },
    { group: 'sre', role: 'engineer' },
  ],
  ...more,
});

const open = (more?: Partial<ProviderSettings>) => openSignInSite(database, { provider: settings(idp.issuer, more) });

const account = (email: string, more: object = {}) => ({
  email,
  email_verified: true,
  name: 'Dana',
  groups: [],
  ...more,
});

async function leave(server: HttpServer, query = ''): Promise<{ to: string; cookie: string }> {
  const response = await server.inject(`/operator/sign-in/provider?${query}`);
  expect(response.statusCode).toBe(303);
  return { to: String(response.headers.location), cookie: cookieSet(response.headers, 'tenantry_sign_in') ?? '' };
}

const comeBack = (server: HttpServer, { pathname, search }: URL, cookie?: string) =>
  server.inject({
    url: `${pathname}${search}`,
    headers: cookie === undefined ? {} : { cookie: `tenantry_sign_in=${cookie}` },
  });

async function signIn(server: HttpServer, subject: string, query?: string) {
  const { to, cookie } = await leave(server, query);
  return comeBack(server, await idp.signIn(to, subject), cookie);
}

async function invited(email: string, role: PlatformRole = 'engineer') {
  return setUp((ctx) => createOperator(ctx, outbox, { name: 'Dana', email, grants: [{ role }] }));
}

const lastReason = async (): Promise<string | undefined> =>
  (
    await asSuperuser<{ reason: string }>(
      `select payload->>'reason' as reason from tenantry.audit_log
       where action = 'operator.sign_in_refused' order by seq desc limit 1`,
    )
  )[0]?.reason;

describe('signing in through the vendor’s provider', () => {
  it('lets an invited person in by the link of the invitation, and from then on without it', async () => {
    const { server, whoIs } = await open();
    const { id, invitation } = await invited('dana@vendor.example');
    idp.accounts.set('sub-dana', account('Dana@Vendor.example'));
    const first = await signIn(server, 'sub-dana', `invitation=${invitation.token.reveal()}`);
    expect([first.statusCode, first.headers.location]).toEqual([303, '/']);
    expect(await whoIs(cookieSet(first.headers, SESSION))).toMatchObject({ id, grants: [{ role: 'engineer' }] });
    const second = await signIn(server, 'sub-dana', 'to=%2Foperator%2Fcli%3Fport%3D1');
    expect(second.headers.location).toBe('/operator/cli?port=1');
    expect(await whoIs(cookieSet(second.headers, SESSION))).toMatchObject({ id });
    expect(String(second.headers['set-cookie'])).toContain(`${SESSION}=`);
    expect(String(second.headers['set-cookie'])).toContain('HttpOnly; Secure; SameSite=Lax');
  });

  it('asks with PKCE by S256, a nonce, a state and the exact address to come back to', async () => {
    const { server } = await open();
    const asked = new URL((await leave(server)).to).searchParams;
    expect(asked.get('code_challenge_method')).toBe('S256');
    expect(asked.get('code_challenge')).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(asked.get('nonce')).toMatch(/^[A-Za-z0-9_-]{20,}$/);
    expect(asked.get('redirect_uri')).toBe(`${SITE}${CALLBACK_PATH}`);
  });

  it('gives roles by groups, makes the person of a new member, and takes roles away with the group', async () => {
    const { server, whoIs } = await open();
    await invited('first@vendor.example', 'owner');
    idp.accounts.set('sub-sre', account('sre@vendor.example', { groups: ['sre', 'cooks'] }));
    const first = await whoIs(cookieSet((await signIn(server, 'sub-sre')).headers, SESSION));
    expect(first).toMatchObject({ email: 'sre@vendor.example', grants: [{ role: 'engineer' }] });
    idp.accounts.set('sub-sre', account('sre@vendor.example', { groups: ['platform'] }));
    const again = await whoIs(cookieSet((await signIn(server, 'sub-sre')).headers, SESSION));
    expect(again).toMatchObject({ id: first?.id, grants: [{ role: 'owner' }] });
    idp.accounts.set('sub-sre', account('sre@vendor.example'));
    const last = await signIn(server, 'sub-sre');
    expect([last.statusCode, await lastReason()]).toEqual([401, 'no_role']);
    expect(await asSuperuser(`select from tenantry.grants where source = 'idp'`)).toEqual([]);
  });

  it('keeps the last owner an owner when the group no longer says so', async () => {
    const { server, whoIs } = await open();
    idp.accounts.set('sub-boss', account('boss@vendor.example', { groups: ['platform'] }));
    await signIn(server, 'sub-boss');
    idp.accounts.set('sub-boss', account('boss@vendor.example', { groups: ['sre'] }));
    const boss = await whoIs(cookieSet((await signIn(server, 'sub-boss')).headers, SESSION));
    expect(boss?.grants?.map(({ role }) => role).sort()).toEqual(['engineer', 'owner']);
  });

  it('ends the session that the browser had before, so that none is carried over a sign-in', async () => {
    const { server, whoIs } = await open();
    idp.accounts.set('s', account('s@vendor.example', { groups: ['sre'] }));
    const old = cookieSet((await signIn(server, 's')).headers, SESSION);
    const { to, cookie } = await leave(server);
    const back = await idp.signIn(to, 's');
    const response = await server.inject({
      url: `${back.pathname}${back.search}`,
      headers: { cookie: `tenantry_sign_in=${cookie}; ${SESSION}=${old}` },
    });
    expect(cookieSet(response.headers, SESSION)).not.toBe(old);
    const ended = await asSuperuser('select from tenantry.operator_sessions where ended_at is not null');
    expect([ended.length, (await whoIs(cookieSet(response.headers, SESSION)))?.email]).toEqual([1, 's@vendor.example']);
  });
});

describe('linking: who an account is', () => {
  it('never takes over a person by an e-mail address, even a verified one with a role to come', async () => {
    const { server } = await open();
    await invited('dana@vendor.example', 'owner');
    idp.accounts.set('mallory', account('dana@vendor.example', { groups: ['sre'] }));
    expect((await signIn(server, 'mallory')).statusCode).toBe(401);
    expect(await lastReason()).toBe('address_taken');
    expect(await asSuperuser('select from tenantry.operator_identities')).toEqual([]);
  });

  it.each([
    ['a capital letter', 'DANA@vendor.example', 'address_taken'],
    ['a look-alike letter', 'd\u0430na@vendor.example', 'address_not_vouched'],
    ['a look-alike domain', 'dana@vend\u043er.example', 'address_not_vouched'],
    ['an address that is not verified', 'eve@vendor.example', 'address_not_vouched', { email_verified: false }],
    ['another domain', 'dana@vendor.example.evil.example', 'address_not_vouched'],
  ])('refuses %s', async (_what, email, reason, more: object = {}) => {
    const { server } = await open();
    await invited('dana@vendor.example', 'owner');
    idp.accounts.set('mallory', account(email, { groups: ['platform'], ...more }));
    expect((await signIn(server, 'mallory')).statusCode).toBe(401);
    expect(await lastReason()).toBe(reason);
  });

  it('takes a plus form for another person, who gets what their own groups give and nothing else', async () => {
    const { server, whoIs } = await open();
    const { id } = await invited('dana@vendor.example', 'owner');
    idp.accounts.set('plus', account('dana+x@vendor.example', { groups: ['sre'] }));
    const person = await whoIs(cookieSet((await signIn(server, 'plus')).headers, SESSION));
    expect(person).toMatchObject({ email: 'dana+x@vendor.example', grants: [{ role: 'engineer' }] });
    expect(person?.id).not.toBe(id);
  });

  it('refuses an invitation in the hands of another colleague, and does not use it up', async () => {
    const { server } = await open();
    const { invitation } = await invited('dana@vendor.example');
    idp.accounts.set('eve', account('eve@vendor.example'));
    const query = `invitation=${invitation.token.reveal()}`;
    expect((await signIn(server, 'eve', query)).statusCode).toBe(401);
    expect(await lastReason()).toBe('other_invitee');
    idp.accounts.set('dana', account('dana@vendor.example'));
    expect((await signIn(server, 'dana', query)).statusCode).toBe(303);
    expect((await server.inject(`/operator/sign-in/provider?${query}`)).statusCode).toBe(410);
  });

  it('knows a person an owner linked by subject, whatever address the provider names', async () => {
    const { server, whoIs } = await open();
    const { id } = await invited('dana@vendor.example');
    await setUp((ctx) => linkIdentity(ctx, { personId: id, issuer: idp.issuer, subject: 'sub-7' }));
    idp.accounts.set('sub-7', account('dana@elsewhere.example', { email_verified: false }));
    expect(await whoIs(cookieSet((await signIn(server, 'sub-7')).headers, SESSION))).toMatchObject({ id });
  });

  it('goes on knowing a person whose address passed to somebody else', async () => {
    const { server, whoIs } = await open();
    await invited('first@vendor.example', 'owner');
    idp.accounts.set('old', account('shared@vendor.example', { groups: ['sre'] }));
    const before = await whoIs(cookieSet((await signIn(server, 'old')).headers, SESSION));
    idp.accounts.set('new', account('shared@vendor.example', { groups: ['platform'] }));
    expect((await signIn(server, 'new')).statusCode).toBe(401);
    expect(await whoIs(cookieSet((await signIn(server, 'old')).headers, SESSION))).toMatchObject({ id: before?.id });
  });

  it('refuses a disabled person, and somebody nobody invited and no group names', async () => {
    const { server } = await open();
    await invited('first@vendor.example', 'owner');
    const { id, invitation } = await invited('dana@vendor.example');
    idp.accounts.set('dana', account('dana@vendor.example'));
    await signIn(server, 'dana', `invitation=${invitation.token.reveal()}`);
    await setUp((ctx) => disableOperator(ctx, outbox.mails, { personId: id, reason: 'left' }));
    expect([(await signIn(server, 'dana')).statusCode, await lastReason()]).toEqual([401, 'disabled']);
    idp.accounts.set('who', account('who@vendor.example'));
    expect([(await signIn(server, 'who')).statusCode, await lastReason()]).toEqual([401, 'unknown_person']);
  });

  it('asks for the hosted domain where one is set', async () => {
    const { server } = await open({ allowedDomains: [], hostedDomain: 'vendor.example' });
    idp.accounts.set('in', account('in@vendor.example', { groups: ['sre'], hd: 'vendor.example' }));
    idp.accounts.set('out', account('out@vendor.example', { groups: ['sre'] }));
    expect((await signIn(server, 'in')).statusCode).toBe(303);
    expect((await signIn(server, 'out')).statusCode).toBe(401);
  });
});

describe('an answer that does not hold', () => {
  const back = async (change: (url: URL) => void = () => undefined, cookie?: (own: string) => string | undefined) => {
    const { server } = await open();
    idp.accounts.set('s', account('s@vendor.example', { groups: ['sre'] }));
    const left = await leave(server);
    const url = await idp.signIn(left.to, 's');
    change(url);
    return {
      server,
      url,
      left,
      response: await comeBack(server, url, cookie === undefined ? left.cookie : cookie(left.cookie)),
    };
  };

  it('refuses another state, a browser that did not ask, and another browser', async () => {
    expect((await back((url) => url.searchParams.set('state', 'x'))).response.statusCode).toBe(401);
    expect((await back(undefined, () => undefined)).response.statusCode).toBe(401);
    expect((await back(undefined, () => 'A'.repeat(43))).response.statusCode).toBe(401);
    expect(await lastReason()).toBe('state');
    expect(await asSuperuser('select from tenantry.operator_sessions')).toEqual([]);
  });

  it('takes an answer once', async () => {
    const { server, url, left, response } = await back();
    expect(response.statusCode).toBe(303);
    expect((await comeBack(server, url, left.cookie)).statusCode).toBe(401);
  });

  it('refuses a code of somebody else’s sign-in: the verifier does not fit', async () => {
    const { server } = await open();
    idp.accounts.set('victim', account('v@vendor.example', { groups: ['platform'] }));
    const theirs = await idp.signIn((await leave(server)).to, 'victim');
    const own = await leave(server);
    const state = new URL(own.to).searchParams.get('state') ?? '';
    theirs.searchParams.set('state', state);
    expect((await comeBack(server, theirs, own.cookie)).statusCode).toBe(401);
    expect(await lastReason()).toBe('answer');
  });

  it('tells the same for every reason, and names none', async () => {
    const { response } = await back((url) => url.searchParams.set('code', 'x'));
    expect(response.statusCode).toBe(401);
    expect(response.body).toContain('The sign-in was refused.');
    expect(response.body).not.toContain('invalid_grant');
  });
});

describe('a provider that lies', () => {
  const attempt = async (lies: LyingProvider['lies']) => {
    const { server, whoIs } = await openSignInSite(database, { provider: settings(liar.issuer) });
    liar.lies = lies;
    const { to, cookie } = await leave(server);
    const response = await comeBack(server, liar.comeBack(to), cookie);
    return { response, person: await whoIs(cookieSet(response.headers, SESSION)) };
  };

  it('is believed as long as it tells the truth, also with a key it has just begun to use', async () => {
    expect((await attempt({})).person).toMatchObject({ email: 'dana@vendor.example' });
    expect((await attempt({ sign: 'new_key' })).person).toMatchObject({ email: 'dana@vendor.example' });
  });

  const past = Math.floor(Date.now() / 1_000) - 3_600;
  it.each([
    ['no signature', { sign: 'none' }],
    ['an HMAC with the client secret', { sign: 'hs256' }],
    ['the signature of another key', { sign: 'other_key' }],
    ['another issuer', { claims: { iss: 'https://other.example' } }],
    ['another issuer in the address (mix-up)', { iss: 'https://other.example' }],
    ['another audience', { claims: { aud: 'another-client' } }],
    ['several audiences for another party', { claims: { aud: [CLIENT_ID, 'x'], azp: 'x' } }],
    ['another nonce', { claims: { nonce: 'replayed' } }],
    ['no nonce', { claims: { nonce: undefined } }],
    ['a token that is over', { claims: { exp: past } }],
    ['a subject that is empty', { claims: { sub: '' } }],
    ['userinfo about somebody else', { userinfo: { sub: 'somebody-else' } }],
  ] satisfies readonly (readonly [string, LyingProvider['lies']])[])('is refused with %s', async (_what, lies) => {
    const { response, person } = await attempt(lies);
    expect([response.statusCode, person]).toEqual([401, undefined]);
    expect(await lastReason()).toBe('answer');
    expect(await asSuperuser('select from tenantry.people')).toEqual([]);
  });

  it('is not waited for: one that is away gives its own page, and passwords go on', async () => {
    const { server } = await openSignInSite(database, { provider: settings('http://127.0.0.1:9') });
    const response = await server.inject('/operator/sign-in/provider');
    expect([response.statusCode, response.headers['content-type']]).toEqual([502, 'text/html; charset=utf-8']);
    expect((await server.inject('/operator/sign-in')).statusCode).toBe(200);
  });
});
