import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isTenantryError } from '@tenantry/contract';
import PostalMime from 'postal-mime';
import { describe, expect, it } from 'vitest';
import { mayHaveHappened, Secret, Unknown } from '../kit/index.ts';
import { type TestContextOptions, testContext } from '../kit/testing/context.ts';
import { type ActionWorld, describeAction, type FaultName } from '../kit/testing/contract-suite.ts';
import { type Disposables, disposables } from '../kit/testing/disposables.ts';
import { faultyServer } from '../kit/testing/faulty-server.ts';
import { startMailbox } from './mailbox.ts';
import { listMessages } from './mailbox-store.ts';
import { sendAction } from './send.ts';
import { faultyMailServer, keepingServer, smtpServer, temporaryFolder } from './testing/mail-servers.ts';

const canary = new Secret('canary-5f2d1c9be0a7');
const KEY = 'run/announce/1';
const CUT_OFF_MS = 200;
const templates = {
  'templates/go-live.md':
    '---\nsubject: "${{ tenant.slug }} is live, ${{ name }}"\n---\nHello ${{ name }},\n\n**log in** at ${{ link }}.\n',
};
const tenant = { id: '11111111-1111-4111-8111-111111111111', slug: 'acme' };
const contacts = { client_technical: 'tina@client.example' };
const input = sendAction.input.parse({
  to: 'client_technical',
  template: 'go-live',
  values: { name: 'Tina', link: 'https://acme.example/' },
});

type World = ActionWorld<typeof input, Awaited<ReturnType<typeof sendAction.apply>>['output']>;

const settings = (port: number, more: object = {}) => ({
  'smtp/default': {
    host: '127.0.0.1',
    port,
    from: 'Vendor <hello@vendor.example>',
    user: 'vendor',
    password: canary,
    ...more,
  },
});
const contextOn = (connections: object, more: TestContextOptions = {}) =>
  testContext({ key: KEY, templates, tenant, contacts, connections: { ...connections }, ...more });

/** What both worlds share: the faults. */
function faultsOn(more: object, stack: Disposables) {
  return async (name: FaultName) => {
    const server = stack.use(await faultyMailServer(name));
    const signal = name === 'timeout' ? { signal: AbortSignal.timeout(CUT_OFF_MS) } : {};
    return contextOn(settings(server.port, more), signal);
  };
}

const badInputs = {
  'values that are a list': { ...input, values: ['Tina'] },
  'no recipient': { ...input, to: [] },
  'a template that is a number': { ...input, template: 1 },
  'a member it does not know': { ...input, body: 'Hello' },
};

