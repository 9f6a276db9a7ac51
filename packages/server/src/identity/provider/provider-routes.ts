import type { FastifyRequest } from 'fastify';
import type { HttpServer } from '../../http/index.ts';
import { ISSUER_PATH } from './create-provider.ts';
import type { IdentityProvider, ServedProvider } from './open-identity-provider.ts';

/**
 * Everything under /oidc is answered by oidc-provider itself. It is told the configured address and nothing a caller
 * claims: neither `Host` nor a forwarding header of theirs reaches it.
 */
export function providerRoutes(server: HttpServer, idp: IdentityProvider, served: ServedProvider): void {
  const { protocol, host } = new URL(idp.publicUrl);
  void server.register((scope, _options, loaded) => {
    // It reads bodies itself.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    scope.route({
      method: ['GET', 'POST', 'OPTIONS'],
      url: `${ISSUER_PATH}/*`,
      config: { public: true },
      schema: { hide: true },
      handler: async (request, reply) => {
        const { raw } = request;
        for (const [name, value] of Object.entries(reply.getHeaders())) {
          if (value !== undefined) reply.raw.setHeader(name, value);
        }
        reply.hijack();
        Object.assign(raw, { originalUrl: raw.url, url: (raw.url ?? '').slice(ISSUER_PATH.length) });
        for (const name of Object.keys(raw.headers)) if (name.startsWith('x-forwarded-')) delete raw.headers[name];
        Object.assign(raw.headers, {
          host,
          'x-forwarded-host': host,
          'x-forwarded-proto': protocol.slice(0, -1),
          'x-forwarded-for': addressOf(request),
        });
        await served.provider().callback()(raw, reply.raw);
        return reply;
      },
    });
    loaded();
  });
}

const addressOf = (request: FastifyRequest): string => request.ip;
