import { randomBytes, randomUUID } from 'node:crypto';
import PostalMime from 'postal-mime';
import { describe, expect, it } from 'vitest';
import { keepingServer, smtpServer } from '../connectors/email/testing/mail-servers.ts';
import { Secret } from '../connectors/kit/index.ts';
import { closedPort } from '../connectors/kit/testing/faulty-server.ts';
import { cloneDatabase } from '../db/testing/index.ts';
import { migrateQueue } from '../engine/index.ts';
import { act, makeTenant, NOW, operator, reader, storeCutlist } from '../tenants/testing/registry.ts';
import { createKeyring, openSecret, revokeEntry, sealSecret, type VaultCtx } from '../vault/index.ts';
import { TEMPLATES } from './compose.ts';
import {
  enqueueMail,
  listMail,
  type Mail,
  type MailTransport,
  retryMail,
  sendMail,
  smtpServerOf,
  smtpTransport,
  sweepMail,
} from './index.ts';

const { name, database, asSuperuser, connection } = await cloneDatabase();
// A cloned database loses what the template granted on itself.
await asSuperuser(`grant create on database ${name} to tenantry_owner`);
await migrateQueue(connection);
await storeCutlist(database);
const keyring = createKeyring({ current: 'k1', keys: { k1: new Secret(randomBytes(32).toString('base64')) } });
const { tenant } = await makeTenant(database);
const doing = <T>(fn: (ctx: VaultCtx) => Promise<T>, now = NOW): Promise<T> =>
  act(database)((ctx) => fn({ ...ctx, keyring }), { now });

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const later = (ms: number): Date => new Date(NOW.getTime() + ms);

const VALUES: Mail['values'] = {
  name: 'Ann',
  email: 'ann@acme.example',
  new_email: 'ann.new@acme.example',
  inviter: 'Dana',
  by: 'Dana',
  site: 'https://tenantry.example',
  run: 'Onboarding of Acme',
  id: 'run_1',
  step: 'Look at it',
  since: '2026-11-20T09:00:00.000Z',
  waiting_for: 'an answer',
  role: 'Lead',
  rung: '1',
  reason: 'r',
  access: 'Nobody can log in.',
  from: 'starter',
  to: 'free',
  changes: 'users: 5',
  days: '7 days',
  ends: '2026-12-01',
  deletion: 'It is deleted.',
  export: 'https://id.example/export',
  tenant: 'Acme',
  product: 'CutListCreator',
  support: 'help@vendor.example',
  log_in: 'https://id.example/acme',
  expires: '2026-12-04 09:00 UTC',
  findings: '#1 Error rate: 2 %',
  invoices: 'TN-1: 49.00 EUR',
  follows: 'It is suspended then.',
  next: 'tenantry billing show shop',
  asked_by: 'Ann',
  meter: 'projects',
  used: '8',
  limit: '10',
  state: 'four fifths of it are used',
  subject: 'Asked of you',
  roles: 'Lead',
  runbook: 'Enterprise onboarding',
  version: '1.0',
  due: '2027-02-20',
  asks: [
    { title: 'Look', kind: 'a task', role: 'Lead', due: '', text: '[x](https://evil.example)', how: '' },
    { title: 'Sign', kind: 'a sign-off', role: 'Lead', due: '', text: 'It is fine', how: '' },
  ],
  notices: [{ text: 'Phase "Set-up" is done.', at: '2026-11-20 09:00 UTC' }],
  client: 'Acme Ltd',
  title: 'Acceptance',
  text: 'Which port?',
  who: 'Ann',
  signed_name: 'Ann A.',
  statement: 'It works as agreed',
  signed_at: '2026-11-20T09:00:00.000Z',
  parts: 'Report (SHA-256 5e1c)',
  hash: '5e1c0f3bb7d24a0a8d3f5f0a6b1e4c9d7a2f8e6b3c5d1a0f9e8d7c6b5a493827',
  portal: 'https://tenantry.example/portal',
};

const LINK = 'https://id.example/invite#s3cret-t0ken';

/** An invitation, with its link sealed as identity seals it. */
async function write(overrides: Partial<Mail> = {}, at = NOW) {
  const key = randomUUID();
  const link = await doing(async (ctx) => {
    const { ref } = await sealSecret(ctx, {
      tenantId: tenant.id,
      label: 'invitation',
      secret: new Secret(LINK),
      owner: { kind: 'user', id: randomUUID() },
      kind: 'link',
    });
    const mail = { tenantId: tenant.id, to: 'ann@acme.example', template: 'invitation', key } as const;
    await enqueueMail(ctx, { ...mail, values: { ...VALUES, link: ref }, ...overrides });
    return ref;
  }, at);
  const [row] = await asSuperuser<{ id: string }>('select id from tenantry.mail_outbox where key = $1', [key]);
  return { id: row?.id ?? '', key, link };
}

const rowOf = async (id: string) =>
  (await asSuperuser<Record<string, unknown>>('select * from tenantry.mail_outbox where id = $1', [id]))[0];

