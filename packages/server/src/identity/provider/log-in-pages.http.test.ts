import { randomUUID } from 'node:crypto';
import * as oidc from 'openid-client';
import { generate } from 'otplib';
import { describe, expect, it } from 'vitest';
import { cloneDatabase } from '../../db/testing/index.ts';
import { testServer } from '../../http/testing/test-server.ts';
import { saveProduct } from '../../products/index.ts';
import { cutlistProfile } from '../../tenants/testing/registry.ts';
import { requestEmailChange, sendEmailConfirmation } from '../change-email.ts';
import { inviteUser } from '../invite-user.ts';
import { setTenantPolicy } from '../policy.ts';
import { sendPasswordReset } from '../reset-password.ts';
import { GOOD, OTHER } from '../testing/world.ts';
import { sendVerification } from '../verify-email.ts';
import { openIdentityProvider, setTenantColor } from './index.ts';
import { identityProviderRoutes } from './routes.ts';
import { type Answer, type Browser, formOf } from './testing/browser.ts';
import { errorIn, officeWorld } from './testing/office-world.ts';
import { finishLogIn, openBrowser, startLogIn, typePassword } from './testing/provider-world.ts';

const test = await cloneDatabase();
const { world, tenant, ann, config, credentials, logIn } = await officeWorld(test);

async function openLogIn(parameters: Readonly<Record<string, string>> = {}) {
  const browser = openBrowser(world.publicUrl);
  const started = await startLogIn(config, parameters);
  return { browser, started, page: await browser.follow(await browser.get(started.url.href)) };
}

const titleOf = (page: Answer): string => /<h1>(.*?)<\/h1>/.exec(page.text)?.[1] ?? '';
const send = async (browser: Browser, page: Answer, fields: Readonly<Record<string, string>>): Promise<Answer> =>
  browser.follow(await browser.submit(page, fields));

/** Without what differs by nature: the token of the form, the address of the log-in and what was typed. */
const wordsOf = (page: Answer): string =>
  page.text.replaceAll(/ value="[^"]*"/g, '').replaceAll(/action="[^"]*"|href="[^"]*"/g, '');

describe('group 10: what a refusal tells', () => {
  it('an unknown tenant, an unknown address, a wrong password and another product’s tenant look alike', async () => {
    await world.doing((ctx) => saveProduct(ctx, { ...cutlistProfile(), product: 'other' }));
    const foreign = await world.makeTenant({ productId: 'other' });
    const stranger = await world.makeMember(foreign);
    const answers: Answer[] = [];
    for (const change of [
      { tenant: 'nobody-here' },
      { tenant: '<b>' },
      { email: 'nobody@acme.example' },
      { password: 'not the right one' },
      { tenant: foreign.slug, email: stranger.user.email },
    ]) {
      const { browser, page } = await openLogIn();
      answers.push(await browser.submit(page, { ...credentials, ...change }));
    }
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    expect(new Set(answers.map(wordsOf)).size).toBe(1);
  });

  it('does as much work for a tenant that is not there', async () => {
    const { hasher } = world.deps;
    const work = async (slug: string): Promise<number> => {
      const before = hasher.work.argon2;
      const { browser, page } = await openLogIn();
      await browser.submit(page, { ...credentials, tenant: slug, password: 'not the right one' });
      return hasher.work.argon2 - before;
    };
    expect(await work('nobody-here')).toBe(await work(tenant.slug));
  });

  it('many wrong passwords are answered 429 with a time to wait', async () => {
    const { user } = await world.makeMember(tenant);
    const { browser, page } = await openLogIn();
    let answer = page;
    for (let attempt = 0; attempt < 60 && answer.status !== 429; attempt += 1) {
      answer = await browser.submit(page, { tenant: tenant.slug, email: user.email, password: 'not the right one' });
    }
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    await test.asSuperuser('delete from tenantry.login_throttles');
  });
});

