import type { RequestListener } from 'node:http';
import { isTenantryError } from '@tenantry/contract';
import { describe, expect, it } from 'vitest';
import { type Check, Secret } from '../kit/index.ts';
import { testContext } from '../kit/testing/context.ts';
import { describeCheck, type FaultName } from '../kit/testing/contract-suite.ts';
import { disposables } from '../kit/testing/disposables.ts';
import { closedPort } from '../kit/testing/faulty-server.ts';
import { getCheck } from './get.ts';
import { rateLimitCheck, redirectsToHttpsCheck, securityHeadersCheck } from './headers.ts';
import { loadSampleCheck } from './load-sample.ts';
import { reachableCheck } from './reachable.ts';
import { answer, authorityFiles, faultyApi, secureServer, webServer } from './testing/web-servers.ts';

const canary = new Secret('canary-9c41ab77');
const settings = { headers: { authorization: canary }, allow_private: true };
const context = (base_url: string, more: object = {}) =>
  testContext({ connections: { 'http/api': { ...settings, ...more, base_url } } });

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no failure',
    (error: unknown) => error,
  );
const codeOf = (error: unknown): string => (isTenantryError(error) ? error.code : String(error));

const echo: RequestListener = (request, response) =>
  answer(response, 200, { method: request.method, said: request.headers.authorization });

function describeOnServer<Input, Output>(
  check: Check<Input, Output>,
  asked: object,
  cannotOccur: Partial<Record<FaultName, string>>,
  badInputs: Record<string, unknown>,
): void {
  describeCheck(check, {
    cannotOccur,
    badInputs,
    open: async () => {
      const stack = disposables();
      const writes: string[] = [];
      const server = stack.use(
        await webServer((request, response) => {
          if (request.method !== 'GET') writes.push(String(request.method));
          echo(request, response);
        }),
      );
      return {
        input: check.input.parse(asked),
        canary,
        context: () => context(server.url),
        snapshot: async () => [...writes],
        fault: (name) => faultyApi(name, settings, 'key', stack),
        [Symbol.asyncDispose]: () => stack.disposeAsync(),
      };
    },
  });
}

const aFact = 'a status is a fact to judge, not a fault';
const STATUS_FACTS = { throttled: aFact, server_error: aFact };
const HERE = { connection: 'api', url: '/' };
const noUrl = { 'no address': { connection: 'api' }, 'a number for an address': { url: 1 } };

describeOnServer(getCheck, HERE, STATUS_FACTS, noUrl);
describeOnServer(securityHeadersCheck, HERE, STATUS_FACTS, noUrl);
describeOnServer(rateLimitCheck, HERE, STATUS_FACTS, noUrl);
describeOnServer(loadSampleCheck, HERE, STATUS_FACTS, {
  ...noUrl,
  'too few requests': { ...HERE, requests: 49 },
  'too many at once': { ...HERE, concurrency: 100 },
});
describeOnServer(
  reachableCheck,
  { connection: 'api', targets: ['/', '/other'] },
  {
    timeout: 'a target that is silent is a fact',
    malformed: 'so is one that talks nonsense',
    unreachable: 'so is one that is away',
    ...STATUS_FACTS,
  },
  { 'an empty list': { targets: [] }, 'a single text': { targets: 'https://a.example' } },
);

describe('http.get', () => {
  it('gives status, headers, JSON, text and duration, and keeps cookies to itself', async () => {
    await using server = await webServer((_request, response) =>
      answer(response, 503, { status: 'ill' }, { 'set-cookie': 'session=abc' }),
    );
    const facts = await getCheck.run(context(server.url), getCheck.input.parse(HERE));
    expect(facts).toMatchObject({ status: 503, json: { status: 'ill' }, text: '{"status":"ill"}', truncated: false });
    expect(facts.headers).toMatchObject({ 'content-type': 'application/json', 'set-cookie': '[redacted]' });
    expect(facts.duration_ms).toBeGreaterThan(0);
  });

  it('a body without end is cut', async () => {
    await using server = await webServer((_request, response) => {
      const pour = (): void => {
        while (response.write('x'.repeat(65_536)));
        response.once('drain', pour);
      };
      pour();
    });
    const facts = await getCheck.run(context(server.url), getCheck.input.parse(HERE));
    expect(facts).toMatchObject({ status: 200, truncated: true });
    expect(facts.text).toHaveLength(65_536);
  });

  it('does not follow a redirect', async () => {
    await using server = await webServer((_request, response) =>
      answer(response, 302, '', { location: 'http://169.254.169.254/' }),
    );
    expect(await getCheck.run(context(server.url), getCheck.input.parse(HERE))).toMatchObject({ status: 302 });
  });

  it('the given authority is the only one it trusts', async () => {
    await using files = await authorityFiles();
    await using server = await secureServer(echo);
    const trusting = (ca_path?: string) =>
      getCheck.run(context(server.url, ca_path === undefined ? {} : { ca_path }), getCheck.input.parse(HERE));
    expect(await trusting(files.trusted)).toMatchObject({ status: 200 });
    for (const path of [files.another, undefined]) {
      expect(await failure(trusting(path))).toMatchObject({
        code: 'connector.unreachable',
        retry: 'never',
        facts: { effect: 'none' },
      });
    }
  });

  it.each([
    'http://127.0.0.1:1/',
    'http://localhost:1/',
    'http://10.0.0.1/',
    'http://[::1]:1/',
    'http://169.254.169.254/',
    'http://0x7f.1/',
    'http://[::ffff:127.0.0.1]/',
  ])('without a connection it does not call %s', async (url) => {
    const error = await failure(getCheck.run(testContext(), getCheck.input.parse({ url })));
    expect(error).toMatchObject({ code: 'connector.refused', message: expect.stringContaining('we may not call it') });
  });

  it('a link-local address is not called whatever the connection allows', async () => {
    const ctx = context('http://169.254.169.254');
    expect(codeOf(await failure(getCheck.run(ctx, getCheck.input.parse(HERE))))).toBe('connector.refused');
  });

  it.each(['file:///etc/passwd', 'ftp://a.example/', 'https://user:password@a.example/', '/health'])(
    '%s is no address to call',
    async (url) => {
      expect(codeOf(await failure(getCheck.run(testContext(), getCheck.input.parse({ url }))))).toBe('runbook.invalid');
    },
  );
});

