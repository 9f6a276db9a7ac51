import { ERROR_CODES } from '@tenantry/contract';
import { describe, expect, it } from 'vitest';
import { problemIn, testServer } from './testing/test-server.ts';

describe('200', () => {
  it('shows the page that the type of a problem names', async () => {
    const { server } = await testServer();
    const problem = problemIn(await server.inject('/api/v1/nothing'));
    const page = await server.inject(new URL(problem.type).pathname);
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.body).toContain('request.not_found');
  });

  it('renders the Markdown of the documentation', async () => {
    const { server } = await testServer();
    const page = await server.inject('/errors/access.email_taken');
    expect(page.body).toContain('<h1>access.email_taken</h1>');
    expect(page.body).toContain('<strong>What to do.</strong>');
  });

  it('has a page for every code there is', async () => {
    const { server } = await testServer();
    for (const code of Object.keys(ERROR_CODES)) {
      const page = await server.inject(`/errors/${code}`);
      expect([code, page.statusCode, page.body.includes(`<h1>${code}</h1>`)]).toEqual([code, 200, true]);
    }
  });

  it('allows its one style and no script', async () => {
    const { server } = await testServer();
    const page = await server.inject('/errors/request.invalid');
    expect(page.headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
  });
});

describe('404', () => {
  it.each(['moon.full', '..%2f..%2fpackage', 'constructor', '__proto__', 'request.invalid.md'])(
    'answers %s, which is no code',
    async (code) => {
      const { server } = await testServer();
      const response = await server.inject(`/errors/${code}`);
      expect(response.statusCode).toBe(404);
      expect(problemIn(response).code).toBe('request.not_found');
    },
  );
});
