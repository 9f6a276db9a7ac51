import { bug, type Fault, isTenantryError, PROBLEM_CONTENT_TYPE, problemOf, TenantryError } from '@tenantry/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors, type ZodFastifySchemaValidationError } from 'fastify-type-provider-zod';
import type { HttpServer } from './http-server.ts';

/** Every error of every route, thrown by us or by the framework, becomes one problem+json answer. */
export function answerWithProblems(server: HttpServer, publicUrl: string): void {
  server.decorateRequest('errorCode', undefined);
  server.setErrorHandler((error, request, reply) => sendProblem(error, request, reply, publicUrl));
  server.setNotFoundHandler((request, reply) => sendProblem(notFound(request), request, reply, publicUrl));
}

/** Answers an error as a problem. Failures and bugs are logged with everything known; refusals need no more than a line. */
export function sendProblem(
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  publicUrl: string,
): FastifyReply {
  const error = toTenantryError(thrown);
  request.errorCode = error.code;
  if (error.kind !== 'refusal') request.log.error({ err: error }, error.message);
  if (typeof error.retry === 'object') reply.header('retry-after', Math.max(1, Math.ceil(error.retry.afterMs / 1_000)));
  const problem = problemOf(error, { requestId: request.id, baseUrl: publicUrl });
  return reply
    .code(error.status)
    .header('x-request-id', request.id)
    .header('cache-control', 'no-store')
    .type(PROBLEM_CONTENT_TYPE)
    .send(JSON.stringify(problem));
}

/** Errors of the framework in our words; anything unknown is a bug, whose text stays private. */
export function toTenantryError(thrown: unknown): TenantryError {
  if (isTenantryError(thrown)) return thrown;
  if (hasZodFastifySchemaValidationErrors(thrown)) return invalidFields(thrown.validation, thrown.validationContext);
  const { code, statusCode } = frameworkFacts(thrown);
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new TenantryError('request.too_large', 'The request body is larger than this route takes.', {
      next: 'Send less at once.',
    });
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return invalid('header Content-Type', 'is none that this route reads', 'Send application/json.');
  }
  if (code === 'FST_ERR_BAD_URL') return invalid('address', 'is not a valid address', 'Check its percent-encoding.');
  if (code?.startsWith('FST_ERR_CTP_') === true || (thrown instanceof SyntaxError && statusCode === 400)) {
    return invalid('body', 'cannot be read as JSON', 'Send one complete JSON document in UTF-8.');
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return invalid('request', thrown instanceof Error ? thrown.message : 'cannot be read', 'Correct the request.');
  }
  return bug('Something broke inside Tenantry; the request was not carried out.', {
    cause: thrown,
    detail: thrown instanceof Error ? thrown.message : String(thrown),
    next: 'Report this with the request id; the server log has the rest.',
  });
}

const frameworkFacts = (thrown: unknown): { readonly code?: string; readonly statusCode?: number } => {
  if (!(thrown instanceof Error)) return {};
  return {
    ...('code' in thrown && typeof thrown.code === 'string' ? { code: thrown.code } : {}),
    ...('statusCode' in thrown && typeof thrown.statusCode === 'number' ? { statusCode: thrown.statusCode } : {}),
  };
};

const invalid = (path: string, message: string, next: string): TenantryError =>
  new TenantryError('request.invalid', `The ${path} of the request ${message}.`, {
    faults: [{ path, message, fix: next }],
    next,
  });

const invalidFields = (
  issues: readonly ZodFastifySchemaValidationError[],
  context: string | undefined,
): TenantryError => {
  const place = context === 'querystring' ? 'query' : (context ?? 'request');
  const faults = issues.flatMap((issue) => faultsOf(issue, place));
  const names = faults.map((fault) => fault.path).join(', ');
  return new TenantryError(
    'request.invalid',
    `The request has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}: ${names}.`,
    {
      faults,
      next: 'Correct the fields named in the faults.',
    },
  );
};

/** `/contacts/0/email` of the body -> `body.contacts[0].email`; each misspelt member is a fault of its own. */
const faultsOf = (issue: ZodFastifySchemaValidationError, place: string): readonly Fault[] => {
  const path = issue.instancePath
    .split('/')
    .filter((part) => part !== '')
    .reduce((before, part) => (/^\d+$/.test(part) ? `${before}[${part}]` : `${before}.${part}`), place);
  const unknown = issue.keyword === 'unrecognized_keys' ? issue.params.keys : undefined;
  if (Array.isArray(unknown)) {
    return unknown.map((key) => ({ path: `${path}.${String(key)}`, message: 'is not a field here' }));
  }
  return [{ path, message: issue.message ?? 'is invalid' }];
};

const notFound = (request: FastifyRequest): TenantryError =>
  new TenantryError('request.not_found', `There is nothing at ${request.method} ${request.url.split('?')[0]}.`, {
    next: 'Look the address up in /api/docs.',
  });