const jobsOf = async (id: string) =>
  asSuperuser<{ run_at: Date }>('select run_at from graphile_worker.jobs where key = $1', [`mail:${id}`]);

const send = (id: string, transport: MailTransport | undefined, now = NOW) =>
  sendMail(
    {
      database,
      transport,
      now: () => now,
      openLink: (ctx, ref, tenantId) =>
        openSecret({ ...ctx, keyring }, ref, {
          purpose: 'send a mail',
          ...(tenantId === null ? {} : { within: { tenantId } }),
        }),
    },
    id,
  );

const through = (port: number): MailTransport =>
  smtpTransport({ host: '127.0.0.1', port, from: 'CutListCreator <no-reply@vendor.example>' });

describe('a mail', () => {
  it('is sent by a real mail server with its link opened, once', async () => {
    const kept: string[] = [];
    await using server = await keepingServer(kept);
    const { id } = await write();
    await send(id, through(server.port));
    await send(id, through(server.port));
    expect(kept).toHaveLength(1);
    const message = await PostalMime.parse(kept[0] ?? '');
    expect(message.subject).toBe('You are invited to CutListCreator by Acme');
    expect(message.to?.[0]?.address).toBe('ann@acme.example');
    expect(message.text).toContain(LINK);
    expect(message.html).toContain(`href="${LINK}"`);
    expect(await rowOf(id)).toMatchObject({ status: 'sent', attempts: 1, content: {} });
  });

  it('has its link sealed while it waits, and in no job', async () => {
    const { id } = await write();
    expect(JSON.stringify(await rowOf(id))).not.toContain('s3cret');
    const jobs = await asSuperuser('select payload from graphile_worker._private_jobs where key = $1', [`mail:${id}`]);
    expect(jobs).toEqual([{ payload: { mail: id } }]);
  });

  it('is there exactly when what it tells of is', async () => {
    const key = randomUUID();
    const undone = doing(async (ctx) => {
      await enqueueMail(ctx, { tenantId: tenant.id, to: 'a@b.example', template: 'welcome', values: VALUES, key });
      throw new Error('the transaction failed');
    });
    await expect(undone).rejects.toThrow('the transaction failed');
    expect(await asSuperuser('select id from tenantry.mail_outbox where key = $1', [key])).toEqual([]);
  });

  it('under one key is written once', async () => {
    const { key } = await write();
    const mail = { tenantId: tenant.id, to: 'a@b.example', template: 'welcome', values: VALUES, key } as const;
    await doing((ctx) => enqueueMail(ctx, mail));
    expect(await asSuperuser('select recipient from tenantry.mail_outbox where key = $1', [key])).toEqual([
      { recipient: 'ann@acme.example' },
    ]);
  });

  it.each(['ann', 'ann@acme.example, eve@evil.example', 'a@b.example\r\nBcc: eve@evil.example'])(
    'to %j is not written',
    async (to) => {
      const mail = { tenantId: tenant.id, to, template: 'welcome', values: VALUES, key: randomUUID() } as const;
      await expect(doing((ctx) => enqueueMail(ctx, mail))).rejects.toThrow(
        expect.objectContaining({ code: 'request.invalid' }),
      );
    },
  );

  it.each(TEMPLATES)('%s can be filled in, and a name with markup in it stays a name', async (template) => {
    const kept: string[] = [];
    await using server = await keepingServer(kept);
    const name = '<b>Ann</b>\r\nBcc: eve@evil.example [x](https://evil.example)';
    const { id } = await write({ template, values: { ...VALUES, name, link: LINK } });
    await send(id, through(server.port));
    const message = await PostalMime.parse(kept[0] ?? '');
    expect(message.bcc).toBeUndefined();
    expect(message.html).not.toContain('<b>Ann</b>');
    expect(message.html).not.toContain('href="https://evil.example"');
  });
});

describe('the colour of the tenant', () => {
  it.each([
    ['#1f4e79', true],
    ['red; background: url(https://evil.example)', false],
    ['#1F4E79"><b>', false],
  ])('LIFE-26: %s frames the mail: %s', async (color, framed) => {
    const kept: string[] = [];
    await using server = await keepingServer(kept);
    const { id } = await write({ template: 'welcome', values: { ...VALUES, brand_color: color } });
    await send(id, through(server.port));
    const { html = '' } = await PostalMime.parse(kept[0] ?? '');
    expect(html.includes(`border-top: 6px solid ${color}`)).toBe(framed);
    expect(html).not.toContain('evil.example');
  });
});

