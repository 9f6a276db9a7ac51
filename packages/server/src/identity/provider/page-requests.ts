import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type CookieRules, cookieText, readCookie } from './browser-session.ts';
import { type Page, renderPage } from './pages/layout.ts';

export interface FormRules {
  readonly cookies: CookieRules;
  /** No slash at its end. */
  readonly publicUrl: string;
}

/** One field of a form, or the empty text; of a field sent twice, none. */
export function fieldOf(request: FastifyRequest, name: string): string {
  const body: unknown = request.body;
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, name)) return '';
  const value: unknown = (body as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'string' ? value : '';
}

const tokenOf = (secret: string): string => createHmac('sha256', secret).update('form').digest('base64url');

/** The token for a form of this browser; the cookie it is bound to is set when it is not there yet. */
export function formToken(request: FastifyRequest, reply: FastifyReply, { cookies }: FormRules): string {
  const known = readCookie(request.headers.cookie, cookies.formCookie);
  const secret = known ?? randomBytes(32).toString('base64url');
  if (known === undefined) addCookie(reply, cookieText(cookies, cookies.formCookie, secret));
  return tokenOf(secret);
}

/** Whether our own page, shown to this browser, sent the form. */
export function isOwnForm(request: FastifyRequest, { cookies, publicUrl }: FormRules): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers;
  if (origin !== undefined && origin !== new URL(publicUrl).origin) return false;
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  const secret = readCookie(request.headers.cookie, cookies.formCookie);
  if (secret === undefined) return false;
  const expected = Buffer.from(tokenOf(secret));
  const given = Buffer.from(fieldOf(request, '_csrf'));
  return expected.length === given.length && timingSafeEqual(expected, given);
}

/** Beside those that are set already. */
export function addCookie(reply: FastifyReply, text: string): void {
  const set = reply.getHeader('set-cookie');
  reply.removeHeader('set-cookie');
  reply.header('set-cookie', [...(set === undefined ? [] : [set].flat().map(String)), text]);
}

export function sendRendered(reply: FastifyReply, page: Page, status = 200): FastifyReply {
  const { markup, headers } = renderPage(page);
  return reply.code(status).headers(headers).send(markup);
}
