/** The hashes of a pack. They repeat what the server computes, so that a pack can be checked without it. */
import { createHash, createPublicKey, verify } from 'node:crypto';

export const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** Names a public key (SPKI DER in base64): the first 16 hex digits of its SHA-256. */
export const keyIdOf = (publicKey: string): string => sha256(Buffer.from(publicKey, 'base64')).slice(0, 16);

/** Whether it is an Ed25519 signature (base64) of the text by the key; false for a key that is none. */
export function isSignedWith(publicKey: string, text: string, signature: string): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
    return (
      key.asymmetricKeyType === 'ed25519' && verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64'))
    );
  } catch {
    return false;
  }
}

/** A link of the audit chain: SHA-256 of the hash before it and the hash of its row, all hex. */
export const chainHashOf = (previous: string, rowHash: string): string =>
  sha256(Buffer.concat([Buffer.from(previous, 'hex'), Buffer.from(rowHash, 'hex')]));
