import type { FastifyInstance } from 'fastify';
import type { Act } from '../act.ts';
import type { CutlistContext } from '../context.ts';
import { actFor } from '../http/access.ts';
import { effectiveFeatures, effectiveLimits, limitToWire } from './plan-limits.ts';

/** What holds for the visitor's tenant, for a person to see and for a probe to compare with the contract (VAL-15, VAL-19). */
export function addTenantApi(app: FastifyInstance, context: CutlistContext): void {
  app.get('/api/tenant', { config: { access: 'read' } }, (request) => actFor(context, request, describeTenant));
}

async function describeTenant({ db, visitor }: Act): Promise<unknown> {
  const { id, name, slug, plan, status, settings } = visitor.tenant;
  const limits = effectiveLimits(plan, settings);
  const { rows } = await db.query<{ users: number; projects: number }>(
    'select (select count(*)::int from users) as users, (select count(*)::int from projects) as projects',
  );
  return {
    id,
    name,
    slug,
    plan,
    status,
    features: effectiveFeatures(settings),
    limits: {
      users: limitToWire(limits.users),
      projects: limitToWire(limits.projects),
      api_calls_per_15min: limits.apiCallsPer15Min,
    },
    usage: rows[0],
  };
}
