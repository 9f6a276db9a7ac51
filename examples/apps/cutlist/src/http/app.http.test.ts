import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { Agent, get } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client, csrfOf } from '../testing/client.ts';
import { withClient } from '../testing/cluster.ts';
import { type Installation, install } from '../testing/installation.ts';

let installed: Installation;

beforeAll(async () => {
  installed = await install();
  await installed.provision({ slug: 'north', users: [{ email: 'ada@north.test', role: 'admin' }] });
  await installed.provision({
    slug: 'tight',
    settings: { limits: { api_calls_per_15min: 3 } },
    users: [{ email: 'tom@tight.test' }],
  });
});
afterAll(() => installed.stop());

interface PlainAnswer {
  readonly status: number | undefined;
  readonly location: string | undefined;
  readonly hsts: unknown;
}

const plainly = (method: string, path: string, host: string): Promise<PlainAnswer> =>
  new Promise((resolve, reject) => {
    const { port } = new URL(installed.cutlist.httpUrl);
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers: { host } }, (incoming) => {
      incoming.resume();
      const { location } = incoming.headers;
      resolve({ status: incoming.statusCode, location, hsts: incoming.headers['strict-transport-security'] });
    });
    outgoing.once('error', reject);
    outgoing.end();
  });

describe('plain HTTP', () => {
  it('VAL-20: answers 308 to the same address over HTTPS, whatever the method', async () => {
    const { port } = new URL(installed.cutlist.httpsUrl);
    for (const method of ['GET', 'POST', 'DELETE']) {
      expect(await plainly(method, '/api/projects?a=1', `localhost:1`)).toEqual({
        status: 308,
        location: `https://localhost:${port}/api/projects?a=1`,
        hsts: undefined,
      });
    }
  });

  it('sends nobody to a host of the client’s choosing', async () => {
    const { host } = new URL(installed.cutlist.httpsUrl);
    for (const claimed of ['evil.example', 'localhost@evil.example', '[', 'evil.example:443']) {
      expect((await plainly('GET', '/login', claimed)).location).toBe(`https://${host}/login`);
    }
    expect((await plainly('GET', '//evil.example/', 'x')).location).toBe(`https://${host}//evil.example/`);
  });
});

