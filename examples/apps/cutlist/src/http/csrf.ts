import type { FastifyRequest } from 'fastify';
import { Refusal } from '../refusal.ts';
import { isCsrfTokenOf } from '../sessions/token.ts';
import { FORM_COOKIE, readCookie } from './cookies.ts';
import { fieldOf } from './forms.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses a request that changes something unless our own page or a client that knows the token made it.
 *
 * With a session the token is asked for in every case. Without one (log-in) a form needs the token of its cookie;
 * JSON needs none, because another site's page cannot send it without a preflight that we never answer.
 */
export function assertNotForged(request: FastifyRequest): void {
  if (SAFE_METHODS.has(request.method) || request.routeOptions.config.fromOutside === true) return;
  if (!isSameOrigin(request)) throw forged();

  const secret = request.visitor?.token ?? readCookie(request, FORM_COOKIE);
  const isForm = request.body instanceof URLSearchParams;
  if (request.visitor === null && !isForm) return;
  if (secret === undefined || !isCsrfTokenOf(secret, givenToken(request))) throw forged();
}

function isSameOrigin(request: FastifyRequest): boolean {
  const { origin, host, 'sec-fetch-site': site } = request.headers;
  if (origin !== undefined && origin !== `https://${host ?? ''}`) return false;
  return site === undefined || site === 'same-origin' || site === 'none';
}

function givenToken(request: FastifyRequest): string {
  const header = request.headers['x-csrf-token'];
  return typeof header === 'string' ? header : fieldOf(request, '_csrf');
}

const forged = (): Refusal =>
  new Refusal('csrf_refused', 'This form is out of date or came from another site. Load the page again.');