describe('a mail server that is down', () => {
  it('loses nothing: the mail waits, is tried again for days, and goes out when the server is back', async () => {
    const { id } = await write();
    const down = through(await closedPort());
    await send(id, down);
    expect(await rowOf(id)).toMatchObject({
      status: 'waiting',
      attempts: 1,
      next_attempt_at: later(MINUTE),
      last_error: expect.stringContaining('ECONNREFUSED'),
    });
    expect((await jobsOf(id)).map(({ run_at }) => run_at)).toEqual([later(MINUTE)]);
    await send(id, down, later(MINUTE));
    await send(id, down, later(3 * MINUTE));
    const kept: string[] = [];
    await using server = await keepingServer(kept);
    await send(id, through(server.port), later(3 * DAY));
    expect(kept).toHaveLength(1);
    expect(await rowOf(id)).toMatchObject({ status: 'sent', attempts: 4, last_error: null });
  });

  it('is asked no sooner than it is time', async () => {
    const { id } = await write();
    await send(id, through(await closedPort()));
    const kept: string[] = [];
    await using server = await keepingServer(kept);
    await send(id, through(server.port), later(MINUTE - 1));
    expect(kept).toEqual([]);
  });

  it('for five days is given up on, with the fault shown, and the mail can be tried again by hand', async () => {
    const { id } = await write();
    await send(id, through(await closedPort()), later(5 * DAY));
    expect(await rowOf(id)).toMatchObject({ status: 'given_up' });
    const listed = await doing(({ tx }) => listMail(tx, tenant.id, 500));
    expect(listed.find((mail) => mail.id === id)).toMatchObject({ lastError: expect.stringContaining('ECONNREFUSED') });
    const retry = () => doing((ctx) => retryMail(ctx, tenant.id, id), later(6 * DAY));
    expect([await retry(), await retry()]).toEqual([true, false]);
    const kept: string[] = [];
    await using server = await keepingServer(kept);
    await send(id, through(server.port), later(6 * DAY));
    expect(kept).toHaveLength(1);
  });

  it('no server at all is a server that is down', async () => {
    const { id } = await write();
    await send(id, undefined);
    expect(await rowOf(id)).toMatchObject({ status: 'waiting', last_error: 'no mail server is configured' });
  });

  it.each([
    ['refuses the log-in', 535, 'waiting'],
    ['asks to come back', 451, 'waiting'],
    ['does not know the recipient', 550, 'given_up'],
  ])('that %s leaves the mail %s', async (_what, responseCode, status) => {
    await using server = await smtpServer({
      onRcptTo: (_address, _session, done) =>
        responseCode === 535 ? done(null) : done(Object.assign(new Error('no'), { responseCode })),
      onMailFrom: (_address, _session, done) =>
        responseCode === 535 ? done(Object.assign(new Error('no'), { responseCode })) : done(null),
    });
    const { id } = await write();
    await send(id, through(server.port));
    expect(await rowOf(id)).toMatchObject({ status });
  });
});

describe('two processes', () => {
  it('send a mail once', async () => {
    const kept: string[] = [];
    await using server = await keepingServer(kept);
    const { id } = await write();
    await Promise.all([send(id, through(server.port)), send(id, through(server.port))]);
    expect(kept).toHaveLength(1);
  });

  it('one that died in the middle leaves the mail to a sweep, and to another after its claim has passed', async () => {
    const { id } = await write();
    const dies: MailTransport = { from: 'a@b.example', send: () => new Promise(() => undefined) };
    void send(id, dies);
    await expect.poll(async () => (await rowOf(id))?.attempts).toBe(1);
    await asSuperuser("select graphile_worker.remove_job('mail:' || $1)", [id]);
    await sweepMail(database, later(2 * MINUTE));
    expect(await jobsOf(id)).toEqual([]);
    await sweepMail(database, later(7 * MINUTE));
    expect(await jobsOf(id)).toHaveLength(1);
    const kept: string[] = [];
    await using server = await keepingServer(kept);
    await send(id, through(server.port), later(7 * MINUTE));
    expect(kept).toHaveLength(1);
  });
});

it('a mail whose link has ended is withdrawn', async () => {
  const { id, link } = await write();
  await doing((ctx) => revokeEntry(ctx, link, 'used'));
  const kept: string[] = [];
  await using server = await keepingServer(kept);
  await send(id, through(server.port));
  expect(kept).toEqual([]);
  expect(await rowOf(id)).toMatchObject({ status: 'withdrawn' });
});

it('mails of one tenant are not seen by another, nor tried again by who may only read', async () => {
  const { id } = await write();
  const { tenant: other } = await makeTenant(database);
  expect(await doing((ctx) => retryMail(ctx, other.id, id))).toBe(false);
  const seen = await database.tenantTransaction(other.id, (tx) => tx.query('select id from mail_outbox'));
  expect(seen.rows).toEqual([]);
  const refused = act(database)((ctx) => retryMail(ctx, tenant.id, id), { actor: reader });
  await expect(refused).rejects.toThrow(expect.objectContaining({ code: 'access.forbidden' }));
  expect(operator.scopes).toContain('tenants:write');
});

it.each([
  ['smtp://mail.example', { host: 'mail.example', port: 587, secure: false }],
  ['smtps://mail.example', { host: 'mail.example', port: 465, secure: true }],
  ['smtp://ann%40b:p%2Fw@[::1]:25', { host: '::1', port: 25, user: 'ann@b' }],
])('%s names a server', (address, expected) => {
  expect(smtpServerOf(new Secret(address), 'a@b.example')).toMatchObject(expected);
});
