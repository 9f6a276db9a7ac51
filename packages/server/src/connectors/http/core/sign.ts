/**
 * Standard Webhooks signatures (https://www.standardwebhooks.com), symmetric: the receiver knows that a call comes from
 * here, is whole and is fresh.
 */
import { createHmac } from 'node:crypto';

export interface SignedCall {
  /** The same for every attempt. */
  readonly id: string;
  readonly at: Date;
  readonly body: string;
}

/** `secret`: base64, with or without `whsec_`. */
export function signatureHeaders(secret: string, { id, at, body }: SignedCall): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
