import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveConsole } from './console-pages.ts';
import { makeTestDirectory } from './db/testing/index.ts';
import { problemIn, testServer } from './http/testing/test-server.ts';

const folder = await makeTestDirectory();
const PAGE = `<html><head><meta property="csp-nonce" nonce="NONCE_OF_THIS_PAGE"><base href="/x/"><meta name="tenantry-mode" content="production"></head></html>`;

beforeAll(async () => {
  await mkdir(join(folder, 'assets'));
  const files = {
    'index.html': PAGE,
    'portal.html': PAGE.replace('</head>', '<title>Portal</title></head>'),
    'icon.svg': '<svg/>',
    'assets/app-abc.js': 'start()',
    'assets/check-worker-abc.js': 'check()',
    '.sources': 'secret',
    'manifest.json': JSON.stringify({
      'index.html': { file: 'assets/app-abc.js', dynamicImports: ['src/later.tsx'] },
      'src/later.tsx': { file: 'assets/later-abc.js', imports: ['index.html'], css: ['assets/later-abc.css'] },
      'portal.html': { file: 'assets/portal-abc.js' },
    }),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
});
afterAll(() => rm(folder, { recursive: true }));

async function get(url: string, { development = false, publicUrl = 'https://tenantry.example/base' } = {}) {
  const { server } = await testServer();
  serveConsole(server, { development, publicUrl, folder });
  return server.inject({ url, headers: { 'accept-encoding': 'gzip, br' } });
}

describe('200', () => {
  it('answers the page under every address of its own, where the installation is served', async () => {
    for (const url of ['/console/', '/console/runs/run_1?step=x', '/console/index.html', '/console/../console/']) {
      const page = await get(url);
      expect([url, page.statusCode]).toEqual([url, 200]);
      expect(page.body).toContain('<base href="/base/console/"');
      expect(page.body).toContain('content="production"');
      expect(page.headers['cache-control']).toBe('no-store');
    }
    expect((await get('/portal/x')).body).toContain('<title>Portal</title>');
    expect((await get('/console/', { development: true })).body).toContain('content="development"');
  });

  it('gives each page a nonce of its own, and lets nothing run that is no file of this server', async () => {
    const [first, second] = [await get('/console/'), await get('/console/')];
    const nonceOf = (page: typeof first) => /nonce="([^"]+)"/.exec(page.body)?.[1];
    expect(nonceOf(first)).not.toBe(nonceOf(second));
    const policy = String(first.headers['content-security-policy']);
    expect(policy).toContain(`style-src 'self' 'nonce-${nonceOf(first)}'`);
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toContain('unsafe');
  });

  it('gives each page a worker that keeps its own files and no others, under a policy of its own', async () => {
    const [console_, portal] = [await get('/console/sw.js'), await get('/portal/sw.js')];
    expect(console_.headers).toMatchObject({
      'cache-control': 'no-cache',
      'content-type': expect.stringContaining('javascript'),
    });
    expect(console_.headers['content-security-policy']).toBe("default-src 'none'; connect-src 'self'");
    const filesOf = (text: string): unknown => JSON.parse(/^const FILES = (.+);$/m.exec(text)?.[1] ?? 'null');
    expect(filesOf(console_.body)).toEqual(['assets/app-abc.js', 'assets/later-abc.css', 'assets/later-abc.js']);
    expect(filesOf(portal.body)).toEqual(['assets/portal-abc.js']);
    expect(/RELEASE = (.+);/.exec(console_.body)?.[1]).not.toBe(/RELEASE = (.+);/.exec(portal.body)?.[1]);
  });

  it('keeps what is named by its content for ever, packed, and eval to the worker that checks intake', async () => {
    const script = await get('/console/assets/app-abc.js');
    expect(gunzipSync(script.rawPayload).toString()).toBe('start()');
    expect(script.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'text/javascript; charset=utf-8',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
    const worker = await get('/console/assets/check-worker-abc.js');
    expect(worker.headers['content-security-policy']).toBe("default-src 'none'; script-src 'self' 'unsafe-eval'");
  });
});

describe('308', () => {
  it('leads from the name without a slash to the page', async () => {
    const answer = await get('/console');
    expect([answer.statusCode, answer.headers.location]).toEqual([308, '/base/console/']);
  });
});

describe('404', () => {
  it.each(['/console/assets/gone-1.js', '/console/assets/..%2f.sources'])('%s is no page', async (url) => {
    const answer = await get(url);
    expect([answer.statusCode, problemIn(answer).code]).toEqual([404, 'request.not_found']);
  });

  it('hands out nothing but files of the bundle', async () => {
    for (const url of ['/console/.sources', '/console/%2e%2e%2fpackage.json', '/console/../../package.json']) {
      const answer = await get(url);
      expect(answer.body).not.toContain('secret');
      expect(answer.body).not.toContain('"name"');
    }
  });
});

describe('503', () => {
  it('says how to build what is not built', async () => {
    const { server } = await testServer();
    serveConsole(server, { development: true, publicUrl: 'http://localhost', folder: join(folder, 'nowhere') });
    const answer = await server.inject('/console/');
    expect(answer.statusCode).toBe(503);
    expect(answer.body).toContain('npm run build');
  });
});
