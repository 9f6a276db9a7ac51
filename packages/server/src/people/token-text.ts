import { randomBytes } from 'node:crypto';
import { Secret } from '../connectors/kit/index.ts';
import { hashOf } from './key-text.ts';

export interface NewToken {
  readonly token: Secret;
  /** What is kept: 256 random bits need no slow hash. */
  readonly hash: Buffer;
}

const SESSION = /^tns_[A-Za-z0-9_-]{43}$/;

/** A bearer text of 32 random bytes: cookies, invitations, states, one-time codes. */
export function newToken(prefix = ''): NewToken {
  const text = `${prefix}${randomBytes(32).toString('base64url')}`;
  return { token: new Secret(text), hash: hashOf(text) };
}

/** The cookie of a session, told apart from keys by its start. */
export const newSessionToken = (): NewToken => newToken('tns_');

export const isSessionText = (text: string): boolean => SESSION.test(text);
