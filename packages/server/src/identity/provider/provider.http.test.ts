import { createHmac } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, SignJWT, UnsecuredJWT } from 'jose';
import * as oidc from 'openid-client';
import { describe, expect, it } from 'vitest';
import { cloneDatabase } from '../../db/testing/index.ts';
import { GOOD } from '../testing/world.ts';
import {
  AFTER_LOG_OUT,
  CALLBACK,
  finishLogIn,
  openBrowser,
  providerWorld,
  RESOURCE,
  startLogIn,
  typePassword,
} from './testing/provider-world.ts';

/** Of applications that have one, so that they are given a `sid`; nothing is delivered in these tests. */
const BACK_CHANNEL = 'https://app.example/logged-out';

const test = await cloneDatabase();
const world = await providerWorld(test);
const tenant = await world.makeTenant({ name: 'Acme Joinery' });
const ann = await world.makeMember(tenant);
const app = await world.registerClient({ id: 'app', resource: RESOURCE, backchannelLogoutUri: BACK_CHANNEL });
const plain = await world.registerClient({
  id: 'plain',
  signingAlg: 'EdDSA',
  backchannelLogoutUri: BACK_CHANNEL,
});
const spa = await world.registerClient({ id: 'spa', public: true, signingAlg: 'ES256' });
const config = await world.relyingParty('app', app.secret);
const plainConfig = await world.relyingParty('plain', plain.secret);
const spaConfig = await world.relyingParty('spa', spa.secret);
const credentials = { tenant: tenant.slug, email: ann.user.email, password: GOOD.reveal() };

/** Logs Ann in from nothing and exchanges the code. */
async function logIn(party = config, parameters: Readonly<Record<string, string>> = {}) {
  const browser = openBrowser(world.publicUrl);
  const started = await startLogIn(party, parameters);
  const back = await typePassword(browser, started, credentials);
  const callback = back.location ?? '';
  return { browser, started, callback, tokens: await finishLogIn(party, started, callback) };
}

/** The `error` an address for the application carries, or the status where it carries none. */
const errorIn = (answer: { readonly status: number; readonly location: string | undefined }): string =>
  answer.location === undefined
    ? String(answer.status)
    : (new URL(answer.location).searchParams.get('error') ?? 'none');

const ask = async (url: URL) => openBrowser(world.publicUrl).get(url.href);

describe('discovery', () => {
  it('names what is on and nothing else: code with PKCE S256, no implicit flow, no none, no HMAC', async () => {
    const metadata = config.serverMetadata();
    expect(metadata).toMatchObject({
      issuer: world.idp.issuer,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      id_token_signing_alg_values_supported: expect.arrayContaining(['RS256', 'ES256', 'EdDSA']),
      authorization_response_iss_parameter_supported: true,
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      end_session_endpoint: `${world.idp.issuer}/session/end`,
    });
    const algorithms = JSON.stringify(metadata);
    expect(algorithms).not.toMatch(/HS\d{3}|"none"\]?,"id_token|registration_endpoint|request_object_signing/);
    expect(metadata.id_token_signing_alg_values_supported).toHaveLength(3);
    expect(metadata.grant_types_supported?.toSorted()).toEqual(['authorization_code', 'refresh_token']);
  });

  it('takes no address from the request: a forged Host or forwarding header changes nothing', async () => {
    const forged = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https', forwarded: 'host=evil.example' };
    const answer = await openBrowser(world.publicUrl).get(`${world.idp.issuer}/.well-known/openid-configuration`, forged);
    expect(answer.text).not.toContain('evil.example');
    expect(JSON.parse(answer.text)).toMatchObject({ token_endpoint: `${world.idp.issuer}/token` });
  });

  it('publishes public halves only', async () => {
    const { text } = await ask(new URL(`${world.idp.issuer}/jwks`));
    const { keys } = JSON.parse(text) as { keys: Record<string, unknown>[] };
    expect(keys.map(({ alg }) => alg).toSorted()).toEqual(['ES256', 'EdDSA', 'RS256']);
    for (const key of keys) expect(Object.keys(key)).not.toEqual(expect.arrayContaining(['d']));
  });
});

