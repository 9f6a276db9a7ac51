import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { PROBLEM_CONTENT_TYPE } from '@tenantry/contract';
import type { FastifySchema, RouteOptions } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { HttpServer } from './http-server.ts';

export const OPENAPI_PATH = '/api/v1/openapi.json';
export const DOCS_PREFIX = '/api/docs';

/** Inline styles are how the browsable page lays itself out; scripts come from its own files only. */
const DOCS_CSP = {
  'default-src': "'self'",
  'img-src': "'self' data:",
  'style-src': "'self' 'unsafe-inline'",
  'object-src': "'none'",
  'base-uri': "'self'",
  'frame-ancestors': "'none'",
};

/** Describes every route registered after it, and serves the description and a page to browse it. */
export async function describeApi(server: HttpServer, about: { publicUrl: string; version: string }): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Tenantry',
        version: about.version,
        description: 'The control plane for the life of a B2B client. Errors are problem+json (RFC 9457).',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: about.publicUrl }],
      components: {
        securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'A key that starts `tnt_`' } },
      },
    },
    transform: (input) => {
      const { schema, url } = jsonSchemaTransform(input);
      return { schema: input.schema === undefined ? schema : withCommonParts(schema, input.route), url };
    },
    transformObject: jsonSchemaTransformObject,
  });
}

/** What every operation shares: the problem answer, the key and its scope, and Idempotency-Key on writes. */
const withCommonParts = (schema: FastifySchema, route: RouteOptions): FastifySchema => {
  const { scope, public: isPublic = false, notIdempotent } = route.config ?? {};
  const security = isPublic ? [] : [{ key: scope === undefined ? [] : [scope] }];
  const repeatable = !isPublic && route.method !== 'GET' && notIdempotent === undefined;
  const headers = repeatable ? { headers: schema.headers ?? IDEMPOTENCY_HEADER } : {};
  const responses = typeof schema.response === 'object' ? schema.response : {};
  return { ...schema, ...headers, security, response: { ...responses, default: PROBLEM_RESPONSE } };
};

/** The schema is registered under this name by the contract. */
const PROBLEM_RESPONSE = {
  description: 'What went wrong and what to do about it',
  content: { [PROBLEM_CONTENT_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
};

const IDEMPOTENCY_HEADER = {
  type: 'object',
  properties: {
    'idempotency-key': {
      type: 'string',
      maxLength: 255,
      description: 'A text of your choice: the same request sent again with it within 24 hours has no second effect',
    },
  },
};

/** The description as JSON, and the browsable page with its own copies of script and style. */
export async function serveApiDescription(server: HttpServer): Promise<void> {
  server.get(OPENAPI_PATH, { config: { public: true }, schema: { hide: true } }, async (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(JSON.stringify(server.swagger())),
  );
  await server.register(swaggerUi, {
    routePrefix: DOCS_PREFIX,
    staticCSP: DOCS_CSP,
    uiConfig: { docExpansion: 'list', deepLinking: true, url: OPENAPI_PATH },
  });
}
