import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type FastifyBaseLogger, fastify, LogController } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Logger } from 'pino';
import { type Authenticate, requireKeys } from './authenticate.ts';
import { serveErrorPages } from './error-pages.ts';
import { endStreamsOnClose } from './event-stream.ts';
import { serveHealth } from './health.ts';
import { serveHelpPages } from './help-pages.ts';
import type { HttpConfig, HttpServer, HttpServices } from './http-server.ts';
import { hashBodies } from './idempotency.ts';
import { describeApi, serveApiDescription } from './openapi.ts';
import { answerWithProblems, sendProblem } from './problem-answers.ts';
import { guardRoutes } from './route-table.ts';
import { createThrottle } from './throttle.ts';

export interface HttpServerOptions extends Pick<HttpServices, 'database' | 'now'> {
  readonly config: HttpConfig;
  readonly logger: Logger;
  readonly authenticate: Authenticate;
  /** Milliseconds a write may wait for another; 5,000 unless told. */
  readonly lockWaitMs?: number;
  /** Milliseconds after which a silent database counts as none; 2,000 unless told. */
  readonly healthWaitMs?: number;
}

/** How long a client may take to send a request; answers may take as long as they need. */
const REQUEST_TIMEOUT_MS = 60_000;

/**
 * The server without the routes of the domains: register those on it, then listen. Closing it ends open event
 * streams, finishes requests under way and refuses new ones; the database stays open.
 */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { config, logger, authenticate, database, now, lockWaitMs = 5_000, healthWaitMs = 2_000 } = options;
  const version = packageVersion();
  const server: HttpServer = fastify({
    loggerInstance: logger satisfies FastifyBaseLogger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    bodyLimit: config.bodyLimitBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    trustProxy: config.trustProxy === undefined ? false : [...config.trustProxy],
    genReqId: () => `req_${randomUUID()}`,
    frameworkErrors: (error, request, reply) => sendProblem(error, request, reply, config.publicUrl),
  }).withTypeProvider<ZodTypeProvider>();
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  server.removeContentTypeParser('text/plain');
  server.decorate('services', { database, now, lockWaitMs });
  // Hooks run in the order they are added here.
  logRequests(server);
  setSafeHeaders(server);
  tellTime(server, now);
  const throttle = await createThrottle(server, config.rateLimitPerMinute);
  requireKeys(server, authenticate, throttle);
  hashBodies(server);
  endStreamsOnClose(server);
  dropSilentConnectionsOnClose(server);
  guardRoutes(server);
  await describeApi(server, { publicUrl: config.publicUrl, version });
  answerWithProblems(server, config.publicUrl);
  serveHealth(server, { version, waitMs: healthWaitMs });
  serveErrorPages(server);
  serveHelpPages(server);
  await serveApiDescription(server);
  return server;
}

/** A line for each request. The route's pattern instead of its address, which may hold a one-time token. */
function logRequests(server: HttpServer): void {
  server.addHook('onResponse', async (request, reply) => {
    request.log.info(
      {
        method: request.method,
        route: request.is404 ? undefined : request.routeOptions.url,
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime),
        code: request.errorCode,
        personId: request.person?.id,
        keyId: request.person?.keyId,
      },
      'request',
    );
  });
}

/**
 * Browsers and connection pools open connections ahead of need. Node counts one that has never sent a request as
 * busy, so closing would wait for it until the request timeout.
 */
function dropSilentConnectionsOnClose(server: HttpServer): void {
  const silent = new Set<Socket>();
  let closing = false;
  server.server.on('connection', (socket: Socket) => {
    if (closing) return void socket.destroy();
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  server.server.on('request', (request: IncomingMessage) => silent.delete(request.socket));
  server.addHook('preClose', async () => {
    closing = true;
    for (const socket of silent) socket.destroy();
  });
}

/** Nothing here is meant to be framed, cached or guessed at; pages that need more say so themselves. */
function setSafeHeaders(server: HttpServer): void {
  server.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'x-request-id': request.id,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
  });
}

/** RFC 9110, 6.6.1: the time of this installation, by which others may set theirs; in development it may run ahead. */
function tellTime(server: HttpServer, now: () => Date): void {
  server.addHook('onSend', async (_request, reply) => {
    reply.header('date', now().toUTCString());
  });
}

/** The manifest lies two folders above this file, in `src` as in `dist`. */
export function packageVersion(): string {
  const manifest: { version?: unknown } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return typeof manifest.version === 'string' ? manifest.version : 'unknown';
}
