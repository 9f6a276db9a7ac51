import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { isTenantryError } from '@tenantry/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type CookieRules, cookieText, readCookie } from './browser-session.ts';
import { errors } from './library.ts';
import { type Page, renderPage } from './pages/layout.ts';
import { type Messages, messagesFor } from './pages/messages.ts';
import { errorView } from './pages/views.ts';

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

interface FaultLog {
  readonly log: (message: string, facts: Readonly<Record<string, unknown>>) => void;
}

/** Any error of a page, as a page. What went wrong on our side is logged and not told. */
export function sendFault(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { log }: FaultLog,
): FastifyReply {
  const messages = messagesFor(undefined);
  const { status, text, retryAfterMs } = readFault(error, messages);
  if (status >= 500) log('a log-in page failed', { error: String(error), requestId: request.id });
  if (retryAfterMs !== undefined) reply.header('retry-after', String(Math.ceil(retryAfterMs / SECOND_MS)));
  const page = { title: messages.error.title, brand: { product: 'Log-in' }, messages, body: errorView(messages, text) };
  return sendRendered(reply, page, status);
}

interface PageFault {
  readonly status: number;
  readonly text: string;
  readonly retryAfterMs?: number;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

function readFault(error: unknown, messages: Messages): PageFault {
  const { error: texts, refused } = messages;
  // A log-in that is over, or was never this browser's.
  if (error instanceof errors.OIDCProviderError) return { status: 400, text: texts.expired };
  if (isTenantryError(error)) {
    const retryAfterMs = typeof error.retry === 'object' ? error.retry.afterMs : MINUTE_MS;
    if (error.code === 'request.throttled') {
      return { status: 429, text: refused.throttled(Math.ceil(retryAfterMs / MINUTE_MS)), retryAfterMs };
    }
    if (error.code === 'identity.busy') return { status: 503, text: refused.busy, retryAfterMs };
    if (error.code === 'user.token_refused') return { status: error.status, text: texts.link };
    // What was asked of the user changed between two of their steps.
    if (error.kind === 'refusal') return { status: error.status, text: texts.expired };
  }
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  // The framework could not read the request: a body that is too large, or is no form.
  if (status >= 400 && status < 500) return { status, text: refused.unreadable };
  return { status: 500, text: texts.failure };
}
