import { describe, expect, it } from 'vitest';
import { problemIn, testServer } from './testing/test-server.ts';

describe('200', () => {
  it('TRB-21: shows the page a step names, with the sections it can be sent to', async () => {
    const { server } = await testServer();
    const page = await server.inject('/docs/troubleshooting/database.md');
    expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.body).toContain('<h2 id="postgresisolation">postgres.isolation</h2>');
    expect(page.body).toContain('href="#postgresrow_security"');
  });

  it('shows the guides they lead to, and allows no script', async () => {
    const { server } = await testServer();
    const page = await server.inject('/docs/guide/monitoring.md');
    expect(page.body).toContain('id="figures-of-a-tenant"');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  });
});

describe('404', () => {
  it.each([
    'troubleshooting/nothing.md',
    'troubleshooting/..%2f..%2fpackage.json',
    'decisions/0001-workspaces-and-packages.md',
    'troubleshooting/__proto__',
  ])('answers %s, which is no page', async (path) => {
    const { server } = await testServer();
    const response = await server.inject(`/docs/${path}`);
    expect([response.statusCode, problemIn(response).code]).toEqual([404, 'request.not_found']);
  });
});
