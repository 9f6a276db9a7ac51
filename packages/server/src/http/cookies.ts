/**
 * Cookies whose values are base64url texts of ours. The plugin for cookies parses only on servers that register it,
 * and the session is read before any plugin of a route.
 */
import type { FastifyRequest } from 'fastify';

const TOKEN = /^[A-Za-z0-9_-]*$/;

/** The value of a cookie; undefined when there is none, or when it is no value of ours. Of two of a name the first counts. */
export function cookieOf({ headers }: Pick<FastifyRequest, 'headers'>, name: string): string | undefined {
  for (const pair of headers.cookie?.split(';') ?? []) {
    const at = pair.indexOf('=');
    if (at === -1 || pair.slice(0, at).trim() !== name) continue;
    const value = pair.slice(at + 1).trim();
    return TOKEN.test(value) ? value : undefined;
  }
  return undefined;
}

export interface CookieAttributes {
  readonly path: string;
  readonly secure: boolean;
  /** Lives as long as the browser when left out; 0 takes it away. */
  readonly maxAgeSeconds?: number;
}

/** The `set-cookie` header of a cookie that scripts cannot read and that other sites' forms do not carry. */
export function cookieHeader(name: string, value: string, { path, secure, maxAgeSeconds }: CookieAttributes): string {
  if (!TOKEN.test(value)) throw new RangeError(`the value of the cookie ${name} is no base64url text`);
  const maxAge = maxAgeSeconds === undefined ? '' : `; Max-Age=${maxAgeSeconds}`;
  return `${name}=${value}; Path=${path}${maxAge}; HttpOnly${secure ? '; Secure' : ''}; SameSite=Lax`;
}
