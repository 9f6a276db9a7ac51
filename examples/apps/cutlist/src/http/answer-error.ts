import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { REFUSALS, Refusal, type RefusalCode } from '../refusal.ts';
import { renderRefusal } from '../ui/refusal-page.ts';
import { isApi } from './access.ts';

const NOT_FOUND = 'There is nothing at this address, or it is not yours.';

/** JSON for the API, a page for people; a visitor without a session is shown the log-in instead. */
export async function answerError(
  error: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const refusal = toRefusal(error);
  if (refusal === undefined) {
    request.log.error(error);
    return await answerFailure(request, reply);
  }
  if (refusal.retryAfterS !== undefined) reply.header('retry-after', String(refusal.retryAfterS));
  if (isApi(request)) {
    const { code, message, faults } = refusal;
    return await reply.code(refusal.status).send(faults.length === 0 ? { code, message } : { code, message, faults });
  }
  if (refusal.code === 'not_authenticated') return await reply.redirect('/login', 303);
  return await reply
    .code(refusal.status)
    .type('text/html; charset=utf-8')
    .send(renderRefusal(refusal, request.visitor));
}

export const answerNotFound = (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
  answerError(notFound(), request, reply);

/** The same for what does not exist and what belongs to another tenant. */
export const notFound = (): Refusal => new Refusal('not_found', NOT_FOUND);

/** Nothing of the cause leaves the process. */
function answerFailure(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const message = 'Something broke on our side. It has been recorded.';
  reply.code(500);
  return isApi(request) ? reply.send({ code: 'failure', message }) : reply.type('text/plain').send(`${message}\n`);
}

function toRefusal(error: FastifyError | Error): Refusal | undefined {
  if (error instanceof Refusal) return error;
  const status = 'statusCode' in error ? error.statusCode : undefined;
  if (status === undefined || status < 400 || status >= 500) return undefined;
  return new Refusal(codeOfStatus(status), error.message);
}

const codeOfStatus = (status: number): RefusalCode =>
  status === REFUSALS.too_large
    ? 'too_large'
    : status === REFUSALS.unsupported_media_type
      ? 'unsupported_media_type'
      : 'invalid';
