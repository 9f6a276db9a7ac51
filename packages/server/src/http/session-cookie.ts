/** The browser session of an operator: one opaque cookie, which only this server's own pages may write with. */
import { fastifyCookie } from '@fastify/cookie';
import { TenantryError } from '@tenantry/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A `__Host-` cookie cannot be set by a neighbouring host name; browsers take it over https only (RFC 6265bis). */
const SECURE_NAME = '__Host-tenantry_operator';
const PLAIN_NAME = 'tenantry_operator';
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface CookieOptions {
  /** No slash at its end. */
  readonly publicUrl: string;
}

const isSecure = ({ publicUrl }: CookieOptions): boolean => publicUrl.startsWith('https://');

export function sessionTextOf(request: FastifyRequest): string | undefined {
  const cookies = fastifyCookie.parse(request.headers.cookie ?? '');
  return cookies[SECURE_NAME] ?? cookies[PLAIN_NAME];
}

/** Lives as long as the browser: how long the session does is decided here, not there. */
export const setSessionCookie = (reply: FastifyReply, token: string, options: CookieOptions): FastifyReply =>
  reply.header('set-cookie', cookieOf(token, options));

export const clearSessionCookie = (reply: FastifyReply, options: CookieOptions): FastifyReply =>
  reply.header('set-cookie', `${cookieOf('', options)}; Max-Age=0`);

const cookieOf = (value: string, options: CookieOptions): string =>
  fastifyCookie.serialize(isSecure(options) ? SECURE_NAME : PLAIN_NAME, value, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: isSecure(options),
  });

/**
 * Refuses a write that another site made the browser send. Browsers say where a request comes from; what says
 * nothing is no browser, and has no business with a cookie.
 *
 * @throws access.forbidden
 */
export function assertSameOrigin(request: FastifyRequest): void {
  if (SAFE_METHODS.has(request.method) || isSameOrigin(request)) return;
  throw new TenantryError('access.forbidden', 'This request comes from another site.', {
    next: 'Open the page of this installation and start there. Programs use a key.',
  });
}

function isSameOrigin({ headers, host }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const { origin } = headers;
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}
