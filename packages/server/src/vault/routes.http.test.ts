import { describe, expect, it } from 'vitest';
import { listAudit } from '../audit/index.ts';
import { Secret } from '../connectors/kit/index.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { problemIn, testServer } from '../http/testing/test-server.ts';
import { createRevealLink, type Sealed, sealRecord, sealSecret, withdrawRevealLink } from './index.ts';
import { vaultRoutes } from './routes.ts';
import { later, makeKeyring, NOW, vaultHarness } from './testing/fixtures.ts';

const { database } = await cloneDatabase();
const keyring = makeKeyring();
const vault = vaultHarness(database, keyring);
const HOUR_MS = 3_600_000;
const owner = { kind: 'run', id: 'r' } as const;

const sealed = () =>
  vault.as((ctx) => sealSecret(ctx, { tenantId: null, label: 'First log-in', secret: new Secret('swordfish'), owner }));
const linkTo = ({ ref }: Sealed) =>
  vault.as((ctx) => createRevealLink(ctx, { ref, forWhom: 'Jane', expiresAt: later(HOUR_MS) }));

const serving = async (options: { now?: () => Date; rateLimitPerMinute?: number } = {}) => {
  const { now = () => NOW, ...config } = options;
  const { server, log } = await testServer({ database, now, config });
  vaultRoutes(server, { keyring });
  const spend = (token: string) =>
    server.inject({ method: 'POST', url: '/api/v1/reveal', payload: { token }, remoteAddress: '203.0.113.7' });
  return { server, log, spend };
};

describe('200', () => {
  it('PSEC-08: shows the secret to whoever holds the token, without a key, and notes from where', async () => {
    const { spend } = await serving();
    const { token, linkId } = await linkTo(await sealed());
    const response = await spend(token);
    expect(response.json()).toEqual({ label: 'First log-in', secret: 'swordfish', record: null });
    expect(response.headers['cache-control']).toBe('no-store');
    const { rows } = await vault.as((ctx) => listAudit(ctx, { action: 'vault.link_opened' }));
    expect(rows.find((row) => row.subject.id === linkId)).toMatchObject({
      actorId: 'reveal',
      detail: { openedBy: '203.0.113.7', forWhom: 'Jane' },
    });
  });

  it('PADM-07: shows the six fields of a credential record', async () => {
    const { spend } = await serving();
    const record = {
      organization: 'Acme',
      username: 'jane',
      email: 'jane@acme.example',
      password: new Secret('swordfish'),
      loginUrl: 'https://acme.example/login',
      adminUrl: undefined,
    };
    const entry = await vault.as((ctx) => sealRecord(ctx, { tenantId: null, label: 'Admin', record, owner }));
    expect((await spend((await linkTo(entry)).token)).json()).toEqual({
      label: 'Admin',
      secret: 'swordfish',
      record: {
        organization: 'Acme',
        username: 'jane',
        email: 'jane@acme.example',
        login_url: 'https://acme.example/login',
        admin_url: null,
      },
    });
  });

  it('logs neither token nor secret, whether it was shown or refused', async () => {
    const { spend, log } = await serving();
    const { token } = await linkTo(await sealed());
    await spend(token);
    await spend(token);
    expect(log()).toContain('/api/v1/reveal');
    expect(log()).not.toContain(token);
    expect(log()).not.toContain('swordfish');
  });

  it('has a page that sends nothing by being opened, and loads only its own script', async () => {
    const { server } = await serving();
    const { token } = await linkTo(await sealed());
    const page = await server.inject('/reveal');
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]+'; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    expect(page.headers['referrer-policy']).toBe('no-referrer');
    expect([...page.body.matchAll(/<script[^>]*>/g)].map(([tag]) => tag)).toEqual([
      '<script src="assets/reveal.js" defer>',
    ]);
    expect(page.body).not.toMatch(/ on\w+=|https?:\/\//);
    expect((await server.inject({ method: 'POST', url: '/api/v1/reveal', payload: { token } })).statusCode).toBe(200);
  });

  it('serves the script, which names no other origin and writes no markup', async () => {
    const { server } = await serving();
    const script = await server.inject('/assets/reveal.js');
    expect(script.headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(script.body).toContain("fetch('api/v1/reveal'");
    expect(script.body).not.toMatch(/https?:\/\/|innerHTML|insertAdjacent|document\.write|localStorage|console\./);
  });
});

describe('400', () => {
  it.each([{}, { token: '' }, { token: 'x'.repeat(201) }, { token: 't', key: 'k' }])(
    'refuses %j without repeating what was sent',
    async (payload) => {
      const { server } = await serving();
      const response = await server.inject({ method: 'POST', url: '/api/v1/reveal', payload });
      expect([response.statusCode, problemIn(response).code]).toEqual([400, 'request.invalid']);
      expect(response.body).not.toContain('xxx');
    },
  );
});

describe('410', () => {
  it('answers a second opening with the time of the first and what to do about it', async () => {
    const { spend } = await serving();
    const { token } = await linkTo(await sealed());
    await spend(token);
    const response = await spend(token);
    expect(response.statusCode).toBe(410);
    expect(problemIn(response)).toMatchObject({
      code: 'vault.link_spent',
      detail: expect.stringContaining(NOW.toISOString()),
      next: expect.stringContaining('Ask the sender'),
    });
    expect(response.body).not.toContain('swordfish');
  });

  it('lets one of several simultaneous openings through', async () => {
    const { spend } = await serving();
    const { token } = await linkTo(await sealed());
    const responses = await Promise.all(Array.from({ length: 4 }, () => spend(token)));
    expect(responses.map(({ statusCode }) => statusCode).sort()).toEqual([200, 410, 410, 410]);
  });

  it('answers a link that has expired, one that was withdrawn and one that never was', async () => {
    const { spend } = await serving({ now: () => later(HOUR_MS) });
    const withdrawn = await linkTo(await sealed());
    await vault.as((ctx) => withdrawRevealLink(ctx, withdrawn.linkId));
    const details: string[] = [];
    for (const token of [(await linkTo(await sealed())).token, withdrawn.token, 'guess']) {
      details.push(problemIn(await spend(token)).detail);
    }
    expect(details).toEqual([
      expect.stringContaining('expired'),
      expect.stringContaining('withdrawn'),
      expect.stringContaining('not valid'),
    ]);
  });
});

describe('429', () => {
  it('stops an address that tries token after token, and then shows it nothing either', async () => {
    const { spend } = await serving({ rateLimitPerMinute: 3 });
    for (let tries = 0; tries < 3; tries += 1) expect((await spend(`guess-${tries}`)).statusCode).toBe(410);
    const { token } = await linkTo(await sealed());
    expect(problemIn(await spend(token)).code).toBe('request.throttled');
  });
});
