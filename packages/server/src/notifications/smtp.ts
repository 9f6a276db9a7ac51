import { isIP } from 'node:net';
import { createTransport } from 'nodemailer';
import { Secret } from '../connectors/kit/index.ts';
import type { Letter } from './compose.ts';

export interface OutgoingMessage extends Letter {
  readonly to: string;
  readonly messageId: string;
  readonly date: Date;
}

/** Hands one message to a mail server. Rejects when the server has not taken it, with what `refusalOf` reads. */
export interface MailTransport {
  /** `Name <address>` or an address. */
  readonly from: string;
  send(message: OutgoingMessage): Promise<void>;
}

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. */
  readonly secure?: boolean;
  readonly user?: string;
  readonly password?: Secret;
  readonly from: string;
}

/** `smtp://user:password@host:587`, `smtps://host`. */
export function smtpServerOf(address: Secret, from: string): SmtpServer {
  const url = new URL(address.reveal());
  const secure = url.protocol === 'smtps:';
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    from,
    ...(url.username === ''
      ? {}
      : { user: decodeURIComponent(url.username), password: new Secret(decodeURIComponent(url.password)) }),
  };
}

const TIMEOUT_MS = 20_000;

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

/** TLS is required, except on loopback, where nobody stands in between. */
export function smtpTransport({ host, port, secure = false, user, password, from }: SmtpServer): MailTransport {
  const transport = createTransport({
    host,
    port,
    secure,
    requireTLS: !secure && !isLoopback(host),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(user === undefined ? {} : { auth: { user, pass: password?.reveal() ?? '' } }),
  });
  return {
    from,
    async send(message) {
      await transport.sendMail({ ...message, from, headers: { 'Auto-Submitted': 'auto-generated' } });
    },
  };
}

/**
 * Whether a failure is the receiver's last word on this recipient. Anything else (no connection, no log-in, a server
 * in trouble, a sender it does not like) is for us to mend, and the mail waits for that.
 */
export function isFinalRefusal(error: unknown): boolean {
  if (!(error instanceof Error) || !('responseCode' in error) || !('command' in error)) return false;
  return error.command === 'RCPT TO' && Number(error.responseCode) >= 550 && Number(error.responseCode) <= 553;
}
