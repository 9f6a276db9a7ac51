import fastify, { type FastifyInstance } from 'fastify';
import type { KeyedCertificate } from '../tls/issue-certificates.ts';
import { answerError } from './answer-error.ts';
import { setSecurityHeaders } from './security-headers.ts';

const BODY_LIMIT_BYTES = 256 * 1_024;

/** An HTTPS server without routes yet. */
export function createApp(leaf: KeyedCertificate, log: boolean): FastifyInstance {
  return fastify({
    https: { key: leaf.key, cert: leaf.certificate, minVersion: 'TLSv1.2' },
    bodyLimit: BODY_LIMIT_BYTES,
    logger: log,
    forceCloseConnections: true,
    // Addresses the router cannot read (`/%`) never reach a hook; they get the same headers and the same answer.
    frameworkErrors: (error, request, reply) => {
      setSecurityHeaders(reply);
      void answerError(error, request, reply);
    },
  });
}

/** New handshakes get the new certificate; connections that are open go on. */
export function replaceCertificate(app: FastifyInstance, leaf: KeyedCertificate): void {
  if ('setSecureContext' in app.server && typeof app.server.setSecureContext === 'function') {
    app.server.setSecureContext({ key: leaf.key, cert: leaf.certificate });
  }
}
