/** The browser session of an operator: one opaque cookie, which only this server's own pages may write with. */
import { TenantryError } from '@tenantry/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { cookieHeader, cookieOf } from './cookies.ts';

/** A `__Host-` cookie cannot be set by a neighbouring host name; browsers take it over https only (RFC 6265bis). */
const SECURE_NAME = '__Host-tenantry_operator';
const PLAIN_NAME = 'tenantry_operator';
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface CookieOptions {
  /** No slash at its end. */
  readonly publicUrl: string;
}

const isSecure = ({ publicUrl }: CookieOptions): boolean => publicUrl.startsWith('https://');

export const sessionTextOf = (request: FastifyRequest): string | undefined =>
  cookieOf(request, SECURE_NAME) ?? cookieOf(request, PLAIN_NAME);

/** Lives as long as the browser: how long the session does is decided here, not there. */
export const setSessionCookie = (reply: FastifyReply, token: string, options: CookieOptions): FastifyReply =>
  reply.header('set-cookie', cookieHeader(nameFor(options), token, { path: '/', secure: isSecure(options) }));

export const clearSessionCookie = (reply: FastifyReply, options: CookieOptions): FastifyReply =>
  reply.header(
    'set-cookie',
    cookieHeader(nameFor(options), '', { path: '/', secure: isSecure(options), maxAgeSeconds: 0 }),
  );

const nameFor = (options: CookieOptions): string => (isSecure(options) ? SECURE_NAME : PLAIN_NAME);

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
