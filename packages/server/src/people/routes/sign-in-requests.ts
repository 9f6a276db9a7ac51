/** What the pages of signing in share: who asks, in which session, and how a refusal is shown. */
import { isTenantryError, type TenantryError } from '@tenantry/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { PersonActor } from '../../access/index.ts';
import { type Authenticate, sendPage, sessionTextOf } from '../../http/index.ts';
import type { Provider, SignInDeps, Visitor } from '../sign-in/index.ts';
import * as pages from '../sign-in-pages.ts';

export interface SignInRoutesDeps extends SignInDeps {
  readonly authenticate: Authenticate;
}

export interface Site extends SignInRoutesDeps {
  /** The path the installation is served under, without a slash at its end. */
  readonly base: string;
  readonly oidc: Provider | undefined;
}

export const pageRoute = { config: { public: true }, schema: { hide: true } } as const;
export const text = (max: number) => z.string().max(max).default('');

export const visitorOf = (request: FastifyRequest): Visitor => ({
  address: request.ip,
  userAgent: request.headers['user-agent'] ?? '',
});

export const go = (reply: FastifyReply, { base }: Site, path: string): FastifyReply =>
  reply.redirect(`${base}${path}`, 303);

/** Anything but a refusal is the server's own trouble, and answered like everywhere. */
export function refusalOf(error: unknown): TenantryError {
  if (isTenantryError(error) && error.kind !== 'bug') return error;
  throw error;
}

/** A page in place of a problem document: a person reads it. */
export function sendFault(reply: FastifyReply, site: Site, error: unknown): FastifyReply {
  const refusal = refusalOf(error);
  return sendPage(retryHeaders(reply.code(refusal.status), refusal), pages.faultPage(site.base, refusal));
}

export const retryHeaders = (reply: FastifyReply, { retry }: TenantryError): FastifyReply =>
  typeof retry === 'object' ? reply.header('retry-after', Math.ceil(retry.afterMs / 1_000)) : reply;

export const personOf = async (request: FastifyRequest, { authenticate }: Site): Promise<PersonActor | undefined> => {
  const cookie = sessionTextOf(request);
  const person = cookie === undefined ? undefined : await authenticate(cookie);
  return person?.sessionId === undefined ? undefined : person;
};
