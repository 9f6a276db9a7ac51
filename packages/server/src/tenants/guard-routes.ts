/** `/api/v1/products/:product/guard/stream`: what the guards inside the vendor's applications follow. */
import { guardStreamQuerySchema } from '@tenantry/contract';
import { z } from 'zod';
import { permit } from '../access/index.ts';
import { type HttpServer, personOf, streamEvents } from '../http/index.ts';
import { loadProduct } from '../products/index.ts';
import { followFeed } from './feed/follow-feed.ts';
import type { FeedWatch } from './feed/watch-feed.ts';

export function guardRoutes(server: HttpServer, { feed: watch }: { readonly feed: FeedWatch }): void {
  server.get(
    '/api/v1/products/:product/guard/stream',
    {
      config: { scope: 'guard:read' },
      schema: {
        summary: 'What each tenant of a product may do, as it changes (text/event-stream)',
        tags: ['guard'],
        params: z.object({ product: z.string().max(50) }),
        querystring: guardStreamQuerySchema,
      },
    },
    async (request, reply) => {
      const { product: productId } = request.params;
      const { beat_ms: beatMs, follow } = request.query;
      const { database } = server.services;
      // All tenants of it, so nobody who reaches some clients only.
      permit(personOf(request), 'guard:read', { productId, clientId: null });
      await database.transaction('operator', (tx) => loadProduct(tx, productId));
      return streamEvents(request, reply, ({ lastEventId, signal }) =>
        followFeed({ database, watch }, { productId, lastEventId, beatMs, follow: follow === 'true', signal }),
      );
    },
  );
}
