import type { FastifyInstance, FastifyReply } from 'fastify';

/** No scripts at all, styles and pictures from here only, and nobody may frame us (VAL-21). */
const policyOf = (leadsTo: readonly string[]): string =>
  [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    `form-action ${["'self'", ...leadsTo].join(' ')}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'strict-transport-security': 'max-age=31536000',
  'content-security-policy': policyOf([]),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // Not `no-referrer`: browsers then send `Origin: null` with our own forms, and the origin check would refuse them.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
};

/** What a tenant sees is never kept by a cache; the style sheet says otherwise of itself. */
export const setSecurityHeaders = (reply: FastifyReply): FastifyReply =>
  reply.headers({ ...SECURITY_HEADERS, 'cache-control': 'no-store' });

/** On every answer, errors included. `leadsTo`: origins that our forms are redirected to, such as at log-out. */
export function addSecurityHeaders(app: FastifyInstance, leadsTo: readonly string[]): void {
  app.addHook('onRequest', async (_request, reply) => {
    setSecurityHeaders(reply).header('content-security-policy', policyOf(leadsTo));
  });
}