describe('group 6: the pages', () => {
  it('send no script, no foreign address and nothing of another origin; nobody frames them', async () => {
    const { page } = await openLogIn();
    expect(page.text).not.toMatch(/<script| on\w+=|javascript:|style="|(src|href)="https?:/i);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("form-action 'self' https://app.example");
    expect(policy).not.toContain('unsafe');
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('x-frame-options')).toBe('DENY');
    expect(page.text).toContain('<html lang="en">');
  });

  it.each([
    '"><script>alert(1)</script>',
    "' onfocus=alert(1) x='",
    '</title><img src=x onerror=alert(1)>',
    '&lt;script&gt;',
  ])('show %j as text, wherever it was sent', async (text) => {
    const { browser, page } = await openLogIn({
      login_hint: `${text}@x.example`,
      tenant: text,
      state: text,
      ui_locales: 'en',
    });
    const again = await browser.submit(page, { tenant: text, email: text, password: text });
    const forgotten = await browser.get(
      `${world.publicUrl}/account/forgotten?tenant=${encodeURIComponent(text)}&client=${encodeURIComponent(text)}`,
    );
    const failed = await browser.get(
      `${world.idp.issuer}/auth?client_id=${encodeURIComponent(text)}&scope=${encodeURIComponent(text)}`,
    );
    for (const { text: markup } of [page, again, forgotten, failed]) {
      expect(markup).not.toMatch(/<script>alert|<img src=x|" onfocus|' onfocus=alert\(1\) x='>/);
    }
  });

  it('a form of another site, without the token, or with one of another browser does nothing', async () => {
    const { browser, page } = await openLogIn();
    const other = await openLogIn();
    const { hidden } = formOf(other.page);
    const attempts = [
      browser.submit(page, credentials, { origin: 'https://evil.example' }),
      browser.submit(page, credentials, { origin: 'null' }),
      browser.submit(page, credentials, { 'sec-fetch-site': 'cross-site' }),
      browser.submit(page, { ...credentials, _csrf: '' }),
      browser.submit(page, { ...credentials, _csrf: hidden._csrf ?? '' }),
    ];
    for (const answer of await Promise.all(attempts))
      expect([answer.status, answer.location]).toEqual([403, undefined]);
    expect((await send(browser, page, credentials)).location).toContain('code=');
  });

  it('keeps the colour of the tenant, made readable, and its name where the application named it', async () => {
    await world.doing((ctx) => setTenantColor(ctx, { tenantId: tenant.id, color: '#ffd400' }));
    const { page } = await openLogIn({ tenant: tenant.slug, login_hint: ann.user.email });
    expect(page.text).toContain('Acme Joinery');
    expect(page.text).toContain(`value="${ann.user.email}"`);
    expect(page.text).not.toContain('name="tenant" type="text"');
    expect(page.text).toMatch(/prefers-color-scheme:dark\)\{:root\{[^}]*--press:#ffd400/);
    expect(page.text).not.toMatch(/:root\{color-scheme[^}]*--press:#ffd400/);
  });

  it('a tenant that the application named can be left for another', async () => {
    const { browser, page } = await openLogIn({ tenant: tenant.slug });
    const restart = page.text.slice(page.text.lastIndexOf('<form'));
    const other = await browser.follow(await browser.submit({ ...page, text: restart }, { act: 'restart' }));
    expect(other.text).toContain('id="tenant"');
    expect(other.text).not.toContain('Acme Joinery');
  });
});

describe('steps', () => {
  const demandFactor = async () => {
    const strict = await world.makeTenant();
    await world.doing((ctx) => setTenantPolicy(ctx, { tenantId: strict.id, changes: { mfaRequired: true } }));
    const { user } = await world.makeMember(strict);
    return { strict, user, fields: { tenant: strict.slug, email: user.email, password: GOOD.reveal() } };
  };
  const keyIn = (page: Answer): string => (/<code>([A-Z2-7 ]+)<\/code>/.exec(page.text)?.[1] ?? '').replaceAll(' ', '');

  it('IDN-38: where a second factor is asked for it is set up first, then asked for at each log-in', async () => {
    const { fields } = await demandFactor();
    const { browser, page, started } = await openLogIn();
    const enrol = await send(browser, page, fields);
    expect(titleOf(enrol)).toBe('Set up a second step');
    const wrong = await browser.submit(enrol, { code: '000000' });
    expect([wrong.status, wrong.text.includes('<svg')]).toEqual([401, false]);
    const recovery = await browser.submit(enrol, { code: await generate({ secret: keyIn(enrol) }) });
    expect(titleOf(recovery)).toBe('Keep your recovery codes');
    const codes = [...recovery.text.matchAll(/<li><code>([^<]+)<\/code>/g)].map(([, code = '']) => code);
    expect(codes).toHaveLength(10);
    const back = await send(browser, recovery, {});
    expect((await finishLogIn(config, started, back.location ?? '')).claims()).toMatchObject({
      amr: ['pwd', 'otp', 'mfa'],
      acr: 'urn:tenantry:aal:2',
    });

    const second = await openLogIn();
    const ask = await send(second.browser, second.page, fields);
    expect(titleOf(ask)).toBe('Second step');
    expect((await second.browser.submit(ask, { code: '000000' })).status).toBe(401);
    const entered = await send(second.browser, ask, { code: codes[0] ?? '' });
    expect(entered.location).toContain('code=');

    const third = await openLogIn();
    const again = await send(third.browser, third.page, fields);
    expect((await third.browser.submit(again, { code: codes[0] ?? '' })).status).toBe(401);
  });

  it('none can be skipped: by its form, by another form, or by going back to the application', async () => {
    const { fields } = await demandFactor();
    const { browser, page } = await openLogIn();
    const enrol = await send(browser, page, fields);
    for (const stage of ['recovery_codes', 'change_password', 'second_factor', 'password', 'none', '']) {
      const answer = await browser.submit(enrol, { ...fields, stage, code: '', current: '', next: '', repeat: '' });
      expect([stage, answer.location, titleOf(answer)]).toEqual([stage, undefined, 'Set up a second step']);
    }
    const uid = page.url.split('/').at(-1);
    const resumed = await browser.follow(await browser.get(`${world.idp.issuer}/auth/${uid}`));
    expect([resumed.location, titleOf(resumed)]).toEqual([undefined, 'Log in']);
    const silent = await startLogIn(config, { prompt: 'none' });
    expect(errorIn(await browser.get(silent.url.href))).toBe('login_required');
  });

  it('IDN-03: a temporary password opens nothing but its own change', async () => {
    const { user, password } = await world.makeTemporary(tenant, 'temp@acme.example');
    const { browser, page, started } = await openLogIn();
    const change = await send(browser, page, { tenant: tenant.slug, email: user.email, password: password.reveal() });
    expect(titleOf(change)).toBe('Choose a password');
    const attempt = (fields: Readonly<Record<string, string>>) => browser.submit(change, fields);
    const current = password.reveal();
    const next = OTHER.reveal();
    for (const fields of [
      { current, next, repeat: 'another one entirely' },
      { current, next: 'short', repeat: 'short' },
      { current, next: current, repeat: current },
      { current: 'wrong', next, repeat: next },
    ]) {
      const answer = await attempt(fields);
      expect([answer.status, answer.location]).toEqual([400, undefined]);
      expect(answer.text).toContain('role="alert"');
    }
    const back = await browser.follow(await attempt({ current, next, repeat: next }));
    expect((await finishLogIn(config, started, back.location ?? '')).claims()?.sub).toBe(user.id);
    const old = await openLogIn();
    expect(
      (await old.browser.submit(old.page, { tenant: tenant.slug, email: user.email, password: current })).status,
    ).toBe(401);
  });

  it('the session cookie changes at each log-in and is HttpOnly', async () => {
    const { browser } = await logIn();
    const before = browser.cookies.get('tenantry_user')?.value;
    const page = await browser.follow(await browser.get((await startLogIn(config, { prompt: 'login' })).url.href));
    const answer = await browser.submit(page, credentials);
    expect(browser.cookies.get('tenantry_user')?.value).not.toBe(before);
    const line = answer.headers.getSetCookie().find((each) => each.startsWith('tenantry_user='));
    expect(line).toMatch(/; Path=\/; HttpOnly; SameSite=Lax$/);
  });
});

describe('an application of somebody else', () => {
  it('is let in only by a user who agrees, and is told when they do not', async () => {
    const { secret } = await world.registerClient({ id: 'partner', firstParty: false });
    const party = await world.relyingParty('partner', secret);
    const enter = async (act: string) => {
      const browser = openBrowser(world.publicUrl);
      const started = await startLogIn(party);
      const consent = await typePassword(browser, started, credentials);
      expect(titleOf(consent)).toContain('know who you are?');
      return { started, back: await send(browser, consent, { act }) };
    };
    expect(errorIn((await enter('refuse')).back)).toBe('access_denied');
    const { started, back } = await enter('go');
    expect((await finishLogIn(party, started, back.location ?? '')).claims()?.sub).toBe(ann.user.id);
  });
});

describe('pages that mails lead to', () => {
  const page = (path: string) => openBrowser(world.publicUrl).get(`${world.publicUrl}${path}`);

  it('a forgotten password: the same answer for who is there and who is not', async () => {
    const ask = async (fields: Readonly<Record<string, string>>): Promise<Answer> => {
      const browser = openBrowser(world.publicUrl);
      return browser.submit(await browser.get(`${world.publicUrl}/account/forgotten?tenant=${tenant.slug}`), fields);
    };
    const answers = [
      await ask({ email: ann.user.email }),
      await ask({ email: 'nobody@acme.example' }),
      await ask({ tenant: 'nobody-here', email: ann.user.email }),
    ];
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(200);
  });

  it('looking at a link changes nothing, and one that is no link is refused with a page', async () => {
    for (const kind of ['reset', 'invitation', 'verify']) {
      const shown = await page(`/account/${kind}/nothing`);
      expect(shown.status).toBe(200);
      const browser = openBrowser(world.publicUrl);
      const form = await browser.get(`${world.publicUrl}/account/${kind}/nothing`);
      const answer = await browser.submit(form, { next: GOOD.reveal(), repeat: GOOD.reveal() });
      expect([answer.status, titleOf(answer)]).toEqual([410, 'This page cannot be shown']);
    }
  });

  const spend = async (path: string): Promise<Answer> => {
    const browser = openBrowser(world.publicUrl);
    const form = await browser.get(`${world.publicUrl}${path}`);
    const next = OTHER.reveal();
    return browser.submit(form, { next, repeat: next });
  };
  const enters = async (email: string, password: string): Promise<boolean> => {
    const { browser, page: form } = await openLogIn();
    const back = await send(browser, form, { tenant: tenant.slug, email, password });
    return back.location?.includes('code=') === true;
  };

  it('IDN-04: a reset sets the password once, and ends every session and every application’s tokens', async () => {
    const { user } = await world.makeMember(tenant);
    const { browser, started, page: form } = await openLogIn();
    const fields = { tenant: tenant.slug, email: user.email, password: GOOD.reveal() };
    const tokens = await finishLogIn(config, started, (await send(browser, form, fields)).location ?? '');
    await sendPasswordReset(world.deps, tenant.id, user.id, world.now());
    const path = `/account/reset/${await world.mailedToken('reset-password', user.email)}`;
    const short = openBrowser(world.publicUrl);
    const refused = await short.submit(await short.get(`${world.publicUrl}${path}`), {
      next: 'short',
      repeat: 'short',
    });
    expect([refused.status, refused.text.includes('role="alert"')]).toEqual([400, true]);
    expect(titleOf(await spend(path))).toBe('Your password is changed');
    expect((await spend(path)).status).toBe(410);
    expect([await enters(user.email, GOOD.reveal()), await enters(user.email, OTHER.reveal())]).toEqual([false, true]);
    await expect(oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('an invitation is accepted once, with a password of the user’s own, and they come in with it', async () => {
    const email = 'invited@acme.example';
    await world.doing((ctx) =>
      inviteUser({ ...ctx, keyring: world.deps.keyring }, world.deps, {
        tenantId: tenant.id,
        email,
        fullName: 'Ida Invited',
        role: 'user',
      }),
    );
    const path = `/account/invitation/${await world.mailedToken('invitation', email)}`;
    expect(await enters(email, OTHER.reveal())).toBe(false);
    expect(titleOf(await spend(path))).toBe('You are in');
    expect((await spend(path)).status).toBe(410);
    expect(await enters(email, OTHER.reveal())).toBe(true);
  });

  it('IDN-06: an address is confirmed by pressing the button, not by opening the link', async () => {
    const { user } = await world.makeMember(tenant);
    await sendVerification(world.deps, tenant.id, user.id, world.now());
    const path = `/account/verify/${await world.mailedToken('verify-email', user.email)}`;
    const verified = async (): Promise<boolean> => {
      const [row] = await test.asSuperuser<{ at: Date | null }>(
        'select email_verified_at as at from tenantry.users where id = $1',
        [user.id],
      );
      return row?.at !== null;
    };
    await page(path);
    expect(await verified()).toBe(false);
    expect(titleOf(await spend(path))).toBe('Thank you');
    expect(await verified()).toBe(true);
  });

  it('a change of address is confirmed, and taken back, by pressing the button on the page of its mail', async () => {
    const { user } = await world.makeMember(tenant);
    const addressNow = async (): Promise<string | undefined> =>
      (await test.asSuperuser<{ email: string }>('select email from tenantry.users where id = $1', [user.id]))[0]
        ?.email;
    const asking = { ...user, emailVerified: true };
    const [email, sessionId, now] = ['page@acme.example', randomUUID(), world.now()];
    await requestEmailChange(world.deps, { user: asking, email, sessionId, password: GOOD, now });
    const { payload = {} } = world.jobs.findLast(({ task }) => task === 'identity.confirm_email') ?? {};
    await sendEmailConfirmation(world.deps, tenant.id, payload.token ?? '', now);
    const paths = {
      confirm: `/account/email/${await world.mailedToken('confirm-email', email)}`,
      object: `/account/email-objection/${await world.mailedToken('email-change-asked', user.email)}`,
    };
    await page(paths.confirm);
    await page(paths.object);
    expect(await addressNow()).toBe(user.email);
    expect(titleOf(await spend(paths.confirm))).toBe('Your address is changed');
    expect(await addressNow()).toBe(email);
    expect(titleOf(await spend(paths.object))).toBe('The change is taken back');
    expect(await addressNow()).toBe(user.email);
  });

  it('the way to the application leads to an address it registered, or nowhere', async () => {
    await world.registerClient({ id: 'entrance', loginUri: 'https://app.example/login' });
    const way = await page(`/account/log-in/${tenant.slug}`);
    const url = new URL(way.location ?? '');
    expect(`${url.origin}${url.pathname}`).toBe('https://app.example/login');
    expect(Object.fromEntries(url.searchParams)).toEqual({ iss: world.idp.issuer, tenant: tenant.slug });
    for (const slug of ['nobody-here', '%2F%2Fevil.example', 'https:%2F%2Fevil.example']) {
      expect(await page(`/account/log-in/${slug}`)).toMatchObject({ status: 404, location: undefined });
    }
  });
});

describe('behind a proxy that speaks HTTPS', () => {
  it('every cookie is Secure and bound to this host, and every address is the public one', async () => {
    const secure = await openIdentityProvider({
      database: test.database,
      keyring: world.deps.keyring,
      publicUrl: 'https://id.example',
      now: world.now,
      log: () => undefined,
    });
    const { server } = await testServer({ database: test.database, config: { publicUrl: 'https://id.example' } });
    identityProviderRoutes(server, secure, world.users);
    const { url } = await startLogIn(config);
    const begun = await server.inject({ url: url.pathname + url.search, headers: { host: 'evil.example' } });
    const address = new URL(String(begun.headers.location));
    expect(address.origin).toBe('https://id.example');
    const cookies = [begun.headers['set-cookie'] ?? []].flat();
    const page = await server.inject({
      url: address.pathname,
      headers: { cookie: cookies.map((line) => line.split(';')[0]).join('; ') },
    });
    expect(page.statusCode).toBe(200);
    const all = [...cookies, ...[page.headers['set-cookie'] ?? []].flat()];
    expect(all.length).toBeGreaterThan(4);
    for (const line of all) expect(line).toMatch(/; secure/i);
    expect(all.some((line) => line.startsWith('__Host-tenantry_form='))).toBe(true);
  });

  it('what cannot be read, and too much at once, is answered with a page as well', async () => {
    const { browser, page } = await openLogIn();
    const large = await browser.submit(page, { password: 'x'.repeat(20_000) });
    expect([large.status, titleOf(large)]).toEqual([413, 'This page cannot be shown']);
    const { server } = await testServer({ database: test.database, config: { rateLimitPerMinute: 1 } });
    identityProviderRoutes(server, world.idp, world.users);
    const ask = () => server.inject({ url: '/account/forgotten', remoteAddress: '10.9.8.7' });
    expect((await ask()).statusCode).toBe(200);
    const refused = await ask();
    expect([refused.statusCode, refused.headers['content-type']]).toEqual([429, 'text/html; charset=utf-8']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  });
});
