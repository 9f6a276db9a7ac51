import { generateSync } from 'otplib';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Ctx, type PersonActor, SCOPES, systemActor } from '../../access/index.ts';
import { cloneDatabase } from '../../db/testing/index.ts';
import type { HttpServer } from '../../http/index.ts';
import { createOperator, disableOperator, reinviteOperator } from '../index.ts';
import { keptMails } from '../testing/kept-mails.ts';
import { cookieSet, openSignInSite, SESSION } from '../testing/sign-in-site.ts';
import { LIMITS, WINDOW_MS } from './throttle.ts';

const { database, asSuperuser } = await cloneDatabase();
const outbox = keptMails();
const START = new Date('2026-11-20T09:00:00Z');
let now = START;
beforeEach(async () => {
  now = START;
  await asSuperuser('truncate tenantry.people, tenantry.operator_sign_in_failures cascade');
});
const wait = (ms: number): void => {
  now = new Date(now.getTime() + ms);
};
const setUp = <T>(fn: (ctx: Ctx) => Promise<T>, actor: Ctx['actor'] = systemActor('setup')): Promise<T> =>
  database.transaction('operator', (tx) => fn({ tx, actor, now }));

const PASSWORD = 'correct horse battery';
const open = () => openSignInSite(database, { now: () => now, mails: outbox.mails });
const codeNow = (secret: string, ms = 0): string =>
  generateSync({ secret, epoch: Math.floor((now.getTime() + ms) / 1_000) });

const post = (
  server: HttpServer,
  url: string,
  fields: Readonly<Record<string, string>>,
  more: Readonly<Record<string, string>> = {},
) =>
  server.inject({
    method: 'POST',
    url,
    remoteAddress: more.address ?? '192.0.2.1',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': more.site ?? 'same-origin',
      ...(more.cookie === undefined ? {} : { cookie: more.cookie }),
    },
    payload: new URLSearchParams(fields).toString(),
  });

interface Enrolled {
  readonly id: string;
  readonly secret: string;
  readonly recovery: readonly string[];
  readonly cookie: string;
}

async function enrol(server: HttpServer, email = 'dana@vendor.example'): Promise<Enrolled> {
  const { id, invitation } = await setUp((ctx) =>
    createOperator(ctx, outbox, { name: 'Dana', email, grants: [{ role: 'engineer' }] }),
  );
  const token = invitation.token.reveal();
  expect((await server.inject(`/operator/invitation?token=${token}`)).body).toContain('Welcome, Dana');
  const chosen = await post(server, '/operator/invitation', { token, password: PASSWORD });
  const secret = /<code>([A-Z2-7 ]+)<\/code>/.exec(chosen.body)?.[1]?.replaceAll(' ', '') ?? '';
  expect(chosen.body).toContain('<svg');
  const done = await post(server, '/operator/invitation/code', { token, code: codeNow(secret) });
  const recovery = /<pre>([^<]+)<\/pre>/.exec(done.body)?.[1]?.split('\n') ?? [];
  expect(recovery).toHaveLength(10);
  wait(60_000);
  return { id, secret, recovery, cookie: cookieSet(done.headers, SESSION) ?? '' };
}

const signIn = (
  server: HttpServer,
  fields: Partial<Record<'email' | 'password' | 'code' | 'to', string>>,
  address?: string,
) =>
  post(
    server,
    '/operator/sign-in',
    { email: 'dana@vendor.example', password: PASSWORD, code: '', ...fields },
    address === undefined ? {} : { address },
  );

