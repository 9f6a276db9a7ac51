import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { describe, expect, it } from 'vitest';
import { disposables } from '../kit/testing/disposables.ts';
import { findByMessageId, listMessages, type MailboxOptions, openMessage, startMailbox } from './index.ts';
import { temporaryFolder } from './testing/mail-servers.ts';

const NOW = new Date('2026-11-20T09:00:00Z');

const send = async (port: number, subject: string, more: object = {}): Promise<string> => {
  const transport = createTransport({ host: '127.0.0.1', port });
  const { messageId } = await transport.sendMail({
    from: 'a@vendor.example',
    to: 'b@client.example',
    subject,
    text: `about ${subject}`,
    ...more,
  });
  return messageId;
};
const open = async (options: Partial<MailboxOptions> = {}) => {
  const stack = disposables();
  const folder = stack.use(await temporaryFolder());
  const mailbox = stack.use(await startMailbox({ folder: folder.path, clock: () => NOW, ...options }));
  return { folder: folder.path, port: mailbox.port, [Symbol.asyncDispose]: () => stack.disposeAsync() };
};
const subjectsIn = async (folder: string): Promise<string[]> =>
  (await listMessages(folder)).map((message) => message.subject);

describe('the development mailbox', () => {
  it('keeps what it is given, and finds it by Message-ID', async () => {
    await using box = await open();
    const id = await send(box.port, 'Grüße');
    expect(await findByMessageId(box.folder, id)).toMatchObject({
      messageId: id,
      from: 'a@vendor.example',
      to: ['b@client.example'],
      subject: 'Grüße',
      text: expect.stringContaining('about Grüße'),
      receivedAt: NOW.toISOString(),
    });
    expect(await findByMessageId(box.folder, '<another@vendor.example>')).toBeUndefined();
  });

  it('lists oldest first, also messages of the same millisecond sent at once', async () => {
    await using box = await open();
    for (const subject of ['one', 'two']) await send(box.port, subject);
    await Promise.all(['three', 'four'].map((subject) => send(box.port, subject)));
    const subjects = await subjectsIn(box.folder);
    expect(subjects.slice(0, 2)).toEqual(['one', 'two']);
    expect(subjects.slice(2).sort()).toEqual(['four', 'three']);
  });

  it('shows a message that arrived twice as two', async () => {
    await using box = await open();
    for (const _ of [1, 2]) await send(box.port, 'again', { messageId: '<same@vendor.example>' });
    expect(await subjectsIn(box.folder)).toEqual(['again', 'again']);
  });

  it('drops the oldest when it is full', async () => {
    await using box = await open({ limits: { messagesMax: 2 } });
    const first = await send(box.port, 'one');
    for (const subject of ['two', 'three']) await send(box.port, subject);
    expect(await subjectsIn(box.folder)).toEqual(['two', 'three']);
    expect(await findByMessageId(box.folder, first)).toBeUndefined();
    expect((await readdir(box.folder)).filter((name) => name.endsWith('.eml'))).toHaveLength(2);
  });

  it('refuses a message that is too large, and goes on', async () => {
    await using box = await open({ messageBytesMax: 2_000 });
    await expect(send(box.port, 'large', { text: 'x'.repeat(10_000) })).rejects.toMatchObject({ responseCode: 552 });
    await send(box.port, 'small');
    expect(await subjectsIn(box.folder)).toEqual(['small']);
  });

  it('a message whose index was lost is found at once, and listed again after a start', async () => {
    await using box = await open();
    const id = await send(box.port, 'kept');
    await rm(join(box.folder, 'index.json'));
    expect(await findByMessageId(box.folder, id)).toMatchObject({ subject: 'kept' });
    await using _again = await startMailbox({ folder: box.folder });
    expect(await subjectsIn(box.folder)).toEqual(['kept']);
  });

  it('an id is never a path', async () => {
    await using box = await open();
    expect(await openMessage(box.folder, '../../etc/passwd')).toBeUndefined();
  });

  it('a folder that does not exist is an empty mailbox', async () => {
    expect(await listMessages('/nonexistent/mailbox')).toEqual([]);
    expect(await findByMessageId('/nonexistent/mailbox', '<a@b.example>')).toBeUndefined();
  });
});
