import type { Guard } from '@tenantry/guard';
import { guardRoutes as guardWith, type RouteGuard, type Ruling } from '@tenantry/guard/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Act } from '../act.ts';
import type { CutlistContext } from '../context.ts';
import { inTenant } from '../db/in-tenant.ts';
import { Refusal } from '../refusal.ts';
import { loadSession, type Role, type Visitor } from '../sessions/load-session.ts';
import { effectiveLimits } from '../tenants/plan-limits.ts';
import { readCookie, SESSION_COOKIE } from './cookies.ts';
import { assertNotForged } from './csrf.ts';

/**
 * Who may call a route. Each route states it; one that does not is a fault at start, so nothing is open by oversight.
 * `password` is any session, also one that still has to replace its temporary password.
 */
export type Access = 'public' | 'password' | 'read' | 'write' | 'admin';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
    /** Worked out from `access` and method. */
    guard?: RouteGuard;
    /** Another server calls it: what it sends proves itself, and no page of ours is asked for. */
    fromOutside?: true;
  }
  interface FastifyRequest {
    visitor: Visitor | null;
  }
}

const ROLES: Record<Exclude<Access, 'public'>, readonly Role[]> = {
  password: ['admin', 'member', 'viewer'],
  read: ['admin', 'member', 'viewer'],
  write: ['admin', 'member'],
  admin: ['admin'],
};

/** The limit every call to the API counts against. */
export const API_LIMIT = 'api_calls_per_15min';

/** Session, forced password change, rate and role before the body is read; forgery once it is. */
export function guardRoutes(app: FastifyInstance, context: CutlistContext): void {
  app.decorateRequest('visitor', null);
  app.addHook('onRoute', (route) => {
    if (route.config?.access === undefined) throw new Error(`Route ${route.url} does not state its access.`);
  });
  app.addHook('onRequest', async (request, reply) => {
    const access = request.routeOptions.config.access;
    // Only the not-found handler has none.
    if (access === undefined || access === 'public') return;
    request.visitor = await authenticate(context, request);
    if (request.visitor.mustChangePassword && access !== 'password') {
      throw new Refusal('password_change_required', 'Replace your temporary password first.');
    }
    // Where there is a guard it counts them, by the limit the control plane has now.
    if (isApi(request) && context.guard === undefined) countApiCall(context, request.visitor, reply);
    if (!ROLES[access].includes(request.visitor.role)) {
      throw new Refusal('role_forbidden', 'Your role does not allow this. Ask an admin of your workshop.');
    }
  });
  if (context.guard !== undefined) guardTenants(app, context, context.guard);
  app.addHook('preHandler', async (request) => assertNotForged(request));
}

/** After the session is known: what the control plane says of the workshop, on every route that is not public. */
function guardTenants(app: FastifyInstance, context: CutlistContext, guard: Guard): void {
  app.addHook('onRoute', (route) => {
    const { config = {}, method } = route;
    route.config = { ...config, guard: config.access === 'public' ? UNGUARDED : needOf(config.access, method) };
  });
  guardWith(app, guard, {
    hook: 'onRequest',
    tenantOf: (request: FastifyRequest) => request.visitor?.tenantId,
    pilotOf: ({ visitor }) => visitor?.pilot === true,
    rate: (request) => (isApi(request) ? { limit: API_LIMIT, ...ownWindowOf(context, request.visitor) } : undefined),
    refuse: (ruling) => {
      throw refusalOf(ruling);
    },
  });
}

const ownWindowOf = ({ ownWindows }: CutlistContext, visitor: Visitor | null): { countedFor?: string } =>
  visitor !== null && ownWindows.has(visitor.userId) ? { countedFor: visitor.userId } : {};

const UNGUARDED = { none: 'nobody is known here yet' };

/** Who may only read may also log out. */
const needOf = (access: Access | undefined, method: string | readonly string[]): 'read' | 'write' =>
  access === 'password' || [method].flat().every((each) => each === 'GET' || each === 'HEAD') ? 'read' : 'write';

function refusalOf({ code, headers }: Ruling): Refusal {
  switch (code) {
    case 'tenant_onboarding':
      return new Refusal(code, 'Your workshop is being set up. You can log in after go-live.');
    case 'tenant_suspended':
      return new Refusal(code, 'Access of your workshop is suspended. Ask your administrator.');
    case 'tenant_read_only':
      return new Refusal(code, 'Your workshop may look at its projects and change none at the moment.');
    case 'tenant_offboarded':
      return new Refusal(code, 'Your workshop no longer uses Cutlist.');
    case 'tenant_closed':
      return new Refusal(code, 'Access of your workshop is closed for now. We are looking into it.');
    case 'tenant_unknown':
      return new Refusal(code, 'Your workshop is not known here. Ask your administrator.');
    case 'limit_unset':
      return new Refusal('plan_limit_reached', 'How many API calls your workshop has is not agreed yet.');
    case 'rate_exceeded':
      return new Refusal('too_many_requests', 'Your workshop has used up its API calls for now.', {
        retryAfterS: Number(headers?.['retry-after'] ?? 1),
      });
    default:
      return new Refusal(
        'control_plane_unreachable',
        'What your workshop may do cannot be found out. Try again soon.',
        {
          retryAfterS: 5,
        },
      );
  }
}

/** Answers of these addresses are JSON, errors included. */
export const isApi = (request: FastifyRequest): boolean =>
  /^\/(api\/|api$|health$)/.test(request.url.split('?')[0] ?? '');

async function authenticate(context: CutlistContext, request: FastifyRequest): Promise<Visitor> {
  const token = readCookie(request, SESSION_COOKIE);
  const visitor = token === undefined ? undefined : await loadSession(context, token);
  if (visitor === undefined)
    throw new Refusal('not_authenticated', 'You are not logged in, or your session has ended.');
  return visitor;
}

function countApiCall(context: CutlistContext, visitor: Visitor, reply: FastifyReply): void {
  const limit = effectiveLimits(visitor.tenant.plan, visitor.tenant.settings).apiCallsPer15Min;
  const { tenantId, userId } = visitor;
  const window = context.ownWindows.has(userId) ? windowOf(tenantId, userId) : tenantId;
  const taken = context.apiCalls.take(window, limit, context.clock());
  reply.headers({
    'ratelimit-limit': String(limit),
    'ratelimit-remaining': String(taken.remaining),
    'ratelimit-reset': String(taken.resetS),
  });
  if (taken.allowed) return;
  throw new Refusal('too_many_requests', 'Your workshop has used up its API calls for now.', {
    retryAfterS: taken.resetS,
  });
}

/** The window of somebody who is counted apart from their workshop. */
export const windowOf = (tenantId: string, userId: string): string => `${tenantId} ${userId}`;

/** The visitor of a route that is not public. */
export function visitorOf(request: FastifyRequest): Visitor {
  if (request.visitor === null) throw new Error(`Route ${request.url} asks for a visitor but is public.`);
  return request.visitor;
}

/** Runs a verb in the transaction of the visitor's tenant. */
export function actFor<T>(
  context: CutlistContext,
  request: FastifyRequest,
  work: (act: Act) => Promise<T>,
): Promise<T> {
  const visitor = visitorOf(request);
  return inTenant(context.pool, visitor.tenantId, (db) =>
    work({ db, visitor, now: context.clock(), guard: context.guard }),
  );
}
