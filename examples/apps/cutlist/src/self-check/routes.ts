import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CutlistContext } from '../context.ts';
import { queryOf } from '../http/forms.ts';
import { isId } from '../http/ids.ts';
import { Refusal } from '../refusal.ts';
import { hashToken } from '../sessions/token.ts';
import { checkIntegrations } from './check-integrations.ts';
import { checkTenant } from './check-tenant.ts';

/**
 * What a control plane asks before a workshop goes live: does everything a person would do there work, and do its
 * limits hold (VAL-14, VAL-19), do the client's systems
 * take what it sends (VAL-16)? Open to who holds the key alone; nothing it does stays.
 */
export function addSelfCheck(app: FastifyInstance, context: CutlistContext, key: string): void {
  // One after the other: each makes a user, and somebody who asks twice at once means one answer.
  let queue: Promise<unknown> = Promise.resolve();
  const ask = <T>(request: FastifyRequest, check: (tenantId: string) => Promise<T>): Promise<T> => {
    assertKey(request, key);
    const tenant = queryOf(request, 'tenant');
    if (!isId(tenant)) {
      throw new Refusal('invalid', 'Say which workshop.', {
        faults: [{ path: 'tenant', message: 'Expected a UUID.' }],
      });
    }
    const answer = queue.then(() => check(tenant));
    queue = answer.catch(() => undefined);
    return answer;
  };

  app.get('/api/self-check', { config: { access: 'public' } }, async (request) =>
    ask(request, (tenant) => checkTenant(app, context, tenant)),
  );
  app.get('/api/self-check/integrations', { config: { access: 'public' } }, async (request) =>
    ask(request, (tenant) => checkIntegrations(app, context, tenant)),
  );
}

/** Hashes are of one length, so comparing them tells nothing about the key. */
function assertKey(request: FastifyRequest, key: string): void {
  const given = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  if (timingSafeEqual(hashToken(given), hashToken(key))) return;
  throw new Refusal('not_authenticated', 'This is for the control plane: its key is missing or wrong.');
}
