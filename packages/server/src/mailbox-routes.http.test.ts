import { rm } from 'node:fs/promises';
import { createTransport } from 'nodemailer';
import { afterAll, describe, expect, it } from 'vitest';
import { listMessages, startMailbox } from './connectors/email/index.ts';
import { makeTestDirectory } from './db/testing/index.ts';
import { problemIn, testServer } from './http/testing/test-server.ts';
import { mailboxRoutes } from './mailbox-routes.ts';

const folder = await makeTestDirectory();
let minute = 0;
const mailbox = await startMailbox({
  folder,
  clock: () => new Date(Date.UTC(2026, 10, 20, 9, minute++)),
});
afterAll(async () => {
  await mailbox[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const transport = createTransport({ host: '127.0.0.1', port: mailbox.port });
const HOSTILE = '<script>alert("1")</script>';
const LINK = 'https://tenantry.example/reveal#abc';

async function receive(message: object): Promise<string> {
  await transport.sendMail({ from: 'a@vendor.example', to: 'b@client.example', ...message });
  return (await listMessages(folder)).at(-1)?.id ?? '';
}

const LOCAL = { host: 'localhost:7400' };
const serving = async () => {
  const { server } = await testServer({ config: { trustProxy: ['127.0.0.1'] } });
  mailboxRoutes(server, { folder });
  return server;
};
const get = async (url: string) => (await serving()).inject({ url, headers: LOCAL });

describe('200', () => {
  it('says that there is no mail yet', async () => {
    expect((await get('/dev/mailbox')).body).toContain('No mail yet');
  });

  it('lists the newest first, with links that lead to the messages', async () => {
    for (const subject of ['First', 'Second']) await receive({ subject, text: `about ${subject}` });
    const page = await get('/dev/mailbox');
    const rows = [...page.body.matchAll(/href="(\/dev\/mailbox\/[^"]+)">([^<]+)</g)];
    expect(rows.map(([, , subject]) => subject)).toEqual(['Second', 'First']);
    const message = await get(rows[0]?.[1] ?? '');
    expect(message.body).toContain('about Second');
    expect(message.body).toContain('<dd>b@client.example</dd>');
    expect(message.body).not.toContain('<iframe');
  });

  it('pages a full mailbox without leaving a message out or repeating one', async () => {
    const { length } = await listMessages(folder);
    for (let sent = length; sent < 51; sent += 1) await receive({ subject: `n${sent}`, text: 'x' });
    const [first, last] = [await get('/dev/mailbox'), (await listMessages(folder))[1]?.id];
    expect(first.body.match(/<tr><td>/g)).toHaveLength(50);
    const older = /href="(\/dev\/mailbox\?before=[^"]+)"/.exec(first.body)?.[1] ?? '';
    expect(older).toContain(`before=${last}`);
    const second = await get(older);
    expect(second.body.match(/<tr><td>/g)).toHaveLength(1);
    expect(second.body).not.toContain('Older messages');
  });

  it('shows what a hostile sender wrote as text, with its addresses as links', async () => {
    const id = await receive({ subject: HOSTILE, text: `${HOSTILE} open ${LINK}. Or https://x.example/?a="b` });
    for (const url of ['/dev/mailbox', `/dev/mailbox/${id}`]) {
      const page = await get(url);
      expect(page.body).not.toContain('<script');
      expect(page.body).toContain('&lt;script&gt;');
      expect(page.headers['content-security-policy']).toContain("default-src 'none'");
      expect(page.headers['content-security-policy']).not.toContain('script-src');
    }
    expect((await get(`/dev/mailbox/${id}`)).body).toContain(
      `<a href="${LINK}" target="_blank" rel="noopener noreferrer">${LINK}</a>.`,
    );
  });

  it('shows the HTML of a message in a frame that runs no script, loads nothing and sends no form', async () => {
    const id = await receive({
      subject: 'HTML',
      text: 'plain',
      html: `<p>Welcome</p>${HOSTILE}<a href="${LINK}">go</a>`,
    });
    const page = await get(`/dev/mailbox/${id}`);
    expect(/<iframe sandbox="([^"]*)" src="([^"]*)"/.exec(page.body)?.slice(1)).toEqual([
      'allow-popups allow-popups-to-escape-sandbox',
      `/dev/mailbox/${id}/body`,
    ]);
    expect(page.headers['content-security-policy']).toContain("frame-src 'self'");
    const body = await get(`/dev/mailbox/${id}/body`);
    expect(body.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(body.headers['content-security-policy']).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox",
    );
    expect(body.body).toContain('<base target="_blank"><p>Welcome</p>');
  });

  it.each(['127.0.0.1:7400', '[::1]:7400', 'tenantry.localhost'])(
    'answers this machine under the name %s',
    async (host) => {
      const server = await serving();
      expect((await server.inject({ url: '/dev/mailbox', headers: { host } })).statusCode).toBe(200);
    },
  );
});

describe('404', () => {
  it.each(['absent', '..%2f..%2fetc%2fpasswd', '000000000000000-0-00000000000000000000000000000000'])(
    'answers %s, which is no message',
    async (id) => {
      for (const url of [`/dev/mailbox/${id}`, `/dev/mailbox/${id}/body`]) {
        const response = await get(url);
        expect([response.statusCode, problemIn(response).code]).toEqual([404, 'request.not_found']);
      }
    },
  );

  it.each([
    ['another machine', '10.0.0.9', { host: 'localhost' }],
    ['another machine that claims to be this one', '10.0.0.9', { host: 'localhost', 'x-forwarded-for': '127.0.0.1' }],
    ['a host name that somebody pointed at this machine', '127.0.0.1', { host: 'rebound.example:7400' }],
    ['a host name that only begins like this machine', '127.0.0.1', { host: 'localhost.rebound.example' }],
    ['a proxy on this machine', '127.0.0.1', { host: 'localhost:7400', 'x-forwarded-for': '10.0.0.9' }],
    ['a proxy on this machine by the standard', '127.0.0.1', { host: 'localhost:7400', forwarded: 'for=10.0.0.9' }],
  ])('shows nothing to %s', async (_what, remoteAddress, headers) => {
    const server = await serving();
    const id = await receive({ subject: 'Private', text: 'secret', html: '<p>secret</p>' });
    for (const url of ['/dev/mailbox', `/dev/mailbox/${id}`, `/dev/mailbox/${id}/body`]) {
      const response = await server.inject({ url, remoteAddress, headers });
      expect(response.statusCode).toBe(404);
      expect(response.body).not.toMatch(/secret|Private/);
    }
  });
});