describe('an invitation', () => {
  it('sets up a password with an app, once, and signs in', async () => {
    const { server, whoIs } = await open();
    const { id, cookie } = await enrol(server);
    expect(await whoIs(cookie)).toMatchObject({ id, grants: [{ role: 'engineer' }] });
    const kept = JSON.stringify(await asSuperuser('select * from tenantry.operator_credentials'));
    expect(kept).not.toContain(PASSWORD);
    expect(kept).toContain('$argon2id$');
    const used = await asSuperuser<{ n: number }>(
      'select count(*)::int as n from tenantry.operator_invitations where used_at is not null',
    );
    expect(used).toEqual([{ n: 1 }]);
  });

  it('opens nothing after three days, after a newer one, for a disabled person, or when it is made up', async () => {
    const { server } = await open();
    const invite = (email: string) =>
      setUp((ctx) => createOperator(ctx, outbox, { name: 'X', email, grants: [{ role: 'sales' }] }));
    const status = async (token: string) => (await server.inject(`/operator/invitation?token=${token}`)).statusCode;
    const [late, replaced, gone] = [
      await invite('a@v.example'),
      await invite('b@v.example'),
      await invite('c@v.example'),
    ];
    const newer = await setUp((ctx) => reinviteOperator(ctx, outbox, { personId: replaced.id, reason: 'lost' }));
    await setUp((ctx) => disableOperator(ctx, outbox.mails, { personId: gone.id, reason: 'left' }));
    expect(await status(newer.token.reveal())).toBe(200);
    for (const { invitation } of [replaced, gone]) expect(await status(invitation.token.reveal())).toBe(410);
    expect(await status('made-up')).toBe(410);
    wait(3 * 24 * 60 * 60_000);
    expect(await status(late.invitation.token.reveal())).toBe(410);
  });

  it('refuses a password that is too short, and gives no session before the first code', async () => {
    const { server } = await open();
    const { invitation } = await setUp((ctx) =>
      createOperator(ctx, outbox, { name: 'X', email: 'x@v.example', grants: [{ role: 'sales' }] }),
    );
    const token = invitation.token.reveal();
    expect((await post(server, '/operator/invitation', { token, password: 'short' })).statusCode).toBe(400);
    await post(server, '/operator/invitation', { token, password: PASSWORD });
    const wrong = await post(server, '/operator/invitation/code', { token, code: '000000' });
    expect([wrong.statusCode, cookieSet(wrong.headers, SESSION)]).toEqual([401, undefined]);
    expect((await signIn(server, { email: 'x@v.example', code: '000000' })).statusCode).toBe(401);
  });
});

