/** The development mailbox: an SMTP server on loopback that delivers to nobody and keeps what it is given. */
import { once } from 'node:events';
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server';
import { type MailboxLimits, repairIndex, storeMessage } from './mailbox-store.ts';

export interface MailboxOptions {
  /** Folder for the messages; made when missing. */
  readonly folder: string;
  /** Default: any free port. */
  readonly port?: number;
  readonly limits?: Partial<MailboxLimits>;
  /** Largest message in bytes. */
  readonly messageBytesMax?: number;
  readonly clock?: () => Date;
}

export interface Mailbox extends AsyncDisposable {
  readonly port: number;
  readonly folder: string;
}

const HOST = '127.0.0.1';
const LIMITS: MailboxLimits = { messagesMax: 500, bytesMax: 52_428_800 };
const MESSAGE_BYTES_MAX = 10_485_760;

async function readAll(stream: SMTPServerDataStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    // Once it is too large the rest is read and dropped, so that the client hears the refusal.
    if (!stream.sizeExceeded) chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const tooLarge = (bytes: number): Error =>
  Object.assign(new Error(`The message is larger than ${bytes} bytes`), { responseCode: 552 });

/** Starts it. Disposing of it closes the port; the messages stay. */
export async function startMailbox(options: MailboxOptions): Promise<Mailbox> {
  const { folder } = options;
  const limits = { ...LIMITS, ...options.limits };
  const bytesMax = options.messageBytesMax ?? MESSAGE_BYTES_MAX;
  const clock = options.clock ?? (() => new Date());
  await repairIndex(folder, limits);

  // One after another: the index is read, extended and written back.
  let queue: Promise<unknown> = Promise.resolve();
  const keep = async (stream: SMTPServerDataStream): Promise<string> => {
    const raw = await readAll(stream);
    if (stream.sizeExceeded) throw tooLarge(bytesMax);
    const stored = queue.then(() => storeMessage(folder, raw, clock(), limits));
    queue = stored.catch(() => undefined);
    return (await stored).id;
  };

  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    size: bytesMax,
    closeTimeout: 1_000,
    onAuth: (auth, _session, done) => done(null, { user: auth.username ?? 'anyone' }),
    onData: (stream, _session, done) => {
      keep(stream).then(
        (id) => done(null, `kept as ${id}`),
        (error: Error) => done(error),
      );
    },
  });
  // A client that hangs up mid-sentence is no fault of the mailbox.
  server.on('error', () => undefined);
  const listener = server.listen(options.port ?? 0, HOST);
  await once(listener, 'listening');
  const address = listener.address();
  return {
    folder,
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => server.close(resolve));
      await queue;
    },
  };
}