describe('HTTPS', () => {
  it('VAL-20: is trusted by whoever trusts the local authority, under each name, and by nobody else', async () => {
    const client = await Client.of(installed.cutlist);
    expect((await client.get('/health')).status).toBe(200);
    const { port } = new URL(installed.cutlist.httpsUrl);
    const named = new Client(`https://localhost:${port}`, await readCa());
    expect((await named.get('/health')).status).toBe(200);
    const untrusting = new Promise((resolve, reject) => {
      get(`${installed.cutlist.httpsUrl}/health`, { agent: new Agent() }, resolve).once('error', reject);
    });
    await expect(untrusting).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  });

  it('VAL-04: health answers exactly {"status":"healthy"} without a session', async () => {
    const client = await Client.of(installed.cutlist);
    expect((await client.get('/health')).json()).toEqual({ status: 'healthy' });
  });

  it('VAL-04: health answers 503 while the database does not let us in, and recovers by itself', async () => {
    const client = await Client.of(installed.cutlist);
    const asSuperuser = (statement: string) =>
      withClient(installed.database.superuserUrl, (superuser) => superuser.query(statement));
    await asSuperuser('alter role cutlist_app nologin');
    await asSuperuser("select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = 'cutlist_app'");
    const unhealthy = await client.get('/health');
    expect([unhealthy.status, unhealthy.json()]).toEqual([503, { status: 'unhealthy' }]);
    const page = await client.logIn('north', 'ada@north.test', 'x');
    expect([page.status, page.json()]).toEqual([500, expect.objectContaining({ code: 'failure' })]);
    await asSuperuser('alter role cutlist_app login');
    expect((await client.get('/health')).json()).toEqual({ status: 'healthy' });
  });

  it('VAL-21: carries the security headers on pages, API, assets and errors alike', async () => {
    const client = await Client.of(installed.cutlist);
    for (const path of ['/login', '/health', '/api/projects', '/assets/cutlist.css', '/nowhere', '/%']) {
      const { headers } = await client.get(path);
      expect(headers['strict-transport-security'], path).toBe('max-age=31536000');
      expect(headers['x-content-type-options'], path).toBe('nosniff');
      expect(headers['referrer-policy'], path).toBe('same-origin');
      expect(headers['x-frame-options'], path).toBe('DENY');
      const policy = String(headers['content-security-policy']);
      expect(policy, path).toContain("default-src 'none'");
      expect(policy, path).toContain("frame-ancestors 'none'");
      expect(policy, path).not.toContain('unsafe');
    }
  });

  it('serves pages without a script, an inline style or an outside address', async () => {
    const admin = await installed.visit('north', 'ada@north.test');
    for (const path of ['/projects', '/projects/new', '/people', '/settings', '/audit', '/password']) {
      const { status, text } = await admin.get(path);
      expect(status, path).toBe(200);
      expect(text, path).not.toMatch(/<script|<style|style=|javascript:| on\w+=|(src|href|action)="(https?:)?\/\//i);
    }
  });
});

const readCa = (): Promise<string> => readFile(installed.cutlist.caPath, 'utf8');

describe('without a session', () => {
  it('the API answers 401 and pages lead to the log-in', async () => {
    const client = await Client.of(installed.cutlist);
    for (const path of ['/api/projects', '/api/settings', '/api/audit', '/api/users', '/api/tenant', '/api/session']) {
      const answer = await client.get(path);
      expect([path, answer.status, answer.json().code]).toEqual([path, 401, 'not_authenticated']);
    }
    const page = await client.get('/projects');
    expect([page.status, page.headers.location]).toEqual([303, '/login']);
  });

  it('an address that does not exist is 404, as JSON for the API and as a page for people', async () => {
    const client = await Client.of(installed.cutlist);
    const api = await client.get('/api/nowhere');
    expect([api.status, api.json().code]).toEqual([404, 'not_found']);
    const page = await client.get('/nowhere');
    expect([page.status, page.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
  });
});

describe('request bodies', () => {
  it('refuses one that is too large, is no JSON or is of another type', async () => {
    const admin = await installed.visit('north', 'ada@north.test');
    const large = await admin.post('/api/projects', { json: { name: 'x'.repeat(300 * 1_024) } });
    expect([large.status, large.json().code]).toEqual([413, 'too_large']);
    const headers = { 'content-type': 'application/json' };
    const client = await Client.of(installed.cutlist);
    const empty = await client.post('/api/session', { headers });
    expect([empty.status, empty.json().code]).toEqual([400, 'invalid']);
    const xml = await client.post('/api/session', { headers: { 'content-type': 'application/xml' }, json: {} });
    expect([xml.status, xml.json().code]).toEqual([415, 'unsupported_media_type']);
  });

  it('takes much less at log-in, where nobody is known yet', async () => {
    const client = await Client.of(installed.cutlist);
    const answer = await client.logIn('north', 'ada@north.test', 'x'.repeat(9 * 1_024));
    expect(answer.status).toBe(413);
  });
});

describe('forged requests', () => {
  const project = { name: 'Bench', boards: [], parts: [] };

  it('the API refuses a change without the session’s CSRF token', async () => {
    const admin = await installed.visit('north', 'ada@north.test');
    const known = admin.csrf;
    for (const csrf of [undefined, '', 'A'.repeat(known?.length ?? 0)]) {
      admin.csrf = csrf;
      const answer = await admin.post('/api/projects', { json: project });
      expect([answer.status, answer.json().code]).toEqual([403, 'csrf_refused']);
    }
    admin.csrf = known;
    expect((await admin.post('/api/projects', { json: project })).status).toBe(201);
  });

  it('refuses another session’s token', async () => {
    const admin = await installed.visit('north', 'ada@north.test');
    const other = await installed.visit('north', 'ada@north.test');
    admin.csrf = other.csrf;
    expect((await admin.post('/api/projects', { json: project })).status).toBe(403);
  });

  it('refuses what a browser says comes from another site, even with the token', async () => {
    const admin = await installed.visit('north', 'ada@north.test');
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      const answer = await admin.post('/api/projects', { json: project, headers });
      expect([headers, answer.status]).toEqual([headers, 403]);
    }
    const own = { origin: installed.cutlist.httpsUrl, 'sec-fetch-site': 'same-origin' };
    expect((await admin.post('/api/projects', { json: project, headers: own })).status).toBe(201);
  });

  it('a form needs the token of its own page, at log-in too', async () => {
    const client = await Client.of(installed.cutlist);
    const fields = { tenant: 'north', email: 'ada@north.test', password: 'a plank of quiet oak' };
    expect((await client.post('/login', { form: fields })).status).toBe(403);
    const page = await client.get('/login');
    const answer = await client.post('/login', { form: { ...fields, _csrf: csrfOf(page) } });
    expect([answer.status, answer.headers.location]).toEqual([303, '/projects']);
    expect((await client.post('/settings', { form: { kerf: '3' } })).status).toBe(403);
  });
});

describe('API calls of a tenant', () => {
  it('VAL-19: the limit of its settings holds for the tenant as a whole; 429 says when to come back', async () => {
    const first = await installed.visit('tight', 'tom@tight.test');
    const second = await installed.visit('tight', 'tom@tight.test');
    expect((await first.get('/api/projects')).headers).toMatchObject({
      'ratelimit-limit': '3',
      'ratelimit-remaining': '2',
      'ratelimit-reset': '900',
    });
    await first.get('/api/projects');
    expect((await second.get('/api/projects')).status).toBe(200);
    installed.now.at = new Date(installed.now.at.getTime() + 60_000);
    const refused = await second.get('/api/projects');
    expect([refused.status, refused.json().code, refused.headers['retry-after']]).toEqual([
      429,
      'too_many_requests',
      '840',
    ]);
  });

  it('VAL-19: one tenant’s calls are not counted for another, pages are not API calls, and the window ends', async () => {
    const other = await installed.visit('north', 'ada@north.test');
    expect((await other.get('/api/projects')).status).toBe(200);
    const tom = await installed.visit('tight', 'tom@tight.test');
    expect((await tom.get('/api/projects')).status).toBe(429);
    expect((await tom.get('/projects')).status).toBe(200);
    installed.now.at = new Date(installed.now.at.getTime() + 840_000);
    expect((await tom.get('/api/projects')).status).toBe(200);
  });
});
