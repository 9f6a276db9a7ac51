import { createHmac, timingSafeEqual } from 'node:crypto';

export type WebhookCode =
  | 'ok'
  /** A header of the standard is missing or is not what it should be. */
  | 'malformed'
  /** Sent too long ago, or by a clock that is ahead. */
  | 'expired'
  | 'wrong_signature';

export interface WebhookVerdict {
  readonly ok: boolean;
  readonly code: WebhookCode;
  /** The same for every delivery of one message: keep it, and do nothing twice. */
  readonly id: string | undefined;
  readonly sentAt: Date | undefined;
}

export interface WebhookOptions {
  /** Seconds a message may lie in the past or the future; 300 unless given. */
  readonly toleranceS?: number;
  /** The time it is; by the clock of this machine unless given. */
  readonly now?: Date;
}

/** Of Node or of fetch. */
export type HeadersLike =
  | Readonly<Record<string, string | readonly string[] | undefined>>
  | { get(name: string): string | null };

const SECRET_PREFIX = 'whsec_';
const SIGNATURES_MAX = 16;

/**
 * Whether a message was signed with one of these secrets, by Standard Webhooks 1.0 (`v1`, HMAC-SHA256). Two secrets are
 * given while one replaces the other. The body must be the bytes that came, not what a parser made of them. Never throws
 * for what was sent; compares in constant time.
 *
 * @throws TypeError for a secret that is none
 * @example
 * const verdict = verifyWebhook(request.headers, rawBody, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
 * if (!verdict.ok) throw new Error(verdict.code);
 */
export function verifyWebhook(
  headers: HeadersLike,
  body: string | Uint8Array,
  secrets: string | readonly string[],
  { toleranceS = 300, now = new Date() }: WebhookOptions = {},
): WebhookVerdict {
  const keys = [secrets].flat().map(keyOf);
  if (keys.length === 0) throw new TypeError('verifyWebhook was given no secret');
  const id = headerOf(headers, 'webhook-id');
  const timestamp = headerOf(headers, 'webhook-timestamp');
  const signatures = headerOf(headers, 'webhook-signature');
  const verdict = (code: WebhookCode, sentAt?: Date): WebhookVerdict => ({ ok: code === 'ok', code, id, sentAt });
  if (id === undefined || signatures === undefined || !/^\d{1,12}$/.test(timestamp ?? '')) return verdict('malformed');
  const sentAt = new Date(Number(timestamp) * 1_000);
  const given = signatures.split(' ').slice(0, SIGNATURES_MAX).flatMap(signatureOf);
  const expected = keys.map((key) => createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest());
  // Every pair is compared, whichever is found first.
  let signed = false;
  for (const one of given) {
    for (const other of expected) signed = (one.length === other.length && timingSafeEqual(one, other)) || signed;
  }
  if (!signed) return verdict('wrong_signature', sentAt);
  if (!(Math.abs(now.getTime() - sentAt.getTime()) <= toleranceS * 1_000)) return verdict('expired', sentAt);
  return verdict('ok', sentAt);
}

function keyOf(secret: string): Uint8Array {
  const text = secret.startsWith(SECRET_PREFIX) ? secret.slice(SECRET_PREFIX.length) : secret;
  const key = /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : Buffer.alloc(0);
  // The standard asks for 24 to 64 bytes.
  if (key.length >= 16) return key;
  throw new TypeError('verifyWebhook was given a secret that is none: expected whsec_ and base64');
}

const signatureOf = (text: string): Buffer[] =>
  text.startsWith('v1,') ? [Buffer.from(text.slice('v1,'.length), 'base64')] : [];

function headerOf(headers: HeadersLike, name: string): string | undefined {
  const value = 'get' in headers && typeof headers.get === 'function' ? headers.get(name) : valueIn(headers, name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

const valueIn = (headers: object, name: string): unknown => (headers as Readonly<Record<string, unknown>>)[name];
