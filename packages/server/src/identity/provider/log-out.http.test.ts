import * as oidc from 'openid-client';
import { describe, expect, it } from 'vitest';
import { cloneDatabase } from '../../db/testing/index.ts';
import { endSessionsOf } from '../sessions.ts';
import { errorIn, officeWorld } from './testing/office-world.ts';
import { AFTER_LOG_OUT, startLogIn } from './testing/provider-world.ts';

const test = await cloneDatabase();
const { world, tenant, ann, config, logIn, ask } = await officeWorld(test);

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
    await world.doing((ctx) => endSessionsOf(ctx, { tenantId: tenant.id, userId: ann.user.id, reason: 'revoked' }));
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
