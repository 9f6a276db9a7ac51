import { createHash, randomBytes } from 'node:crypto';
import { Secret } from '../connectors/kit/index.ts';

export interface NewToken {
  readonly token: Secret;
  /** What is kept: 256 random bits need no slow hash. */
  readonly hash: Buffer;
}

export const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** 32 random bytes as base64url behind a prefix that says what it opens. */
export function newToken(prefix: 'tpl_' | 'tps_'): NewToken {
  const text = `${prefix}${randomBytes(32).toString('base64url')}`;
  return { token: new Secret(text), hash: hashOf(text) };
}