describe('http.reachable', () => {
  it('says for each target whether it answers, and why not', async () => {
    await using up = await webServer((request, response) =>
      answer(response, request.url === '/broken' ? 502 : 404, {}),
    );
    const targets = ['/', '/broken', `127.0.0.1:${up.port}`, `127.0.0.1:${await closedPort()}`, '169.254.169.254:80'];
    const facts = await reachableCheck.run(context(up.url), { connection: 'api', targets });
    expect(facts.targets.map(({ ok, status }) => ({ ok, status }))).toEqual([
      { ok: true, status: 404 },
      { ok: false, status: 502 },
      { ok: true, status: undefined },
      { ok: false, status: undefined },
      { ok: false, status: undefined },
    ]);
    expect(facts.targets[4]?.reason).toContain('link-local');
  });
});

describe('http.redirects_to_https', () => {
  const prove = async (plain: RequestListener | undefined, headers: Record<string, string> = {}) => {
    await using files = await authorityFiles();
    await using secure = await secureServer((_request, response) => answer(response, 200, {}, headers));
    await using clear = await webServer(plain ?? echo);
    const plainUrl = plain === undefined ? `http://127.0.0.1:${await closedPort()}` : clear.url;
    const ctx = testContext({
      connections: {
        'http/api': { base_url: secure.url, ca_path: files.trusted, allow_private: true },
        'http/plain': { base_url: plainUrl, allow_private: true },
      },
    });
    return await redirectsToHttpsCheck.run(ctx, {
      url: `${secure.url}/`,
      plain_url: `${plainUrl}/`,
      connection: 'api',
      plain_connection: 'plain',
    });
  };
  const HSTS = { 'strict-transport-security': 'max-age=31536000; includeSubDomains' };

  it('VAL-20: a redirect to https, with HSTS, is enforcement', async () => {
    const facts = await prove(
      (_request, response) => answer(response, 308, '', { location: 'https://app.example/' }),
      HSTS,
    );
    expect(facts).toMatchObject({
      enforced: true,
      plain: 'redirects',
      plain_status: 308,
      https_status: 200,
      hsts: true,
      hsts_max_age: 31_536_000,
    });
  });

  it('VAL-20: nothing listening on the plain address is enforcement', async () => {
    expect(await prove(undefined)).toMatchObject({ enforced: true, plain: 'refuses', hsts: false, hsts_max_age: 0 });
  });

  it.each([
    ['a page', 200, {}],
    ['a log-in', 401, {}],
    ['a redirect to another plain address', 301, { location: 'http://app.example/' }],
    ['a relative redirect', 301, { location: '/home' }],
  ])('VAL-20: %s in the clear is not enforcement', async (_what, status, headers: Record<string, string>) => {
    expect(await prove((_request, response) => answer(response, status, {}, headers), HSTS)).toMatchObject({
      enforced: false,
      plain: 'serves',
    });
  });
});

describe('http.load_sample', () => {
  it('VAL-17, VAL-18: measures every request and counts the ones that failed', async () => {
    let calls = 0;
    let atOnce = 0;
    let atOnceMax = 0;
    await using server = await webServer((_request, response) => {
      calls += 1;
      atOnce += 1;
      atOnceMax = Math.max(atOnceMax, atOnce);
      const status = calls % 10 === 0 ? 500 : 200;
      setImmediate(() => {
        atOnce -= 1;
        if (calls === 7) response.destroy();
        else answer(response, status, {});
      });
    });
    const facts = await loadSampleCheck.run(
      context(server.url),
      loadSampleCheck.input.parse({ ...HERE, requests: 60, concurrency: 1 }),
    );
    expect(calls).toBe(61);
    expect(atOnceMax).toBe(1);
    expect(facts).toMatchObject({ requests: 60, errors: 1, server_errors: 6, statuses: { 200: 53, 500: 6 } });
    expect(facts.p50_ms).toBeGreaterThan(0);
    expect(facts.p95_ms).toBeGreaterThanOrEqual(facts.p50_ms);
    expect(facts.max_ms).toBeGreaterThanOrEqual(facts.p95_ms);
  });
});