describe('code flow', () => {
  it('IDN-01: a user logs in and the application learns who they are, in which tenant and role', async () => {
    const { tokens, callback } = await logIn();
    expect(tokens.claims()).toMatchObject({
      iss: world.idp.issuer,
      aud: 'app',
      sub: ann.user.id,
      email: ann.user.email,
      name: ann.user.fullName,
      tenant_id: tenant.id,
      tenant_slug: tenant.slug,
      role: 'admin',
      amr: ['pwd'],
      acr: 'urn:tenantry:aal:1',
    });
    expect(new URL(callback).searchParams.get('iss')).toBe(world.idp.issuer);
  });

  it('CH-10: its access token is a JWT for its own API that lives fifteen minutes', async () => {
    const { tokens } = await logIn();
    expect(decodeProtectedHeader(tokens.access_token)).toMatchObject({ alg: 'RS256', typ: 'at+jwt' });
    const claims = decodeJwt(tokens.access_token);
    expect(claims).toMatchObject({
      iss: world.idp.issuer,
      aud: RESOURCE,
      sub: ann.user.id,
      tenant_id: tenant.id,
      tenant_slug: tenant.slug,
      roles: ['admin'],
      amr: ['pwd'],
    });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(900);
  });

  it.each([
    ['EdDSA', plainConfig],
    ['ES256', spaConfig],
  ])('signs with %s for the application that asked for it', async (alg, party) => {
    const { tokens } = await logIn(party);
    expect(decodeProtectedHeader(tokens.id_token ?? '').alg).toBe(alg);
  });

  it('userinfo answers for the subject of the ID token, and openid-client refuses any other', async () => {
    const { tokens } = await logIn(plainConfig);
    const info = await oidc.fetchUserInfo(plainConfig, tokens.access_token, ann.user.id);
    expect(info).toMatchObject({ sub: ann.user.id, email: ann.user.email, tenant_id: tenant.id, role: 'admin' });
    await expect(oidc.fetchUserInfo(plainConfig, tokens.access_token, 'somebody-else')).rejects.toThrow();
  });

  it('a second application is entered without a password, under its own sid', async () => {
    const { browser, tokens } = await logIn();
    const started = await startLogIn(plainConfig);
    const back = await browser.follow(await browser.get(started.url.href));
    const second = await finishLogIn(plainConfig, started, back.location ?? '');
    expect(second.claims()?.sub).toBe(ann.user.id);
    expect(second.claims()?.sid).not.toBe(tokens.claims()?.sid);
  });

  it('prompt=none is refused without a session and answered with one', async () => {
    const silent = await startLogIn(config, { prompt: 'none' });
    expect(errorIn(await ask(silent.url))).toBe('login_required');
    const { browser } = await logIn();
    expect((await browser.get(silent.url.href)).location).toContain('code=');
  });

  it('of another tenant than the one asked for, the present log-in does not do', async () => {
    const other = await world.makeTenant();
    const { browser } = await logIn();
    const started = await startLogIn(config, { acr_values: `urn:tenantry:tenant:${other.slug}` });
    const page = await browser.follow(await browser.get(started.url.href));
    expect(page.text).toContain('type="password"');
    const same = await startLogIn(config, { tenant: tenant.slug });
    expect((await browser.get(same.url.href)).location).toContain('code=');
  });
});

