import { describe, expect, it } from 'vitest';
import { serveConsole } from './console-pages.ts';
import { testServer } from './http/testing/test-server.ts';
import { mailboxRoutes } from './mailbox-routes.ts';
import { serveStartPage } from './start-page.ts';

const serving = async (development: boolean) => {
  const { server } = await testServer();
  serveStartPage(server, { development });
  serveConsole(server, { development, publicUrl: 'https://tenantry.example', folder: '/nonexistent/console' });
  if (development) mailboxRoutes(server, { folder: '/nonexistent/mailbox' });
  return server;
};

describe('200', () => {
  it.each([
    [true, ['/console/', '/api/docs', '/dev/mailbox', '/api/v1/health']],
    [false, ['/console/', '/api/docs', '/api/v1/health']],
  ])('says what answers here; with development %s every link leads somewhere', async (development, links) => {
    const server = await serving(development);
    const page = await server.inject('/');
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
    const found = [...page.body.matchAll(/href="([^"]+)"/g)].map(
      ([, href = '']) => new URL(href, 'http://x/').pathname,
    );
    expect(found).toEqual(links);
    for (const link of found) {
      const { statusCode } = await server.inject({ url: link, headers: { host: 'localhost' } });
      // The test server has no database, so health says so; nor has it a bundle, so the console does.
      expect([link, statusCode]).toEqual([link, /health|console/.test(link) ? 503 : 200]);
    }
    expect(page.body.includes('development installation')).toBe(development);
  });
});
