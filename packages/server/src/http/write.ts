import { bug, TenantryError } from '@tenantry/contract';
import type { FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import type { Ctx } from '../access/index.ts';
import { personOf } from './authenticate.ts';
import type { RouteHandler, RouteRequest } from './http-server.ts';
import { answerOnce, type KeptAnswer, type OnceRequest } from './idempotency.ts';

/** What a write answers. `body` must fit the route's response schema for the status. */
export interface Answer {
  /** 200 unless told. */
  readonly status?: number;
  /** Undefined for 204. */
  readonly body?: object;
  /** Such as `location` and `etag`; kept and given again with a repeated request. */
  readonly headers?: Readonly<Record<string, string>>;
}

const LIMIT_LOCK_WAIT = { name: 'http-limit-lock-wait', text: `select set_config('lock_timeout', $1, true)` };
const LOCK_NOT_AVAILABLE = '55P03';
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

const writeHandlers = new WeakSet<object>();

export const isWriteHandler = (handler: object): boolean => writeHandlers.has(handler);

/**
 * The handler of a route that reads: one transaction, and the answer is what the function returns.
 *
 * @example
 * server.get('/api/v1/clients', { config: { scope: 'tenants:read' }, schema }, read((ctx, request) => listClients(ctx, request.query)));
 */
export function read<Schema extends FastifySchema>(
  fn: (ctx: Ctx, request: RouteRequest<Schema>) => Promise<unknown>,
): RouteHandler<Schema> {
  const handler = (request: RouteRequest<Schema>): Promise<unknown> => {
    const { database, now } = request.server.services;
    return database.transaction('operator', (tx) => fn({ tx, actor: personOf(request), now: now() }, request));
  };
  // What is returned is checked against the response schema when it is sent.
  return handler as unknown as RouteHandler<Schema>;
}

/**
 * The handler of a route that writes: one transaction, which also keeps the answer under the request's
 * Idempotency-Key, if it has one. So the effect and its answer are there together or not at all: a repeated request
 * gets the kept answer, a simultaneous one waits for the first, and one that comes after a crash or a refusal starts
 * anew. Calls to outside systems do not belong in the function.
 *
 * @example
 * server.post('/api/v1/clients', { config: { scope: 'tenants:write' }, schema }, write(async (ctx, request) => {
 *   const client = await createClient(ctx, request.body);
 *   return { status: 201, body: client };
 * }));
 */
export function write<Schema extends FastifySchema>(
  fn: (ctx: Ctx, request: RouteRequest<Schema>) => Promise<Answer>,
): RouteHandler<Schema> {
  const handler = async (request: RouteRequest<Schema>, reply: FastifyReply): Promise<FastifyReply> => {
    const { kept, replayed } = await makeOrFindAnswer(request, reply, (ctx) => fn(ctx, request));
    if (replayed) reply.header('idempotency-replayed', 'true');
    reply.code(kept.status).headers(kept.headers);
    return kept.body === null ? reply.send() : reply.type('application/json; charset=utf-8').send(kept.body);
  };
  writeHandlers.add(handler);
  return handler as unknown as RouteHandler<Schema>;
}

async function makeOrFindAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  fn: (ctx: Ctx) => Promise<Answer>,
): Promise<{ kept: KeptAnswer; replayed: boolean }> {
  const { database, now, lockWaitMs } = request.server.services;
  const actor = personOf(request);
  const once = onceRequestOf(request, actor.id);
  const work = async (ctx: Ctx): Promise<{ kept: KeptAnswer; replayed: boolean }> => {
    const make = async (): Promise<KeptAnswer> => keep(await fn(ctx), reply);
    return once === undefined ? { kept: await make(), replayed: false } : answerOnce(ctx, once, make);
  };
  try {
    return await database.transaction('operator', async (tx) => {
      // Not awaited by itself: it travels with the next statement. It ends with the transaction.
      const limited = tx.query(LIMIT_LOCK_WAIT, [String(lockWaitMs)]);
      const [answer] = await Promise.all([work({ tx, actor, now: now() }), limited]);
      return answer;
    });
  } catch (error) {
    throw isLockTimeout(error) ? busy(error) : error;
  }
}

/** The answer as it will be sent: a body that does not fit its schema undoes the write. */
function keep({ status = 200, body, headers = {} }: Answer, reply: FastifyReply): KeptAnswer {
  if (body === undefined) return { status, headers, body: null };
  const serialize = reply.getSerializationFunction(String(status));
  if (serialize === undefined) {
    throw bug(`The route ${reply.request.routeOptions.url} has no response schema for ${status}.`);
  }
  return { status, headers, body: serialize({ ...body }) };
}

function onceRequestOf(request: FastifyRequest, personId: string): OnceRequest | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !IDEMPOTENCY_KEY.test(key)) {
    throw new TenantryError('request.invalid', 'The Idempotency-Key is not 1 to 255 printable ASCII characters.', {
      faults: [{ path: 'header Idempotency-Key', message: 'expects 1 to 255 printable ASCII characters' }],
      next: 'Send a UUID.',
    });
  }
  if (request.bodyHash === undefined) throw bug('The hash of the body of a write is missing.');
  return {
    personId,
    key,
    route: `${request.method} ${request.url}`,
    bodyHash: request.bodyHash,
    onceShown: request.routeOptions.config.onceShown ?? [],
  };
}

const isLockTimeout = (error: unknown): boolean => {
  const cause = error instanceof Error && !('code' in error) ? error.cause : error;
  return cause instanceof Error && 'code' in cause && cause.code === LOCK_NOT_AVAILABLE;
};

const busy = (cause: unknown): TenantryError =>
  new TenantryError('run.conflict', 'Somebody else, or an earlier copy of this request, is still at work on this.', {
    cause,
    retry: { afterMs: 1_000 },
    next: 'Send the same request again, with the same Idempotency-Key.',
  });