describe('a password with a code', () => {
  it('signs in where one wanted to go, and nowhere else', async () => {
    const { server, whoIs } = await open();
    const { id, secret } = await enrol(server);
    const there = await signIn(server, { code: codeNow(secret), to: '/operator/cli?port=1' });
    expect([there.statusCode, there.headers.location]).toEqual([303, '/operator/cli?port=1']);
    expect(await whoIs(cookieSet(there.headers, SESSION))).toMatchObject({ id });
    for (const to of ['//evil.example', 'https://evil.example', '/\\evil.example', 'javascript:alert(1)']) {
      wait(30_000);
      expect((await signIn(server, { code: codeNow(secret), to })).headers.location).toBe('/');
    }
  });

  it('takes a code of the app once, one step early or late, and none from farther away or from before', async () => {
    const { server } = await open();
    const { secret } = await enrol(server);
    let tries = 0;
    const status = async (code: string) => {
      tries += 1;
      return (await signIn(server, { code }, `198.51.100.${tries}`)).statusCode;
    };
    const code = codeNow(secret);
    expect([await status(code), await status(code)]).toEqual([303, 401]);
    expect(await status(codeNow(secret, 30_000))).toBe(303);
    expect(await status(codeNow(secret))).toBe(401);
    wait(5 * 60_000);
    expect(await status(codeNow(secret, -60_000))).toBe(401);
    expect(await status(codeNow(secret, 60_000))).toBe(401);
    expect(await status(codeNow(secret, -30_000))).toBe(303);
  });

  it('lets a code sign in once, however many try with it at the same moment', async () => {
    const { server } = await open();
    const { secret } = await enrol(server);
    const code = codeNow(secret);
    const answers = await Promise.all([1, 2, 3, 4].map((n) => signIn(server, { code }, `198.51.100.${n}`)));
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([303, 401, 401, 401]);
  });

  it('takes each recovery code once, written with or without dashes', async () => {
    const { server } = await open();
    const { recovery } = await enrol(server);
    const [first = '', second = ''] = recovery;
    expect((await signIn(server, { code: first })).statusCode).toBe(303);
    expect((await signIn(server, { code: first })).statusCode).toBe(401);
    expect((await signIn(server, { code: second.replaceAll('-', '').toUpperCase() })).statusCode).toBe(303);
    expect(JSON.stringify(await asSuperuser('select * from tenantry.operator_recovery_codes'))).not.toContain(second);
  });

  it('answers an unknown address, a wrong password, a wrong code and a disabled person alike', async () => {
    const { server } = await open();
    const { id, secret } = await enrol(server);
    const answers = [
      await signIn(server, { email: 'nobody@vendor.example', code: codeNow(secret) }),
      await signIn(server, { password: 'wrong horse battery', code: codeNow(secret) }),
      await signIn(server, { code: '000000' }),
      await signIn(server, {}),
    ];
    await setUp((ctx) => disableOperator(ctx, outbox.mails, { personId: id, reason: 'left' }));
    answers.push(await signIn(server, { code: codeNow(secret) }));
    for (const { statusCode, body, headers } of answers) {
      expect([statusCode, body, cookieSet(headers, SESSION)]).toEqual([401, answers[0]?.body, undefined]);
    }
    const reasons = await asSuperuser<{ reason: string }>(
      `select payload->>'reason' as reason from tenantry.audit_log where action = 'operator.sign_in_refused' order by seq desc limit 5`,
    );
    expect(reasons.map(({ reason }) => reason).reverse()).toEqual([
      'no_password',
      'credentials',
      'code',
      'code',
      'disabled',
    ]);
  });

  it('stops guessing from one place, and neither stops the person elsewhere nor for ever', async () => {
    const { server } = await open();
    const { secret } = await enrol(server);
    for (let tries = 0; tries < LIMITS.accountFromAddress; tries += 1)
      await signIn(server, { password: 'x' }, '203.0.113.9');
    const stopped = await signIn(server, { code: codeNow(secret) }, '203.0.113.9');
    expect([stopped.statusCode, Number(stopped.headers['retry-after'])]).toEqual([429, WINDOW_MS / 1_000]);
    expect((await signIn(server, { code: codeNow(secret) })).statusCode).toBe(303);
    wait(WINDOW_MS);
    expect((await signIn(server, { code: codeNow(secret) }, '203.0.113.9')).statusCode).toBe(303);
  });

  it('refuses a form of another site, and signs out by one of its own', async () => {
    const { server, whoIs } = await open();
    const { cookie } = await enrol(server);
    const own = `${SESSION}=${cookie}`;
    expect((await post(server, '/operator/sign-out', {}, { cookie: own, site: 'cross-site' })).statusCode).toBe(403);
    expect((await post(server, '/operator/sign-out', {}, { cookie: own, site: 'same-site' })).statusCode).toBe(403);
    expect(await whoIs(cookie)).toBeDefined();
    expect((await post(server, '/operator/sign-out', {}, { cookie: own })).statusCode).toBe(303);
    wait(1_000);
    expect(await whoIs(cookie)).toBeUndefined();
  });

  it('takes the mail of an invitation back that was followed before it went out', async () => {
    const { server } = await open();
    const sent = outbox.sent.length;
    await enrol(server);
    expect(outbox.withdrawn).toContain(outbox.sent[sent]?.key);
  });

  const renewBy = (server: HttpServer, cookie: string, body: object) =>
    server.inject({
      method: 'POST',
      url: '/api/v1/sign-in/recovery-codes',
      headers: { cookie: `${SESSION}=${cookie}`, 'sec-fetch-site': 'same-origin' },
      payload: body,
    });

  it.each(['password', 'code'] as const)('and the %s make new recovery codes; the old ones end at once', async (by) => {
    const { server } = await open();
    const { id, secret, recovery, cookie } = await enrol(server);
    const made = await renewBy(server, cookie, by === 'password' ? { password: PASSWORD } : { code: codeNow(secret) });
    expect(made.statusCode).toBe(200);
    const { recovery_codes: fresh } = made.json<{ recovery_codes: string[] }>();
    expect(fresh).toHaveLength(10);
    expect((await signIn(server, { code: recovery[0] ?? '' })).statusCode).toBe(401);
    expect((await signIn(server, { code: fresh[0] ?? '' })).statusCode).toBe(303);
    expect(outbox.sent.at(-1)).toMatchObject({ template: 'operator-recovery-codes', person: { id } });
    const rows = await asSuperuser<{ payload: object }>(
      `select payload from tenantry.audit_log where subject_id = $1 and action = 'operator.recovery_codes_renewed'`,
      [id],
    );
    expect(rows).toMatchObject([{ payload: { actor: { id }, detail: { by: by === 'code' ? 'totp' : by } } }]);
    expect(JSON.stringify(rows)).not.toContain(fresh[0]);
  });

  it('make no new recovery codes when they are wrong, nor does a recovery code, which stays unspent', async () => {
    const { server } = await open();
    const { recovery, cookie } = await enrol(server);
    const [first = ''] = recovery;
    for (const body of [{ password: 'not it, not at all' }, { code: '000000' }, { code: first }]) {
      expect((await renewBy(server, cookie, body)).statusCode).toBe(401);
    }
    expect((await renewBy(server, 'made-up', { password: PASSWORD })).statusCode).toBe(401);
    expect((await signIn(server, { code: first })).statusCode).toBe(303);
    for (let tries = 0; tries < LIMITS.accountFromAddress; tries += 1)
      await renewBy(server, cookie, { code: '000000' });
    expect((await renewBy(server, cookie, { password: PASSWORD })).statusCode).toBe(429);
  });

  it('make new recovery codes on a page as well, for who is signed in', async () => {
    const { server } = await open();
    const { secret, cookie } = await enrol(server);
    const headers = { cookie: `${SESSION}=${cookie}` };
    expect((await server.inject('/operator/recovery-codes')).headers.location).toContain('/operator/sign-in?to=');
    const form = await server.inject({ url: '/operator/recovery-codes', headers });
    expect(form.body).toContain('Make new recovery codes');
    const wrong = await post(server, '/operator/recovery-codes', { code: '000000' }, headers);
    expect([wrong.statusCode, /role="alert"/.test(wrong.body)]).toEqual([401, true]);
    const done = await post(server, '/operator/recovery-codes', { code: codeNow(secret) }, headers);
    expect(/<pre>([^<]+)<\/pre>/.exec(done.body)?.[1]?.split('\n')).toHaveLength(10);
  });

  it('ends with a new invitation: the old password, app, codes and sessions open nothing', async () => {
    const { server, whoIs } = await open();
    const { id, secret, recovery, cookie } = await enrol(server);
    await setUp((ctx) => reinviteOperator(ctx, outbox, { personId: id, reason: 'lost telephone' }));
    wait(1_000);
    expect(await whoIs(cookie)).toBeUndefined();
    for (const code of [codeNow(secret), recovery[0] ?? ''])
      expect((await signIn(server, { code })).statusCode).toBe(401);
  });
});

