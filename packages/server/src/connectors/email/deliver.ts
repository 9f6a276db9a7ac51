/**
 * Hands one message to an SMTP server, and knows afterwards whether the server may have taken it: until the
 * first byte of the message goes out it certainly has not; once the last may have gone out and the answer is
 * lost, nobody can tell (RFC 5321, section 4.5.3.2.6 on the same gap).
 */
import { Readable } from 'node:stream';
import { isTenantryError, type Retry, type TenantryError } from '@tenantry/contract';
import SMTPConnection, { type SMTPEnvelope } from 'nodemailer/lib/smtp-connection';
import {
  type ActionContext,
  type ConnectorCode,
  codeOf,
  connectorFault,
  type Effect,
  faultOfNetwork,
  RETRY_LATER,
  RETRY_SOON,
} from '../kit/index.ts';
import { connectionOptions, type SmtpTarget } from './settings.ts';

export interface Delivery {
  readonly accepted: readonly string[];
  readonly rejected: readonly string[];
  /** The server's own words. */
  readonly response: string;
}

export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
}

/** Connects and logs in, and sends nothing. @throws TenantryError of the closed set */
export async function greet(ctx: ActionContext, target: SmtpTarget): Promise<void> {
  await talk(
    ctx,
    target,
    (connection) => begin(connection, target),
    () => 'none',
  );
}

/** @throws TenantryError of the closed set, whose `facts.effect` says whether the message may have been taken */
export async function deliver(
  ctx: ActionContext,
  target: SmtpTarget,
  envelope: Envelope,
  message: Buffer,
): Promise<Delivery> {
  const source = watched(message);
  return talk(
    ctx,
    target,
    (connection) => converse(connection, target, envelope, source.stream),
    () => (source.started() ? 'possible' : 'none'),
  );
}

async function talk<T>(
  ctx: ActionContext,
  target: SmtpTarget,
  say: (connection: SMTPConnection) => Promise<T>,
  effect: () => Effect,
): Promise<T> {
  const connection = new SMTPConnection(connectionOptions(target.settings));
  const failed = new Promise<never>((_resolve, reject) => {
    connection.once('error', reject);
    ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason), { once: true });
  });
  try {
    ctx.signal.throwIfAborted();
    return await Promise.race([failed, say(connection)]);
  } catch (error) {
    throw faultOfSmtp(error, target, effect());
  } finally {
    // A late failure of a connection that is given up is nobody's concern.
    failed.catch(() => undefined);
    connection.removeAllListeners('error').on('error', () => undefined);
    connection.close();
  }
}

async function begin(connection: SMTPConnection, target: SmtpTarget): Promise<void> {
  const { user, password } = target.settings;
  await new Promise<void>((resolve, reject) => connection.connect((error) => (error ? reject(error) : resolve())));
  if (user !== undefined) {
    const credentials = { user, pass: password?.reveal() ?? '' };
    await new Promise<void>((resolve, reject) =>
      connection.login(credentials, (error) => (error ? reject(error) : resolve())),
    );
  }
}

async function converse(
  connection: SMTPConnection,
  target: SmtpTarget,
  envelope: Envelope,
  source: Readable,
): Promise<Delivery> {
  await begin(connection, target);
  return new Promise((resolve, reject) => {
    const addresses: SMTPEnvelope = { from: envelope.from, to: [...envelope.to] };
    connection.send(addresses, source, (error, info) => {
      if (error) return reject(error);
      resolve({ accepted: info.accepted.map(String), rejected: info.rejected.map(String), response: info.response });
    });
  });
}

/** A stream that knows whether it was read from: the client does so when the server has said "go ahead". */
function watched(message: Buffer): { readonly stream: Readable; started(): boolean } {
  let started = false;
  const stream = new Readable({
    read() {
      started = true;
      this.push(message);
      this.push(null);
    },
  });
  return { stream, started: () => started };
}

const responseCodeOf = (error: unknown): number | undefined =>
  error instanceof Error && 'responseCode' in error && typeof error.responseCode === 'number'
    ? error.responseCode
    : undefined;

type Verdict = readonly [code: ConnectorCode, what: string, retry: Retry];

/** Reply codes (RFC 5321, section 4.2.3; RFC 4954 for log-in). */
function verdictOf(reply: number): Verdict {
  if (reply === 421) return ['connector.unreachable', 'is closing the connection', RETRY_SOON];
  if (reply === 454) return ['connector.unauthorized', 'cannot check our log-in at the moment', RETRY_LATER];
  if (reply === 450 || reply === 451) return ['connector.throttled', 'asks us to try again later', RETRY_LATER];
  if (reply === 452 || reply === 552) return ['connector.exhausted', 'has no space left', RETRY_LATER];
  if (reply === 530 || reply === 534 || reply === 535 || reply === 538) {
    return ['connector.unauthorized', 'does not accept our log-in', 'never'];
  }
  if (reply < 500) return ['connector.refused', 'failed while it worked on the message', RETRY_LATER];
  return ['connector.refused', 'refused the message', 'never'];
}

function faultOfSmtp(error: unknown, target: SmtpTarget, effect: Effect): TenantryError {
  if (isTenantryError(error)) return error;
  const facts = { system: target.system, secrets: target.secrets };
  const detail = error instanceof Error ? error.message : String(error);
  const reply = responseCodeOf(error);
  // An answer to DATA that is no success means the server has not taken the message.
  if (reply !== undefined) {
    const [code, what, retry] = verdictOf(reply);
    return connectorFault(code, `${what} (SMTP ${reply})`, {
      ...facts,
      retry,
      effect: 'none',
      detail,
      facts: { reply },
    });
  }
  const code = codeOf(error);
  if (code === 'EAUTH' || code === 'ENOAUTH') {
    return connectorFault('connector.unauthorized', 'does not accept our log-in', {
      ...facts,
      retry: 'never',
      effect,
      detail,
    });
  }
  if (code === 'EPROTOCOL') {
    return connectorFault('connector.malformed', 'answered something that is no SMTP', {
      ...facts,
      retry: RETRY_SOON,
      effect,
      detail,
    });
  }
  if (code === 'ETLS') {
    return connectorFault('connector.unreachable', 'offers no TLS we trust', {
      ...facts,
      retry: 'never',
      effect,
      detail,
    });
  }
  return faultOfNetwork(error, { ...facts, effect });
}
