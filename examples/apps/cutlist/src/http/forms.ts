import type { FastifyInstance, FastifyRequest } from 'fastify';

/** HTML forms arrive as URLSearchParams; the route's body limit holds for them too. */
export function acceptForms(app: FastifyInstance): void {
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, new URLSearchParams(String(body)));
  });
}

const NO_FORM = new URLSearchParams();

export const formOf = (request: FastifyRequest): URLSearchParams =>
  request.body instanceof URLSearchParams ? request.body : NO_FORM;

/** One field of the form, or the empty text. */
export const fieldOf = (request: FastifyRequest, name: string): string => formOf(request).get(name) ?? '';

/** One field of the query, or undefined; the last wins when it is given twice. */
export function queryOf(request: FastifyRequest, name: string): string | undefined {
  const value = (request.query as Record<string, string | string[] | undefined>)[name];
  return Array.isArray(value) ? value.at(-1) : value;
}
