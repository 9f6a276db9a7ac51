/**
 * The messages of the development mailbox as files: one `.eml` each and `index.json` for listing. A file's
 * name ends in the mark of its Message-ID, so whether a message arrived can be asked of the folder alone,
 * also while the mailbox is not running and by another process.
 */
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import PostalMime, { type Email } from 'postal-mime';
import { z } from 'zod';
import { markOf, sha256 } from '../kit/index.ts';

const storedMessage = z.object({
  /** File name without its ending. */
  id: z.string(),
  messageId: z.string(),
  from: z.string(),
  to: z.array(z.string()),
  subject: z.string(),
  /** ISO 8601. */
  receivedAt: z.string(),
  bytes: z.number(),
  sha256: z.string(),
});

export type StoredMessage = z.infer<typeof storedMessage>;

export interface OpenedMessage extends StoredMessage {
  readonly text: string;
  readonly html: string;
  readonly raw: Buffer;
}

export interface MailboxLimits {
  readonly messagesMax: number;
  readonly bytesMax: number;
}

const INDEX = 'index.json';
const ENDING = '.eml';
const ID = /^\d{15}-\d+-[0-9a-f]{32}$/;

/** Oldest first; empty when nothing has arrived yet. */
export async function listMessages(folder: string): Promise<StoredMessage[]> {
  const text = await readIfThere(join(folder, INDEX));
  return text === undefined ? [] : z.array(storedMessage).parse(JSON.parse(text.toString('utf8')));
}

/** The message of this Message-ID, angle brackets included; the first where it arrived more than once. */
export async function findByMessageId(folder: string, messageId: string): Promise<OpenedMessage | undefined> {
  const ending = `-${markOf(messageId)}${ENDING}`;
  const [file] = (await filesOf(folder)).filter((name) => name.endsWith(ending));
  return file === undefined ? undefined : openMessage(folder, file.slice(0, -ENDING.length));
}

/** One message with its parsed bodies; undefined when there is none of that id. */
export async function openMessage(folder: string, id: string): Promise<OpenedMessage | undefined> {
  if (!ID.test(id)) return undefined;
  const raw = await readIfThere(join(folder, `${id}${ENDING}`));
  if (raw === undefined) return undefined;
  const email = await PostalMime.parse(raw);
  return { ...describe(id, raw, email), text: email.text ?? '', html: email.html ?? '', raw };
}

function describe(id: string, raw: Buffer, email: Email): StoredMessage {
  return {
    id,
    messageId: email.messageId ?? '',
    from: email.from?.address ?? '',
    to: (email.to ?? []).flatMap((mailbox) => mailbox.address ?? []),
    subject: email.subject ?? '',
    receivedAt: new Date(Number(id.slice(0, 15))).toISOString(),
    bytes: raw.length,
    sha256: sha256(raw),
  };
}

/** Keeps a message. When this returns it is on the disk: file first, then the index. */
export async function storeMessage(
  folder: string,
  raw: Buffer,
  at: Date,
  limits: MailboxLimits,
): Promise<StoredMessage> {
  await mkdir(folder, { recursive: true });
  const index = await listMessages(folder);
  const email = await PostalMime.parse(raw);
  const last = index.at(-1)?.id ?? '';
  const time = String(at.getTime()).padStart(15, '0');
  const sequence = last.startsWith(`${time}-`) ? Number(last.split('-')[1]) + 1 : 0;
  const id = `${time}-${sequence}-${markOf(email.messageId ?? '')}`;
  await writeWhole(join(folder, `${id}${ENDING}`), raw);
  const message = describe(id, raw, email);
  await writeIndex(folder, await withinLimits(folder, [...index, message], limits));
  return message;
}

/** Brings the index in line with the files, after a crash between the two. */
export async function repairIndex(folder: string, limits: MailboxLimits): Promise<void> {
  await mkdir(folder, { recursive: true });
  const messages: StoredMessage[] = [];
  for (const file of await filesOf(folder)) {
    const opened = await openMessage(folder, file.slice(0, -ENDING.length));
    if (opened === undefined) continue;
    const { text: _text, html: _html, raw: _raw, ...message } = opened;
    messages.push(message);
  }
  await writeIndex(folder, await withinLimits(folder, messages, limits));
}

/** Drops the oldest until count and size fit; the newest always stays. */
async function withinLimits(
  folder: string,
  messages: readonly StoredMessage[],
  limits: MailboxLimits,
): Promise<StoredMessage[]> {
  const kept = [...messages];
  let bytes = kept.reduce((sum, message) => sum + message.bytes, 0);
  while (kept.length > 1 && (kept.length > limits.messagesMax || bytes > limits.bytesMax)) {
    const oldest = kept.shift();
    if (oldest === undefined) break;
    bytes -= oldest.bytes;
    await rm(join(folder, `${oldest.id}${ENDING}`), { force: true });
  }
  return kept;
}

const writeIndex = (folder: string, messages: readonly StoredMessage[]): Promise<void> =>
  writeWhole(join(folder, INDEX), Buffer.from(`${JSON.stringify(messages, null, 2)}\n`));

/** All of it or none: readers in other processes never see half a file. */
async function writeWhole(path: string, bytes: Buffer): Promise<void> {
  const draft = `${path}.part`;
  const file = await open(draft, 'w', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

async function filesOf(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(whenMissing<string[]>([]));
  return names.filter((name) => name.endsWith(ENDING)).sort();
}

const readIfThere = (path: string): Promise<Buffer | undefined> =>
  readFile(path).catch(whenMissing<Buffer | undefined>(undefined));

const whenMissing =
  <T>(value: T) =>
  (error: unknown): T => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return value;
    throw error;
  };