describeAction(sendAction, {
  on: 'the development mailbox',
  delivery: 'readback',
  adopts: false,
  badInputs,
  open: async (): Promise<World> => {
    const stack = disposables();
    const folder = stack.use(await temporaryFolder());
    const mailbox = stack.use(await startMailbox({ folder: folder.path }));
    const more = { mailbox: folder.path };
    return {
      input,
      canary,
      context: (key = KEY) => contextOn(settings(mailbox.port, more), { key }),
      snapshot: () => listMessages(folder.path),
      tamper: async () => {
        const [file] = (await readdir(folder.path)).filter((name) => name.endsWith('.eml'));
        const path = join(folder.path, file ?? '');
        await writeFile(path, (await readFile(path, 'utf8')).replaceAll('Tina', 'Mallory'));
      },
      fault: faultsOn(more, stack),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  },
});

describeAction(sendAction, {
  on: 'a plain SMTP server',
  delivery: 'unknown',
  adopts: false,
  cannotReadBack: 'SMTP has no way to ask for a message that was handed over',
  badInputs,
  open: async (): Promise<World> => {
    const stack = disposables();
    const kept: string[] = [];
    const server = stack.use(await keepingServer(kept));
    return {
      input,
      canary,
      context: (key = KEY) => contextOn(settings(server.port), { key }),
      snapshot: async () => [...kept],
      tamper: async () => undefined,
      fault: faultsOn({}, stack),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  },
});

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no failure',
    (error: unknown) => error,
  );
const codeOf = (error: unknown): string => (isTenantryError(error) ? error.code : String(error));

describe('email.send', () => {
  it('sends HTML and text, the subject filled in, to the contact of the role', async () => {
    const kept: string[] = [];
    await using server = await keepingServer(kept);
    const { output } = await sendAction.apply(contextOn(settings(server.port)), input);
    const mail = await PostalMime.parse(kept[0] ?? '');
    expect(mail).toMatchObject({
      subject: 'acme is live, Tina',
      from: { name: 'Vendor', address: 'hello@vendor.example' },
      to: [{ address: 'tina@client.example' }],
      messageId: output.message_id,
    });
    expect(mail.text).toContain('Hello Tina,');
    expect(mail.html).toContain('<strong>log in</strong>');
  });

  it.each(['SSO', 'Email+Password'])('IDN-40: says %s where the template asks how users log in', async (method) => {
    const kept: string[] = [];
    await using server = await keepingServer(kept);
    const asking = '---\nsubject: You are live\n---\nLogin method: ${{ tenant.login_method }} at ${{ tenant.slug }}\n';
    const context = contextOn(settings(server.port), {
      templates: { 'templates/go-live.md': asking },
      tenant: { ...tenant, texts: { login_method: method, slug: 'nobody else' } },
    });
    await sendAction.apply(context, input);
    const mail = await PostalMime.parse(kept[0] ?? '');
    expect(mail.text?.trim()).toBe(`Login method: ${method} at acme`);
  });

  it('what a client typed is neither markup in the body nor a header', async () => {
    const kept: string[] = [];
    await using server = await keepingServer(kept);
    const name = 'x\r\nBcc: everyone@client.example\r\n\r\n<b>bold</b> [click](https://evil.example)';
    await sendAction.apply(contextOn(settings(server.port)), { ...input, values: { ...input.values, name } });
    const mail = await PostalMime.parse(kept[0] ?? '');
    expect(mail.bcc).toBeUndefined();
    expect(mail.subject).toContain('Bcc: everyone@client.example');
    expect(mail.html).not.toMatch(/<b>|<a /);
  });

  it('PSEC-09: a mail that holds a live secret is not sent', async () => {
    const kept: string[] = [];
    await using server = await keepingServer(kept);
    const ctx = contextOn(settings(server.port), { liveSecrets: { 'password of the first admin': 'Tina' } });
    const error = await failure(sendAction.apply(ctx, input));
    expect(error).toMatchObject({
      code: 'vault.secret_in_message',
      message: expect.stringContaining('password of the first admin'),
    });
    expect(mayHaveHappened(error)).toBe(false);
    expect(kept).toEqual([]);
  });

  it('PSEC-09: not even the password of the mail server itself', async () => {
    await using server = await keepingServer([]);
    const values = { ...input.values, name: canary.reveal() };
    expect(codeOf(await failure(sendAction.apply(contextOn(settings(server.port)), { ...input, values })))).toBe(
      'vault.secret_in_message',
    );
  });

  it('PSEC-09: without a way to look for secrets nothing is sent at all', async () => {
    const kept: string[] = [];
    await using server = await keepingServer(kept);
    const { findSecrets: _, ...ctx } = contextOn(settings(server.port));
    expect(codeOf(await failure(sendAction.apply(ctx, input)))).toBe('internal.bug');
    expect(kept).toEqual([]);
  });

  it('a one-time link may be in the text, and nowhere else', async () => {
    const kept: string[] = [];
    await using server = await keepingServer(kept);
    const link = new Secret('https://vendor.example/reveal/3f9c2ab1');
    const values = { ...input.values, link };
    const ctx = contextOn(settings(server.port));
    const applied = await sendAction.apply(ctx, { ...input, values });
    expect((await PostalMime.parse(kept[0] ?? '')).text).toContain(link.reveal());
    expect(JSON.stringify([applied, ctx.logged, await sendAction.verify(ctx, input, applied)])).not.toContain(
      '3f9c2ab1',
    );
    const inSubject = { ...input, values: { ...values, name: link } };
    expect(codeOf(await failure(sendAction.apply(ctx, inSubject)))).toBe('runbook.invalid');
    expect(kept).toHaveLength(1);
  });

  it('PSEC-09: a secret that is no link is refused, however short, even where nothing else knows it', async () => {
    const kept: string[] = [];
    await using server = await keepingServer(kept);
    const values = { ...input.values, link: new Secret('pw1') };
    const error = await failure(sendAction.apply(contextOn(settings(server.port)), { ...input, values }));
    expect(error).toMatchObject({
      code: 'vault.secret_in_message',
      message: expect.stringContaining('the value "link"'),
    });
    expect(kept).toEqual([]);
  });

  it('an answer lost after the message went out is a doubt, and is not repeated', async () => {
    let sawMessage = false;
    await using server = await faultyServer({
      greeting: '220 here\r\n',
      onData: (socket, data) => {
        const text = data.toString('utf8');
        if (text.includes('\r\n.\r\n')) {
          sawMessage = true;
          socket.destroy();
        } else if (text.startsWith('EHLO')) socket.write('250 here\r\n');
        else if (text.startsWith('DATA')) socket.write('354 go ahead\r\n');
        else socket.write('250 ok\r\n');
      },
    });
    const connection = settings(server.port, { user: undefined, password: undefined });
    const error = await failure(sendAction.apply(contextOn(connection), input));
    expect(sawMessage).toBe(true);
    expect(error).toMatchObject({ retry: 'never', facts: { effect: 'possible' } });
  });

  it('a message the server refuses after it was sent has certainly not been taken', async () => {
    const refusing = Object.assign(new Error('not today'), { responseCode: 451 });
    await using server = await smtpServer({
      onData: (stream, _session, done) => {
        stream.resume().on('end', () => done(refusing));
      },
    });
    const error = await failure(sendAction.apply(contextOn(settings(server.port)), input));
    expect(error).toMatchObject({ code: 'connector.throttled', facts: { effect: 'none', reply: 451 } });
  });

  it('a wrong password is told apart from a refused message, and is not repeated', async () => {
    await using server = await smtpServer({ onAuth: (_auth, _session, done) => done(new Error('no')) });
    const error = await failure(sendAction.apply(contextOn(settings(server.port)), input));
    expect(error).toMatchObject({ code: 'connector.unauthorized', retry: 'never' });
  });

  it('a password never goes over an open line to another machine', async () => {
    const { connectionOptions } = await import('./settings.ts');
    const plain = { host: 'mail.example.com', port: 587, from: 'a@b.example' };
    expect(connectionOptions(plain)).toMatchObject({ requireTLS: true, ignoreTLS: false });
    expect(connectionOptions({ ...plain, host: '127.0.0.1' })).toMatchObject({ requireTLS: false });
  });

  it('every attempt under one key carries the same Message-ID, another key another', async () => {
    const kept: string[] = [];
    await using server = await keepingServer(kept);
    for (const key of [KEY, KEY, 'run/announce/2'])
      await sendAction.apply(contextOn(settings(server.port), { key }), input);
    const ids = await Promise.all(kept.map(async (raw) => (await PostalMime.parse(raw)).messageId));
    expect(ids[0]).toBe(ids[1]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  it.each([
    ['a role without a contact', { to: 'somebody' }],
    ['an address that is none', { to: 'tina@' }],
    ['a template that asks for more than is given', { values: { name: 'Tina' } }],
  ])('%s is refused in the plan already', async (_what, more) => {
    expect(codeOf(await failure(sendAction.plan(contextOn(settings(1)), { ...input, ...more })))).toBe(
      'runbook.invalid',
    );
  });

  it('a plan is made with a reference where the secret will be', async () => {
    const values = { ...input.values, link: { $secret: 'vault:9a1c' } };
    const { changes } = await sendAction.plan(contextOn(settings(1)), { ...input, values });
    expect(changes[0]?.name).toBe('acme is live, Tina to tina@client.example');
  });

  it('a plan names what is known and says what is not', async () => {
    const planned = { ...input, values: new Unknown('steps.tenant.output.name') };
    const { changes } = await sendAction.plan(contextOn(settings(1)), planned);
    expect(changes).toEqual([
      { verb: 'send', kind: 'e-mail', name: 'go-live to tina@client.example (text known after apply)' },
    ]);
  });
});
