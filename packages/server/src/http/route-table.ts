import { bug } from '@tenantry/contract';
import type { RouteOptions } from 'fastify';
import type { HttpServer, RouteFacts } from './http-server.ts';
import { DOCS_PREFIX } from './openapi.ts';
import { isWriteHandler } from './write.ts';

const READ_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses at registration a route that says neither which key it needs nor that it is public, or that writes
 * without honouring Idempotency-Key: forgetting either must not be possible, so silence is not a default.
 */
export function guardRoutes(server: HttpServer): void {
  server.decorate('routeTable', []);
  server.addHook('onRoute', (route) => {
    // The pages of the API browser are registered by its plugin, which has no place to say this.
    if (isDocsPage(route.url)) route.config = { ...route.config, public: true };
    for (const method of [route.method].flat()) {
      assertDeclared(method, route);
      const { scope, public: isPublic = false } = route.config ?? {};
      server.routeTable.push({ method, url: route.url, public: isPublic, scope });
    }
  });
}

/** Every route of the server, as registered. */
export const listRoutes = (server: HttpServer): readonly RouteFacts[] => server.routeTable;

const isDocsPage = (url: string): boolean => url === DOCS_PREFIX || url.startsWith(`${DOCS_PREFIX}/`);

function assertDeclared(method: string, { url, config, handler }: RouteOptions): void {
  const name = `${method} ${url}`;
  if (config?.public === true) {
    if (config.scope !== undefined || config.anyKey === true) {
      throw bug(`${name} is public and asks for a ${config.anyKey === true ? 'key' : 'scope'}: it can only be one.`);
    }
    return;
  }
  if (config?.scope !== undefined && config.anyKey === true) {
    throw bug(`${name} takes any key and asks for a scope: it can only be one.`);
  }
  if (config?.scope === undefined && config?.anyKey !== true) {
    throw bug(`${name} says neither config.scope nor config.public.`, { next: 'Name the scope a key needs for it.' });
  }
  if (!READ_METHODS.has(method) && !isWriteHandler(handler) && config.notIdempotent === undefined) {
    throw bug(`${name} writes without write(), so it would ignore Idempotency-Key.`, {
      next: 'Wrap the handler in write(), or say in config.notIdempotent why it needs none.',
    });
  }
}
