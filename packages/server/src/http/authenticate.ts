import { bug, TenantryError } from '@tenantry/contract';
import type { FastifyRequest } from 'fastify';
import { type PersonActor, permit } from '../access/index.ts';
import type { HttpServer } from './http-server.ts';
import { assertSameOrigin, sessionTextOf } from './session-cookie.ts';
import type { Throttle } from './throttle.ts';

/** The person a key, or the cookie of a session, stands for; undefined for any text that is neither. */
export type Authenticate = (key: string) => Promise<PersonActor | undefined>;

const BEARER = /^Bearer +(\S+) *$/i;

/** Before anything is parsed: who asks, how often, and may they. Unknown addresses are answered like public routes. */
export function requireKeys(server: HttpServer, authenticate: Authenticate, throttle: Throttle): void {
  server.decorateRequest('person', undefined);
  server.decorateRequest('isStillAllowed', undefined);
  server.addHook('onRequest', async (request, reply) => {
    const { scope, anyKey, public: isPublic } = request.routeOptions.config;
    if (request.is404 || isPublic === true) return throttle.countAddress(request, reply);
    if (scope === undefined && anyKey !== true) {
      throw bug(`The route ${request.routeOptions.url} got past registration without a scope.`);
    }
    await throttle.assertFewFailures(request);
    const key = credentialOf(request);
    const person = key === undefined ? undefined : await authenticate(key);
    if (key === undefined || person === undefined) {
      await throttle.countFailure(request);
      reply.header('www-authenticate', 'Bearer realm="tenantry"');
      throw unauthenticated(key !== undefined);
    }
    if (person.sessionId !== undefined) assertSameOrigin(request);
    request.person = person;
    request.isStillAllowed = async () => {
      const current = await authenticate(key);
      return current !== undefined && (scope === undefined || current.scopes.includes(scope));
    };
    await throttle.countKey(request, reply);
    if (scope !== undefined) permit(person, scope);
  });
}

/** A key that is sent along wins over a cookie that the browser adds by itself. */
const credentialOf = (request: FastifyRequest): string | undefined =>
  request.headers.authorization === undefined
    ? sessionTextOf(request)
    : BEARER.exec(request.headers.authorization)?.[1];

/** Who asks, on a route that is not public. */
export function personOf(request: FastifyRequest): PersonActor {
  if (request.person === undefined) throw bug(`The public route ${request.routeOptions.url} has no person.`);
  return request.person;
}

const unauthenticated = (carriesKey: boolean): TenantryError =>
  new TenantryError(
    'access.unauthenticated',
    carriesKey ? 'The key of this request is not valid: misspelt, revoked or expired.' : 'This request carries no key.',
    { next: 'Send the header "Authorization: Bearer tnt_…" with a key that is valid.' },
  );
