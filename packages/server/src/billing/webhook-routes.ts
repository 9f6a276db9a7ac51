/** `POST /api/webhooks/stripe/:product`: where Stripe sends events. The signature is the authority. */
import { z } from 'zod';
import type { HttpServer } from '../http/index.ts';
import type { ReceiveEvent } from './receive-event.ts';

/** Stripe's events are far smaller. */
const BODY_BYTES_MAX = 512 * 1_024;

export function billingWebhookRoutes(server: HttpServer, { receive }: { readonly receive: ReceiveEvent }): void {
  server.register((scope: HttpServer, _options, ready) => {
    // The signature is over the bytes as they came: here JSON is not read before it is checked.
    scope.removeContentTypeParser('application/json');
    scope.addContentTypeParser(
      'application/json',
      { parseAs: 'buffer', bodyLimit: BODY_BYTES_MAX },
      (_request, body, parsed) => parsed(null, body),
    );
    scope.post(
      '/api/webhooks/stripe/:product',
      {
        bodyLimit: BODY_BYTES_MAX,
        config: { public: true },
        schema: {
          summary: 'Take an event of Stripe in; the same event again changes nothing',
          tags: ['billing'],
          consumes: ['application/json'],
          params: z.object({ product: z.string().max(50) }),
          response: { 200: z.object({ received: z.literal(true), fresh: z.boolean() }) },
        },
      },
      async (request) => {
        const signature = request.headers['stripe-signature'];
        const { fresh } = await receive({
          productId: request.params.product,
          body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
          signature: typeof signature === 'string' ? signature : undefined,
        });
        return { received: true as const, fresh };
      },
    );
    ready();
  });
}
