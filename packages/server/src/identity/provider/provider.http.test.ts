import { decodeJwt, decodeProtectedHeader } from 'jose';
import * as oidc from 'openid-client';
import { describe, expect, it } from 'vitest';
import { cloneDatabase } from '../../db/testing/index.ts';
import { GOOD } from '../testing/world.ts';
import { errorIn, officeWorld } from './testing/office-world.ts';
import { finishLogIn, openBrowser, RESOURCE, startLogIn, typePassword } from './testing/provider-world.ts';

const test = await cloneDatabase();
const { world, tenant, ann, plain, config, plainConfig, spaConfig, logIn, ask } = await officeWorld(test);

describe('discovery', () => {
  it('names what is on and nothing else: code with PKCE S256, no implicit flow, no none, no HMAC', async () => {
    const metadata = config.serverMetadata();
    expect(metadata).toMatchObject({
      issuer: world.idp.issuer,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      id_token_signing_alg_values_supported: expect.arrayContaining(['RS256', 'ES256', 'EdDSA']),
      authorization_response_iss_parameter_supported: true,
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'none'],
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
    const answer = await openBrowser(world.publicUrl).get(
      `${world.idp.issuer}/.well-known/openid-configuration`,
      forged,
    );
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

  it('a user who was disabled, and a tenant that was closed, get no new tokens', async () => {
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

describe('JWKS rotation', () => {
  it('the next key is published a week ahead; then it signs, and what the old one signed is still believed', async () => {
    const DAY = 24 * 60 * 60 * 1_000;
    const published = async (): Promise<number> =>
      (JSON.parse((await ask(new URL(`${world.idp.issuer}/jwks`))).text) as { keys: unknown[] }).keys.length;
    const kidOf = (token: string | undefined): unknown => decodeProtectedHeader(token ?? '').kid;
    const before = await logIn();
    world.clock.aheadMs = 84 * DAY;
    await world.idp.refreshKeys();
    expect(await published()).toBe(6);
    expect(kidOf((await logIn()).tokens.id_token)).toBe(kidOf(before.tokens.id_token));
    world.clock.aheadMs = 91 * DAY;
    await world.idp.refreshKeys();
    const after = await logIn();
    expect(kidOf(after.tokens.id_token)).not.toBe(kidOf(before.tokens.id_token));
    const url = oidc.buildEndSessionUrl(config, { id_token_hint: before.tokens.id_token ?? '' });
    expect((await after.browser.get(url.href)).status).toBe(303);
    world.clock.aheadMs = 0;
    await world.idp.refreshKeys();
  });
});