describe('group 7: what an attacker may try', () => {
  it('state: openid-client refuses an answer to another request', async () => {
    const { started, callback } = await logIn();
    const forged = new URL(callback);
    forged.searchParams.set('state', 'another');
    await expect(finishLogIn(config, started, forged.href)).rejects.toThrow();
  });

  it('nonce: an ID token for another request is refused', async () => {
    const browser = openBrowser(world.publicUrl);
    const started = await startLogIn(config);
    const back = await typePassword(browser, started, credentials);
    await expect(finishLogIn(config, { ...started, nonce: 'another' }, back.location ?? '')).rejects.toThrow();
  });

  it.each([
    ['no challenge at all', { code_challenge: '', code_challenge_method: '' }],
    ['a plain challenge', { code_challenge_method: 'plain' }],
    ['a method nobody knows', { code_challenge_method: 'S512' }],
    ['no method, which means plain', { code_challenge_method: '' }],
  ])('PKCE downgrade: %s is refused, from a confidential application too', async (_what, change) => {
    const { url } = await startLogIn(config);
    for (const [name, value] of Object.entries(change)) {
      if (value === '') url.searchParams.delete(name);
      else url.searchParams.set(name, value);
    }
    expect(errorIn(await ask(url))).toBe('invalid_request');
  });

  it.each([['wrong', 'x'.repeat(43)], ['missing', undefined]])(
    'PKCE: a code cannot be exchanged with a %s verifier',
    async (_what, verifier) => {
      const browser = openBrowser(world.publicUrl);
      const started = await startLogIn(config);
      const back = await typePassword(browser, started, credentials);
      const code = new URL(back.location ?? '').searchParams.get('code') ?? '';
      const answer = await exchange({ code, ...(verifier === undefined ? {} : { code_verifier: verifier }) });
      expect(answer).toMatchObject({ status: 400, error: 'invalid_grant' });
    },
  );

  it.each([
    'https://app.example/callback/',
    'https://app.example/callback?x=1',
    'https://app.example/callback#fragment',
    'https://app.example/Callback',
    'https://app.example/callback/../callback',
    'https://app.example/%63allback',
    'https://app.example:443/callback',
    'https://APP.example/callback',
    'http://app.example/callback',
    'https://app.example.evil.example/callback',
    'https://app.example@evil.example/callback',
    'https://user@app.example/callback',
    'https://evil.example/callback',
    'https://app.example\\@evil.example/callback',
    '//app.example/callback',
    'javascript:alert(1)//https://app.example/callback',
    'data:text/html,x',
    '/callback',
    '',
    ' https://app.example/callback',
    'https://app.example/callback\u0000',
    'https://app.example/callback\r\nx: y',
  ])('redirect_uri %j is none of the application: an error page, and no redirect', async (uri) => {
    const { url } = await startLogIn(config);
    url.searchParams.set('redirect_uri', uri);
    const answer = await ask(url);
    expect([answer.status, answer.location]).toEqual([400, undefined]);
    expect(answer.text).not.toContain('evil.example"');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('a redirect_uri that is sent twice, or not at all, is refused', async () => {
    const { url } = await startLogIn(config);
    url.searchParams.append('redirect_uri', 'https://evil.example/');
    expect(await ask(url)).toMatchObject({ status: 400, location: undefined });
    url.searchParams.delete('redirect_uri');
    expect(await ask(url)).toMatchObject({ status: 400, location: undefined });
  });

  it('the redirect_uri of the exchange must be that of the request', async () => {
    const browser = openBrowser(world.publicUrl);
    const started = await startLogIn(config);
    const back = await typePassword(browser, started, credentials);
    const code = new URL(back.location ?? '').searchParams.get('code') ?? '';
    const answer = await exchange({ code, code_verifier: started.verifier, redirect_uri: 'https://app.example/other' });
    expect(answer).toMatchObject({ status: 400, error: 'invalid_grant' });
  });

  it('code replay: the second use is refused and takes back every token of the first', async () => {
    const { started, callback, tokens } = await logIn(plainConfig);
    await expect(finishLogIn(plainConfig, started, callback)).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(oidc.refreshTokenGrant(plainConfig, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    await expect(oidc.fetchUserInfo(plainConfig, tokens.access_token, ann.user.id)).rejects.toThrow();
  });

  it('code replay: of many exchanges at once one wins at most, and then its tokens are worth nothing', async () => {
    const browser = openBrowser(world.publicUrl);
    const started = await startLogIn(plainConfig);
    const back = await typePassword(browser, started, credentials);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 5 }, () => finishLogIn(plainConfig, started, back.location ?? '')),
    );
    const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(won.length).toBeLessThanOrEqual(1);
    for (const { value } of won) {
      await expect(oidc.refreshTokenGrant(plainConfig, value.refresh_token ?? '')).rejects.toThrow();
    }
  });

  it('a code of one application is worth nothing to another', async () => {
    const browser = openBrowser(world.publicUrl);
    const started = await startLogIn(config);
    const back = await typePassword(browser, started, credentials);
    const code = new URL(back.location ?? '').searchParams.get('code') ?? '';
    const answer = await exchange({ code, code_verifier: started.verifier }, { id: 'plain', secret: plain.secret });
    expect(answer).toMatchObject({ status: 400, error: 'invalid_grant' });
  });

  it('a wrong, an empty and a stolen stored secret do not authenticate an application', async () => {
    const [stored] = await test.asSuperuser<{ secrets: { hash: string }[] }>(
      "select secrets from tenantry.oidc_clients where id = 'app'",
    );
    for (const secret of ['wrong', '', stored?.secrets[0]?.hash ?? 'none']) {
      expect(await exchange({ code: 'x', code_verifier: 'x' }, { id: 'app', secret })).toMatchObject({
        status: expect.toSatisfy((status: number) => status === 401 || status === 400),
        error: expect.stringMatching(/invalid_client|invalid_request/),
      });
    }
  });

  it.each(['token', 'id_token', 'code id_token', 'code token', 'none'])('response_type %s is refused', async (type) => {
    const { url } = await startLogIn(config);
    url.searchParams.set('response_type', type);
    const answer = await ask(url);
    expect(answer.location ?? '').not.toContain('token=');
    expect(answer.location ?? String(answer.status)).toMatch(/unsupported_response_type|400/);
  });

  it.each(['request', 'request_uri', 'registration'])('the parameter %s is refused: nothing outside is fetched', async (name) => {
    const { url } = await startLogIn(config);
    url.searchParams.set(name, name === 'request' ? new UnsecuredJWT({}).encode() : 'http://127.0.0.1:1/x');
    expect(errorIn(await ask(url))).toMatch(/not_supported/);
  });

  it('alg none and HS256: a forged ID token is no hint at log-out', async () => {
    const claims = { iss: world.idp.issuer, aud: 'app', sub: ann.user.id };
    const { text } = await ask(new URL(`${world.idp.issuer}/jwks`));
    const none = new UnsecuredJWT(claims).setIssuedAt().setExpirationTime('1h').encode();
    const hmac = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(createHmac('sha256', text).digest());
    for (const hint of [none, hmac]) {
      const url = oidc.buildEndSessionUrl(config, { id_token_hint: hint, post_logout_redirect_uri: AFTER_LOG_OUT });
      expect(await ask(url)).toMatchObject({ status: 400, location: undefined });
    }
  });

  it('aud: an application cannot log out with the ID token of another', async () => {
    const { tokens, browser } = await logIn();
    const url = oidc.buildEndSessionUrl(plainConfig, { id_token_hint: tokens.id_token ?? '', client_id: 'plain' });
    expect((await browser.get(url.href)).status).toBe(400);
  });

  it('a JWT access token does not open userinfo, and no token of another kind does', async () => {
    const { tokens } = await logIn();
    for (const token of [tokens.access_token, tokens.id_token ?? '', tokens.refresh_token ?? '', 'x']) {
      await expect(oidc.fetchUserInfo(config, token, ann.user.id)).rejects.toThrow();
    }
  });

  it('another browser cannot go on with a log-in whose address it knows', async () => {
    const victim = openBrowser(world.publicUrl);
    const started = await startLogIn(config);
    const page = await victim.follow(await victim.get(started.url.href));
    const stranger = openBrowser(world.publicUrl);
    expect((await stranger.get(page.url)).status).toBe(400);
    const uid = page.url.split('/').at(-1);
    expect((await stranger.get(`${world.idp.issuer}/auth/${uid}`)).status).toBe(400);
  });

  it('a browser cannot skip the password by going back to the protocol', async () => {
    const browser = openBrowser(world.publicUrl);
    const started = await startLogIn(config);
    const page = await browser.follow(await browser.get(started.url.href));
    const again = await browser.follow(await browser.get(`${world.idp.issuer}/auth/${page.url.split('/').at(-1)}`));
    expect(again.location ?? '').not.toContain('code=');
    expect(again.text).toContain('type="password"');
  });
});

describe('refresh', () => {
  it('rotates, and the new tokens say the same', async () => {
    const { tokens } = await logIn();
    const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '');
    expect(renewed.refresh_token).not.toBe(tokens.refresh_token);
    expect(decodeJwt(renewed.access_token)).toMatchObject({ sub: ann.user.id, tenant_id: tenant.id, amr: ['pwd'] });
  });

  it('reuse of a spent token ends the whole family', async () => {
    const { tokens } = await logIn();
    const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '');
    await expect(oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    await expect(oidc.refreshTokenGrant(config, renewed.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('CH-10: lives seven days from the log-in; rotation does not lengthen it', async () => {
    const { tokens } = await logIn();
    const expiries = async (): Promise<readonly number[]> =>
      (
        await test.asSuperuser<{ left: number }>(
          `select round(extract(epoch from expires_at - now()) / 3600)::int as left from tenantry.oidc_records
           where model = 'RefreshToken' and payload ->> 'clientId' = 'app' and consumed_at is null
           order by expires_at desc limit 1`,
        )
      ).map(({ left }) => left);
    expect(await expiries()).toEqual([168]);
    await test.asSuperuser(`update tenantry.oidc_records set expires_at = expires_at - interval '2 days',
      payload = jsonb_set(payload, '{exp}', to_jsonb((payload ->> 'exp')::bigint - 172800))
      where model = 'RefreshToken' and payload ->> 'clientId' = 'app'`);
    await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '');
    expect(await expiries()).toEqual([120]);
  });

  it('SECV: a user who was disabled, and a tenant that was closed, get no new tokens', async () => {
    const other = await world.makeTenant();
    const bob = await world.makeMember(other);
    const browser = openBrowser(world.publicUrl);
    const started = await startLogIn(config);
    const back = await typePassword(browser, started, {
      tenant: other.slug,
      email: bob.user.email,
      password: GOOD.reveal(),
    });
    const tokens = await finishLogIn(config, started, back.location ?? '');
    await test.asSuperuser("update tenantry.users set status = 'disabled' where id = $1", [bob.user.id]);
    await expect(oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    await test.asSuperuser("update tenantry.users set status = 'active' where id = $1", [bob.user.id]);
    await test.asSuperuser("update tenantry.tenants set status = 'suspended', access_mode = 'blocked' where id = $1", [
      other.id,
    ]);
    await expect(oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });
});

describe('log-out', () => {
  it('with its ID token an application logs its user out without a question, and returns with its state', async () => {
    const { browser, tokens } = await logIn();
    const url = oidc.buildEndSessionUrl(config, {
      id_token_hint: tokens.id_token ?? '',
      post_logout_redirect_uri: AFTER_LOG_OUT,
      state: 'a b&c',
    });
    const back = await browser.get(url.href);
    expect(back.location).toBe(`${AFTER_LOG_OUT}?state=a+b%26c`);
    const silent = await startLogIn(config, { prompt: 'none' });
    expect(errorIn(await browser.get(silent.url.href))).toBe('login_required');
    await expect(oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toThrow();
  });

  it('without one, a page asks: a link on another site logs nobody out', async () => {
    const { browser } = await logIn();
    const page = await browser.get(`${world.idp.issuer}/session/end`);
    expect(page.text).toContain('Log out?');
    const silent = await startLogIn(config, { prompt: 'none' });
    expect((await browser.get(silent.url.href)).location).toContain('code=');
    const forged = await browser.post(`${world.idp.issuer}/session/end/confirm`, { logout: 'yes', xsrf: 'x' });
    expect(forged.status).toBe(400);
    const again = await browser.get(`${world.idp.issuer}/session/end`);
    const done = await browser.follow(await browser.submit(again, { logout: 'yes' }));
    expect(done.text).toContain('You are logged out');
    expect(errorIn(await browser.get(silent.url.href))).toBe('login_required');
  });

  it.each(['https://evil.example/', `${AFTER_LOG_OUT}/`, '//evil.example', 'javascript:alert(1)'])(
    'group 6: post_logout_redirect_uri %s is none of the application',
    async (uri) => {
      const { browser, tokens } = await logIn();
      const url = oidc.buildEndSessionUrl(config, {
        id_token_hint: tokens.id_token ?? '',
        post_logout_redirect_uri: uri,
      });
      expect(await browser.get(url.href)).toMatchObject({ status: 400, location: undefined });
    },
  );

  it('nobody is logged in: back to the application at once, and never anywhere else', async () => {
    const url = oidc.buildEndSessionUrl(config, { client_id: 'app', post_logout_redirect_uri: AFTER_LOG_OUT });
    expect((await ask(url)).location).toBe(AFTER_LOG_OUT);
    const nameless = new URL(`${world.idp.issuer}/session/end?post_logout_redirect_uri=https://evil.example/`);
    expect((await ask(nameless)).location).toBe(`${world.idp.issuer}/session/end/success`);
  });

  it('a session that ends on our side ends the single sign-on and the refresh tokens', async () => {
    const { browser, tokens } = await logIn();
    await world.doing(async (ctx) => {
      const { endSessionsOf } = await import('../sessions.ts');
      await endSessionsOf(ctx, { tenantId: tenant.id, userId: ann.user.id, reason: 'revoked' });
    });
    const silent = await startLogIn(config, { prompt: 'none' });
    expect(errorIn(await browser.get(silent.url.href))).toBe('login_required');
    await expect(oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toThrow();
  });

  it('IDN-05: after 30 idle minutes the password is asked for again; the application keeps its tokens', async () => {
    const { browser, tokens } = await logIn();
    const silent = await startLogIn(config, { prompt: 'none' });
    world.clock.aheadMs = 31 * 60_000;
    expect(errorIn(await browser.get(silent.url.href))).toBe('login_required');
    world.clock.aheadMs = 0;
    await expect(oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')).resolves.toBeDefined();
  });
});

describe('what is kept', () => {
  it('holds no code, token or cookie anybody could use', async () => {
    const { browser, callback, tokens } = await logIn(plainConfig);
    const rows = await test.asSuperuser<{ row: string }>(
      'select row_to_json(r)::text as row from tenantry.oidc_records r union all select row_to_json(c)::text from tenantry.oidc_clients c',
    );
    const kept = rows.map(({ row }) => row).join('\n');
    const cookies = [...browser.cookies.values()].map(({ value }) => value);
    const secrets = [
      new URL(callback).searchParams.get('code'),
      tokens.access_token,
      tokens.refresh_token,
      plain.secret,
      ...cookies,
    ];
    for (const secret of secrets) expect(kept).not.toContain(secret);
  });

  it('SECV-07: a tenant sees its own records alone', async () => {
    await logIn();
    const other = await world.makeTenant();
    const count = (id: string) =>
      test.database.tenantTransaction(id, async (tx) => {
        const { rows } = await tx.query<{ n: number }>('select count(*)::int as n from oidc_records');
        return rows[0]?.n ?? 0;
      });
    expect(await count(tenant.id)).toBeGreaterThan(0);
    expect(await count(other.id)).toBe(0);
  });
});

async function exchange(
  fields: Readonly<Record<string, string>>,
  client: { readonly id: string; readonly secret: string } = { id: 'app', secret: app.secret },
): Promise<{ readonly status: number; readonly error: unknown }> {
  const response = await fetch(`${world.idp.issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'authorization_code', redirect_uri: CALLBACK, ...fields }),
  });
  const body = (await response.json()) as { readonly error?: unknown };
  return { status: response.status, error: body.error };
}
