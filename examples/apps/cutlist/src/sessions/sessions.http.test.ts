import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client, csrfOf } from '../testing/client.ts';
import { withClient } from '../testing/cluster.ts';
import { type Installation, install, USER_PASSWORD } from '../testing/installation.ts';

const NEW_PASSWORD = 'nine dry ash boards';
const MINUTE_MS = 60_000;

let installed: Installation;
let northId: string;

beforeAll(async () => {
  installed = await install();
  northId = await installed.provision({
    slug: 'north',
    users: [
      { email: 'ada@north.test', role: 'admin' },
      { email: 'mo@north.test' },
      { email: 'temp@north.test', mustChangePassword: true },
      { email: 'page@north.test', mustChangePassword: true },
      { email: 'reset@north.test' },
    ],
  });
  await installed.provision({ slug: 'south', users: [{ email: 'ada@south.test', role: 'admin' }] });
});
afterAll(() => installed.stop());

const newClient = (): Promise<Client> => Client.of(installed.cutlist);
const later = (ms: number): void => {
  installed.now.at = new Date(installed.now.at.getTime() + ms);
};
const setStatus = (slug: string, status: string) =>
  installed.asProvisioner((client) => client.query('update tenants set status = $2 where slug = $1', [slug, status]));
const codeOf = async (sending: Promise<{ status: number; json(): Record<string, unknown> }>): Promise<unknown[]> => {
  const answer = await sending;
  return [answer.status, answer.json().code];
};

