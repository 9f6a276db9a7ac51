import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';
import { canonicalJson } from '@tenantry/contract';

export const KEY_BYTES = 32;
/** NIST SP 800-38D: 96-bit nonces; drawn at random they are safe for 2^32 messages under one key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/** Ciphertext with its authentication tag at the end. */
export interface Box {
  readonly nonce: Buffer;
  readonly box: Buffer;
}

/**
 * AES-256-GCM. `context` is authenticated, not stored: a box opens only beside the same values, so that a row
 * cannot take another row's place.
 */
export function sealBox(key: KeyObject | Buffer, plain: Buffer, context: readonly unknown[]): Box {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(canonicalJson(context)));
  return { nonce, box: Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]) };
}

/** The plain bytes, or undefined when key, nonce, box or context is not what it was sealed with. */
export function openBox(key: KeyObject | Buffer, sealed: Box, context: readonly unknown[]): Buffer | undefined {
  const { nonce, box } = sealed;
  if (nonce.length !== NONCE_BYTES || box.length < TAG_BYTES) return undefined;
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(canonicalJson(context)));
  decipher.setAuthTag(box.subarray(-TAG_BYTES));
  const plain = decipher.update(box.subarray(0, -TAG_BYTES));
  try {
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    return undefined;
  }
}
