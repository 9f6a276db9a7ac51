import type { FastifyInstance } from 'fastify';
import type { Figures } from './figures.ts';

/** Patterns of addresses that are worth counting by name. */
const FEATURES: readonly (readonly [pattern: RegExp, feature: string])[] = [
  [/^(?:\/api)?\/projects\/:id\/(?:export|cut-list\.\w+)$/, 'export'],
  [/^(?:\/api)?\/projects\/:id\/cut-list$/, 'cut-list'],
  [/^(?:\/api)?\/projects(?:\/|$)/, 'projects'],
  [/^(?:\/api)?\/settings$/, 'settings'],
  [/^(?:\/api\/users|\/people)/, 'people'],
];

/** Counts each request of somebody who is logged in, for their workshop. */
export function countRequests(app: FastifyInstance, figures: Figures): void {
  app.addHook('onResponse', async (request, reply) => {
    const { visitor, routeOptions } = request;
    if (visitor === null) return;
    figures.count({
      tenantId: visitor.tenantId,
      userId: visitor.userId,
      durationMs: reply.elapsedTime,
      failed: reply.statusCode >= 500,
      feature: FEATURES.find(([pattern]) => pattern.test(routeOptions.url ?? ''))?.[1],
    });
  });
}