describe('log-in', () => {
  it('VAL-07: the admin logs in with workshop, e-mail address and password', async () => {
    const client = await newClient();
    const answer = await client.logIn('north', 'ADA@north.test', USER_PASSWORD);
    expect(answer.json()).toMatchObject({
      user: { email: 'ada@north.test', role: 'admin' },
      tenant: { id: northId, slug: 'north' },
      mustChangePassword: false,
      idleSeconds: 1_800,
    });
    expect((await client.get('/api/session')).status).toBe(200);
  });

  it('answers a wrong workshop, address or password alike', async () => {
    const client = await newClient();
    const answers = await Promise.all([
      client.logIn('nowhere', 'ada@north.test', USER_PASSWORD),
      client.logIn('north', 'nobody@north.test', USER_PASSWORD),
      client.logIn('north', 'ada@north.test', 'wrong password'),
      client.logIn('south', 'ada@north.test', USER_PASSWORD),
    ]);
    expect(new Set(answers.map((answer) => `${answer.status} ${answer.text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(401);
  });

  it('names every missing field at once, and no session starts', async () => {
    const client = await newClient();
    const answer = await client.post('/api/session', { json: { emial: 'x' } });
    expect(answer.status).toBe(400);
    expect((answer.json().faults as { path: string }[]).map((fault) => fault.path)).toEqual([
      'tenant',
      'email',
      'password',
      'emial',
    ]);
    expect(client.cookies.size).toBe(0);
  });

  it('after ten attempts in a row waits, also with the right password; others are not held up', async () => {
    const client = await newClient();
    const guesses = await Promise.all(
      Array.from({ length: 12 }, () => client.logIn('south', 'ada@south.test', 'a wrong guess')),
    );
    expect(guesses.map((guess) => guess.status).sort()).toEqual([...Array(10).fill(401), 429, 429]);
    const right = await client.logIn('south', 'ada@south.test', USER_PASSWORD);
    expect([right.status, right.headers['retry-after']]).toEqual([429, '900']);
    expect((await client.logIn('north', 'mo@north.test', USER_PASSWORD)).status).toBe(200);
    later(15 * MINUTE_MS);
    expect((await client.logIn('south', 'ada@south.test', USER_PASSWORD)).status).toBe(200);
  });

  it('VAL-22: leaves both the success and the refusal in the audit log of the tenant', async () => {
    const admin = await installed.visit('north', 'ada@north.test');
    await (await newClient()).logIn('north', 'mo@north.test', 'wrong password');
    const { entries } = (await admin.get('/api/audit')).json() as { entries: Record<string, unknown>[] };
    expect(entries[0]).toMatchObject({
      actor: 'mo@north.test',
      action: 'session.refused',
      detail: { reason: 'login_refused' },
    });
    expect(entries[1]).toMatchObject({ actor: 'ada@north.test', action: 'session.started' });
  });
});

describe('the session cookie', () => {
  it('is Secure, HttpOnly, SameSite=Lax, bound to this host, and the database keeps only its hash', async () => {
    const client = await newClient();
    const answer = await client.logIn('north', 'ada@north.test', USER_PASSWORD);
    const [line = ''] = answer.headers['set-cookie'] ?? [];
    expect(line).toMatch(/^__Host-cutlist_session=[\w-]{64}; Path=\/; Secure; HttpOnly; SameSite=Lax$/);
    const token = client.cookies.get('__Host-cutlist_session') ?? '';
    const { rows } = await withClient(installed.database.superuserUrl, (superuser) =>
      superuser.query('select count(*)::int as n from sessions where token_hash = $1', [
        createHash('sha256').update(token).digest(),
      ]),
    );
    expect(rows).toEqual([{ n: 1 }]);
  });

  it('a token that was touched, also one that names another tenant, is no session', async () => {
    const client = await installed.visit('north', 'ada@north.test');
    const southId = await installed.asProvisioner(async (provisioner) => {
      const { rows } = await provisioner.query<{ id: string }>("select id from tenants where slug = 'south'");
      return rows[0]?.id ?? '';
    });
    const bytes = Buffer.from(client.cookies.get('__Host-cutlist_session') ?? '', 'base64url');
    const moved = Buffer.concat([Buffer.from(southId.replaceAll('-', ''), 'hex'), bytes.subarray(16)]);
    for (const token of [moved.toString('base64url'), 'x', '', `${bytes.toString('base64url')}=`]) {
      client.cookies.set('__Host-cutlist_session', token);
      expect(await codeOf(client.get('/api/session'))).toEqual([401, 'not_authenticated']);
    }
  });

  it('VAL-10: ends after 30 minutes without a request, and a request keeps it alive', async () => {
    const client = await installed.visit('north', 'ada@north.test');
    for (let step = 0; step < 3; step += 1) {
      later(29 * MINUTE_MS);
      expect((await client.get('/api/session')).status).toBe(200);
    }
    later(30 * MINUTE_MS);
    expect(await codeOf(client.get('/api/session'))).toEqual([401, 'not_authenticated']);
  });

  it('VAL-10: ends 12 hours after log-in, however busy', async () => {
    const client = await installed.visit('north', 'ada@north.test');
    for (let passed = 0; passed < 24 * 29; passed += 29) {
      later(29 * MINUTE_MS);
      expect((await client.get('/api/session')).status).toBe(200);
    }
    later(24 * MINUTE_MS);
    expect((await client.get('/api/session')).status).toBe(401);
  });

  it('is worthless after log-out, and the other session of the person lives on', async () => {
    const leaving = await installed.visit('north', 'ada@north.test');
    const staying = await installed.visit('north', 'ada@north.test');
    const token = leaving.cookies.get('__Host-cutlist_session') ?? '';
    expect((await leaving.delete('/api/session')).status).toBe(204);
    expect(leaving.cookies.size).toBe(0);
    leaving.cookies.set('__Host-cutlist_session', token);
    expect((await leaving.get('/api/session')).status).toBe(401);
    expect((await staying.get('/api/session')).status).toBe(200);
  });
});

describe('a temporary password', () => {
  it('VAL-07: opens nothing but its own replacement: 403 password_change_required everywhere else', async () => {
    const client = await newClient();
    expect((await client.logIn('north', 'temp@north.test', USER_PASSWORD)).json().mustChangePassword).toBe(true);
    const none = '00000000-0000-4000-8000-000000000000';
    for (const path of [
      '/api/session',
      '/api/projects',
      `/api/projects/${none}`,
      `/api/projects/${none}/cut-list`,
      '/api/settings',
      '/api/audit',
      '/api/users',
      '/api/tenant',
    ]) {
      expect([path, ...(await codeOf(client.get(path)))]).toEqual([path, 403, 'password_change_required']);
    }
    for (const path of ['/projects', '/projects/new', '/people', '/settings', '/audit']) {
      const page = await client.get(path);
      expect([path, page.status]).toEqual([path, 403]);
      expect(page.text).toContain('href="/password"');
    }
    const creation = client.post('/api/projects', { json: { name: 'x', boards: [], parts: [] } });
    expect(await codeOf(creation)).toEqual([403, 'password_change_required']);
  });

  it('is replaced by a good one, which ends every other session', async () => {
    const [client, other] = [await newClient(), await newClient()];
    await other.logIn('north', 'temp@north.test', USER_PASSWORD);
    await client.logIn('north', 'temp@north.test', USER_PASSWORD);
    const change = (currentPassword: string, newPassword: string) =>
      client.post('/api/password', { json: { currentPassword, newPassword } });
    for (const [current, next] of [
      ['wrong password', NEW_PASSWORD],
      [USER_PASSWORD, 'short'],
      [USER_PASSWORD, USER_PASSWORD],
      [USER_PASSWORD, 'temp@north.test 1'],
    ] as const) {
      expect(await codeOf(change(current, next))).toEqual([400, 'invalid']);
    }
    const before = client.cookies.get('__Host-cutlist_session');
    const answer = await change(USER_PASSWORD, NEW_PASSWORD);
    expect(answer.json()).toMatchObject({ mustChangePassword: false });
    expect(client.cookies.get('__Host-cutlist_session')).not.toBe(before);
    expect((await client.get('/api/projects')).status).toBe(200);
    expect((await other.get('/api/projects')).status).toBe(401);
    expect((await other.logIn('north', 'temp@north.test', USER_PASSWORD)).status).toBe(401);
    expect((await other.logIn('north', 'temp@north.test', NEW_PASSWORD)).status).toBe(200);
  });

  it('the present one cannot be guessed from a session left open', async () => {
    const client = await installed.visit('north', 'mo@north.test');
    const change = (currentPassword: string) =>
      client.post('/api/password', { json: { currentPassword, newPassword: NEW_PASSWORD } });
    for (let guess = 0; guess < 10; guess += 1) expect((await change('a wrong guess')).status).toBe(400);
    expect(await codeOf(change(USER_PASSWORD))).toEqual([429, 'too_many_requests']);
  });

  it('is replaced in the pages as well', async () => {
    const client = await newClient();
    const login = await client.post('/login', {
      form: {
        tenant: 'north',
        email: 'page@north.test',
        password: USER_PASSWORD,
        _csrf: csrfOf(await client.get('/login')),
      },
    });
    expect(login.headers.location).toBe('/password');
    const page = await client.get('/password');
    const form = { currentPassword: USER_PASSWORD, newPassword: NEW_PASSWORD, _csrf: csrfOf(page) };
    const answer = await client.post('/password', { form });
    expect(answer.headers.location).toBe('/projects?done=password');
    expect((await client.get('/projects?done=password')).text).toContain('Your password is changed.');
  });

  it('VAL-09: an admin’s reset gives a new one, once, and ends the person’s sessions', async () => {
    const admin = await installed.visit('north', 'ada@north.test');
    const person = await installed.visit('north', 'reset@north.test');
    const { users } = (await admin.get('/api/users')).json() as { users: { id: string; email: string }[] };
    const id = users.find((user) => user.email === 'reset@north.test')?.id;
    const reset = await admin.post(`/api/users/${id}/reset-password`, { json: {} });
    const temporary = String(reset.json().temporaryPassword);
    expect((await person.get('/api/projects')).status).toBe(401);
    expect((await person.logIn('north', 'reset@north.test', USER_PASSWORD)).status).toBe(401);
    expect((await person.logIn('north', 'reset@north.test', temporary)).json().mustChangePassword).toBe(true);
    const log = await admin.get('/api/audit');
    expect(log.text).toContain('password.reset');
    expect(log.text).not.toContain(temporary);
  });
});

describe('the tenant’s status', () => {
  it('LIFE-33: before go-live only admins and pilots come in; after it everybody', async () => {
    await installed.provision({
      slug: 'early',
      status: 'onboarding',
      users: [
        { email: 'admin@e.test', role: 'admin' },
        { email: 'pilot@e.test', pilot: true },
        { email: 'user@e.test' },
      ],
    });
    const logIn = async (email: string) => codeOf((await newClient()).logIn('early', email, USER_PASSWORD));
    expect(await logIn('admin@e.test')).toEqual([200, undefined]);
    expect(await logIn('pilot@e.test')).toEqual([200, undefined]);
    expect(await logIn('user@e.test')).toEqual([403, 'tenant_onboarding']);
    await setStatus('early', 'active');
    expect(await logIn('user@e.test')).toEqual([200, undefined]);
  });

  it('suspension and offboarding refuse the very next request of a living session, and new log-ins', async () => {
    await installed.provision({ slug: 'late', users: [{ email: 'admin@l.test', role: 'admin' }] });
    const client = await installed.visit('late', 'admin@l.test');
    for (const status of ['suspended', 'offboarded']) {
      await setStatus('late', status);
      expect(await codeOf(client.get('/api/projects'))).toEqual([403, `tenant_${status}`]);
      expect(await codeOf((await newClient()).logIn('late', 'admin@l.test', USER_PASSWORD))).toEqual([
        403,
        `tenant_${status}`,
      ]);
    }
    await setStatus('late', 'active');
    expect((await client.get('/api/projects')).status).toBe(200);
  });

  it('is told only to somebody who knows the password', async () => {
    await installed.provision({ slug: 'shut', status: 'suspended', users: [{ email: 'a@s.test' }] });
    expect(await codeOf((await newClient()).logIn('shut', 'a@s.test', 'wrong password'))).toEqual([
      401,
      'login_refused',
    ]);
  });
});
