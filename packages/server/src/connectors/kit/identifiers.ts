import { createHash } from 'node:crypto';

/** A short, stable, harmless mark made of an idempotency key: for Message-IDs, headers and lock names. */
export const markOf = (key: string): string => createHash('sha256').update(key).digest('hex').slice(0, 32);

/** SHA-256 as lower-case hex. */
export const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
