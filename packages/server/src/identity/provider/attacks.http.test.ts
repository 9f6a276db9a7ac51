import { createHmac } from 'node:crypto';
import { SignJWT, UnsecuredJWT } from 'jose';
import * as oidc from 'openid-client';
import { describe, expect, it } from 'vitest';
import { cloneDatabase } from '../../db/testing/index.ts';
import { errorIn, officeWorld } from './testing/office-world.ts';
import { AFTER_LOG_OUT, finishLogIn, openBrowser, startLogIn, typePassword } from './testing/provider-world.ts';

const test = await cloneDatabase();
const { world, ann, plain, config, plainConfig, credentials, logIn, exchange, ask } = await officeWorld(test);

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

  it.each([
    ['wrong', 'x'.repeat(43)],
    ['missing', undefined],
  ])('PKCE: a code cannot be exchanged with a %s verifier', async (_what, verifier) => {
    const browser = openBrowser(world.publicUrl);
    const started = await startLogIn(config);
    const back = await typePassword(browser, started, credentials);
    const code = new URL(back.location ?? '').searchParams.get('code') ?? '';
    const answer = await exchange({ code, ...(verifier === undefined ? {} : { code_verifier: verifier }) });
    expect(answer).toMatchObject({ status: 400, error: 'invalid_grant' });
  });

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

  it.each(['request', 'request_uri', 'registration'])(
    'the parameter %s is refused: nothing outside is fetched',
    async (name) => {
      const { url } = await startLogIn(config);
      url.searchParams.set(name, name === 'request' ? new UnsecuredJWT({}).encode() : 'http://127.0.0.1:1/x');
      expect(errorIn(await ask(url))).toMatch(/not_supported/);
    },
  );

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