describe('a session in a browser', () => {
  it('calls the API by its cookie, and writes only from a page of this server', async () => {
    const { server } = await open();
    const { cookie } = await enrol(server);
    const headers = { cookie: `${SESSION}=${cookie}` };
    expect((await server.inject({ url: '/api/v1/whoami', headers })).json()).toMatchObject({
      name: 'Dana',
      key_id: null,
    });
    const write = (more: Readonly<Record<string, string>>) =>
      server.inject({
        method: 'DELETE',
        url: '/api/v1/keys/key_00000000-0000-4000-8000-000000000000',
        headers: { ...headers, ...more },
      });
    expect((await write({ 'sec-fetch-site': 'cross-site' })).statusCode).toBe(403);
    expect((await write({ origin: 'https://evil.example' })).statusCode).toBe(403);
    expect((await write({})).statusCode).toBe(403);
    expect((await write({ 'sec-fetch-site': 'same-origin' })).statusCode).toBe(404);
    expect((await write({ origin: 'http://localhost:7400', host: 'localhost:7400' })).statusCode).not.toBe(403);
  });
});

describe('the sign-in of the command line', () => {
  const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
  const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
  const fields = { port: '8123', state: 's'.repeat(43), challenge: CHALLENGE, name: 'laptop' };
  const exchange = (server: HttpServer, code: string, verifier = VERIFIER) =>
    server.inject({ method: 'POST', url: '/api/v1/sign-in/cli-code', payload: { code, verifier } });

  async function agree(server: HttpServer): Promise<string> {
    const { cookie } = await enrol(server);
    const answer = await post(server, '/operator/cli', fields, { cookie: `${SESSION}=${cookie}` });
    const to = new URL(String(answer.headers.location));
    expect([to.origin, to.searchParams.get('state')]).toEqual(['http://127.0.0.1:8123', fields.state]);
    return to.searchParams.get('code') ?? '';
  }

  it('asks the signed-in person, and gives a key with what they may do, once', async () => {
    const { server, whoIs } = await open();
    const code = await agree(server);
    const made = await exchange(server, code);
    expect(made.statusCode).toBe(201);
    const person = (await whoIs(made.json<{ key: string }>().key)) as PersonActor;
    expect(person).toMatchObject({ name: 'Dana', grants: [{ role: 'engineer' }] });
    expect(person.scopes).toContain('tenants:write');
    expect(person.scopes.length).toBeLessThan(SCOPES.length);
    expect((await exchange(server, code)).statusCode).toBe(401);
  });

  it('refuses another verifier, which uses the code up, and a code that is two minutes old', async () => {
    const { server } = await open();
    const code = await agree(server);
    expect((await exchange(server, code, 'x'.repeat(43))).statusCode).toBe(401);
    expect((await exchange(server, code)).statusCode).toBe(401);
    await asSuperuser('truncate tenantry.people cascade');
    const late = await agree(server);
    wait(2 * 60_000);
    expect((await exchange(server, late)).statusCode).toBe(401);
  });

  it('sends whoever is not signed in to the form first, and back to the same question', async () => {
    const { server } = await open();
    const asked = await server.inject(`/operator/cli?${new URLSearchParams(fields).toString()}`);
    const to = new URL(String(asked.headers.location), 'https://tenantry.example');
    expect([to.pathname, new URLSearchParams(to.searchParams.get('to')?.split('?')[1]).get('challenge')]).toEqual([
      '/operator/sign-in',
      CHALLENGE,
    ]);
  });

  it('escapes what a link puts into the page, and leads nowhere but to this computer', async () => {
    const { server } = await open();
    const { cookie } = await enrol(server);
    const query = new URLSearchParams({ ...fields, name: '<script>alert(1)</script>' }).toString();
    const page = await server.inject({ url: `/operator/cli?${query}`, headers: { cookie: `${SESSION}=${cookie}` } });
    expect(page.body).not.toContain('<script>');
    expect(page.headers['content-security-policy']).toContain("form-action 'self' http://127.0.0.1:8123;");
    const bad = await post(
      server,
      '/operator/cli',
      { ...fields, port: '80@evil.example' },
      { cookie: `${SESSION}=${cookie}` },
    );
    expect(bad.statusCode).toBe(400);
  });
});
