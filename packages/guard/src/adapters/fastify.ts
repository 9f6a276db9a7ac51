/** `@tenantry/guard/fastify`: every route guarded, and a list of those that say why they are not. */
import type { Guard, Need } from '../create-guard.ts';
import { problemOf } from '../http-answer.ts';
import { needOf, type RequestOptions, type Ruling, rule } from './requests.ts';

export type { Ruling } from './requests.ts';

/** What a route says in `config.guard`. Without it, its method decides: GET and HEAD read, everything else writes. */
export type RouteGuard = Need | { readonly none: string };

export interface GuardedRoute {
  readonly method: string;
  readonly url: string;
  readonly guard: Need | 'none';
  /** Why it is not guarded. */
  readonly reason: string | undefined;
}

/** As much of Fastify 4 and 5 as is used here; requests and replies are typed by the options. */
export interface FastifyLike {
  addHook(name: 'onRoute' | 'onRequest' | 'preHandler', hook: never): unknown;
}

interface RouteLike {
  readonly method: string | readonly string[];
  readonly url: string;
  readonly config?: object | undefined;
}

interface RequestLike {
  readonly method: string;
  readonly routeOptions: { readonly config: object; readonly url?: string | undefined };
}

interface ReplyLike {
  headers(values: Record<string, string>): unknown;
  code(status: number): { send(body: unknown): unknown };
}

export interface FastifyGuardOptions<Request, Reply> extends RequestOptions<Request> {
  /** When it is asked: by then `tenantOf` must know. `preHandler` unless given. */
  readonly hook?: 'onRequest' | 'preHandler';
  /** Answers a refused request, or throws for the error handler; problem+json unless given. */
  readonly refuse?: (ruling: Ruling, request: Request, reply: Reply) => unknown;
}

/**
 * Guards every route that is registered afterwards. A route of nobody in particular says so and why:
 * `config: { guard: { none: 'asked by load balancers' } }`.
 *
 * @returns the routes so far, for a test that none is open by oversight
 * @example
 * const routes = guardRoutes(app, guard, { tenantOf: (request: FastifyRequest) => request.user?.tenantId });
 * expect(routes().filter(({ guard }) => guard === 'none').map(({ url }) => url)).toEqual(['/health']);
 */
export function guardRoutes<Request extends RequestLike, Reply extends ReplyLike>(
  app: FastifyLike,
  guard: Guard,
  options: FastifyGuardOptions<Request, Reply>,
): () => readonly GuardedRoute[] {
  const routes: GuardedRoute[] = [];
  const onRoute = (route: RouteLike): void => {
    for (const method of [route.method].flat()) {
      const declared = declaredIn(route.config);
      const reason = typeof declared === 'object' ? declared.none : undefined;
      if (reason?.trim() === '')
        throw new TypeError(`The route ${method} ${route.url} does not say why it is not guarded.`);
      const guarded = typeof declared === 'object' ? 'none' : (declared ?? needOf(method));
      routes.push({ method, url: route.url, guard: guarded, reason });
    }
  };
  app.addHook('onRoute', onRoute as never);
  const hook = async (request: Request, reply: Reply): Promise<unknown> => {
    const { config, url } = request.routeOptions;
    const declared = declaredIn(config);
    // What answers that there is nothing here has no address of its own.
    if (typeof declared === 'object' || url === undefined) return undefined;
    const ruling = await rule(guard, options, request, declared ?? needOf(request.method));
    if (ruling.ok) {
      if (ruling.headers !== undefined) reply.headers({ ...ruling.headers });
      return undefined;
    }
    if (options.refuse !== undefined) return options.refuse(ruling, request, reply);
    const { status, headers, body } = problemOf(ruling);
    reply.headers({ ...headers });
    reply.code(status).send(JSON.stringify(body));
    return reply;
  };
  app.addHook(options.hook ?? 'preHandler', hook as never);
  return () => routes;
}

/** @throws TypeError for what is no declaration: a misspelt one must not open a route */
function declaredIn(config: object | undefined): RouteGuard | undefined {
  const value: unknown = config !== undefined && 'guard' in config ? config.guard : undefined;
  if (value === undefined || value === 'read' || value === 'write') return value;
  if (typeof value === 'object' && value !== null && 'none' in value && typeof value.none === 'string') {
    return { none: value.none };
  }
  throw new TypeError(`config.guard is ${JSON.stringify(value)}: expected 'read', 'write' or { none: 'why' }.`);
}
