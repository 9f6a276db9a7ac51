/** Trying the connections of an environment from set-up. */
import { connectionTestSchema } from '@tenantry/contract';
import { z } from 'zod';
import { type HttpServer, personOf } from '../../http/index.ts';
import { testConnection } from '../execution/index.ts';
import type { RunRoutesDeps } from './run-params.ts';

const text = z.string().min(1).max(100);

export function connectionRoutes(server: HttpServer, { registry, keyring }: RunRoutesDeps): void {
  server.post(
    '/api/v1/products/:product/environments/:environment/connections/:kind/:name/test',
    {
      config: { scope: 'runbooks:write', notIdempotent: 'a trial changes nothing in the other system' },
      schema: {
        summary: 'Try a connection with its own credentials; the other system is reached and not changed',
        tags: ['products'],
        params: z.object({ product: text, environment: text, kind: text, name: text }),
        response: { 200: connectionTestSchema },
      },
    },
    async (request) => {
      const { database, now } = server.services;
      const tried = await testConnection({ database, now, registry, keyring }, personOf(request), request.params);
      const { at, tookMs, found, fault } = tried;
      return {
        ok: fault === undefined,
        at: at.toISOString(),
        took_ms: tookMs,
        found: found?.found ?? null,
        simulated: found?.simulated ?? false,
        fault: fault === undefined ? null : { code: fault.code, message: fault.message, next: fault.next ?? null },
      };
    },
  );
}
