import type { FastifyReply, FastifyRequest } from 'fastify';

/** The `__Host-` prefix makes the browser insist on Secure, on Path=/ and on no Domain (RFC 6265bis 4.1.3.2). */
export const SESSION_COOKIE = '__Host-cutlist_session';
/** Before log-in: what the log-in form's CSRF token is bound to. */
export const FORM_COOKIE = '__Host-cutlist_form';
/** Between leaving for the OpenID provider and coming back. */
export const LOGIN_COOKIE = '__Host-cutlist_login';

const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Lax';

export function readCookie(request: FastifyRequest, name: string): string | undefined {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
  const pair = pairs.find((candidate) => candidate.startsWith(`${name}=`));
  return pair?.slice(name.length + 1);
}

/** Gone with the browser; how long it is good for is decided by the server. */
export const setCookie = (reply: FastifyReply, name: string, value: string): FastifyReply =>
  reply.header('set-cookie', `${name}=${value}; ${ATTRIBUTES}`);

export const clearCookie = (reply: FastifyReply, name: string): FastifyReply =>
  reply.header('set-cookie', `${name}=; Max-Age=0; ${ATTRIBUTES}`);
