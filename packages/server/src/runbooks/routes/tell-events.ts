/** Telling runs of a tenant what happened outside. */
import { eventReceiptSchema, eventSchema } from '@tenantry/contract';
import { z } from 'zod';
import { type HttpServer, write } from '../../http/index.ts';
import { tellEvent } from '../tell-event.ts';

const tenantParams = z.object({ tenant: z.string().max(100).describe('Id or slug') });

export function eventRoutes(server: HttpServer): void {
  server.post(
    '/api/v1/tenants/:tenant/events',
    {
      config: { scope: 'tenants:write' },
      schema: {
        summary: 'Tell the runs of a tenant that something happened',
        tags: ['runs'],
        params: tenantParams,
        body: eventSchema,
        response: { 200: eventReceiptSchema },
      },
    },
    write(async (ctx, { params, body }) => {
      const { name, data, key } = body;
      const position = await tellEvent(ctx, { tenant: params.tenant, name, data, ...(key && { key }) });
      return { body: { position } };
    }),
  );
}
