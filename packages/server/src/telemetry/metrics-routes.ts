/** `/metrics` on the API's own port, and the durations of all requests. */
import { TenantryError } from '@tenantry/contract';
import type { HttpServer } from '../http/index.ts';
import { isForwarded, mayScrape, type ScrapeRules } from './may-scrape.ts';
import type { Telemetry } from './telemetry.ts';

export function telemetryRoutes(server: HttpServer, telemetry: Telemetry, rules: ScrapeRules): void {
  server.addHook('onResponse', async (request, reply) => {
    // A stream lasts as long as somebody watches: its length says nothing of how fast we are.
    if (String(reply.getHeader('content-type')).startsWith('text/event-stream')) return;
    telemetry.observeRequest({
      method: request.method,
      route: request.is404 ? 'none' : (request.routeOptions.url ?? 'none'),
      status: reply.statusCode,
      seconds: reply.elapsedTime / 1_000,
    });
  });
  server.get(
    '/metrics',
    { config: { public: true }, logLevel: 'warn', schema: { hide: true } },
    async (request, reply) => {
      const asked = {
        authorization: request.headers.authorization,
        peer: request.socket.remoteAddress,
        forwarded: isForwarded(request.headers),
      };
      if (!mayScrape(rules, asked)) throw refused();
      const { contentType, text } = await telemetry.scrape();
      return reply.type(contentType).send(text);
    },
  );
}

const refused = (): TenantryError =>
  new TenantryError('access.unauthenticated', 'The metrics are not open to this request.', {
    next: 'Send "Authorization: Bearer …" with the token of TENANTRY_METRICS_TOKEN.',
  });
