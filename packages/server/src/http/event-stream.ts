import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpServer } from './http-server.ts';

/** One server-sent event. `data` is sent as JSON. */
export interface ServerEvent {
  /** Comes back as Last-Event-ID when the reader reconnects. */
  readonly id?: string;
  readonly event: string;
  readonly data: unknown;
}

export interface StreamStart {
  /** The last event the reader has seen; undefined for a first connection. */
  readonly lastEventId: string | undefined;
  /** Ends when the reader leaves or the server stops; pass it to whatever waits for events. */
  readonly signal: AbortSignal;
}

const HEARTBEAT_MS = 15_000;
const EVENT_ID = /^[\x20-\x7e]{1,200}$/;

/** Ends open streams when the server stops: they would hold it open for ever. */
export function endStreamsOnClose(server: HttpServer): void {
  server.decorate('openStreams', new Set<AbortController>());
  server.addHook('preClose', async () => {
    for (const stream of server.openStreams) stream.abort();
  });
}

/**
 * Answers with server-sent events (HTML standard, 9.2) until the source ends, the reader leaves or the server stops.
 * A slow reader holds the source back: the next event is asked for only when the last was taken. An error of the
 * source ends the stream, and the reader comes back by itself with Last-Event-ID. The key is looked at again before
 * each event and at each sign of life, so that a revoked one receives nothing more.
 *
 * @example
 * server.get(url, options, (request, reply) =>
 *   streamEvents(request, reply, ({ lastEventId, signal }) => followRun(runId, { after: lastEventId, signal })));
 */
export async function streamEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  open: (start: StreamStart) => AsyncIterable<ServerEvent>,
  { heartbeatMs = HEARTBEAT_MS }: { readonly heartbeatMs?: number } = {},
): Promise<FastifyReply> {
  const { openStreams } = request.server;
  const stream = new AbortController();
  const { signal } = stream;
  const response = reply.raw;
  const stop = (): void => stream.abort();
  openStreams.add(stream);
  response.once('close', stop);
  reply.hijack();
  startAnswer(reply);
  const isAllowed = async (): Promise<boolean> => (await request.isStillAllowed?.()) ?? true;
  const heartbeat = setInterval(() => {
    // A reader that takes nothing needs no sign of life, and must not fill memory with them.
    if (!response.writableNeedDrain) response.write(': still here\n\n');
    isAllowed().then((allowed) => allowed || stop(), stop);
  }, heartbeatMs);
  try {
    const source = open({ lastEventId: lastEventIdOf(request), signal });
    await pump(source, { response, signal, isAllowed });
  } catch (error) {
    if (!signal.aborted) request.log.error({ err: error }, 'An event stream broke off.');
  } finally {
    clearInterval(heartbeat);
    openStreams.delete(stream);
    response.off('close', stop);
    stream.abort();
    response.end();
  }
  return reply;
}

const startAnswer = (reply: FastifyReply): void => {
  reply.raw.writeHead(200, {
    ...headersOf(reply),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // nginx buffers answers unless told not to.
    'x-accel-buffering': 'no',
  });
  reply.raw.flushHeaders();
};

const headersOf = (reply: FastifyReply): Record<string, number | string | string[]> =>
  Object.fromEntries(
    Object.entries(reply.getHeaders()).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );

const lastEventIdOf = (request: FastifyRequest): string | undefined => {
  const header = request.headers['last-event-id'];
  return typeof header === 'string' && EVENT_ID.test(header) ? header : undefined;
};

interface Sink {
  readonly response: ServerResponse;
  readonly signal: AbortSignal;
  readonly isAllowed: () => Promise<boolean>;
}

async function pump(source: AsyncIterable<ServerEvent>, { response, signal, isAllowed }: Sink): Promise<void> {
  const events = source[Symbol.asyncIterator]();
  const aborted = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
    if (signal.aborted) resolve(undefined);
  });
  try {
    for (;;) {
      const next = events.next();
      const result = await Promise.race([next, aborted]);
      if (result === undefined || result.done === true) {
        // The source may answer the abort with an error after nobody listens any more.
        next.catch(() => undefined);
        return;
      }
      if (!(await isAllowed())) return;
      if (!response.write(format(result.value))) await once(response, 'drain', { signal });
    }
  } finally {
    // Not awaited: a source that waits without heeding the signal would hold the connection.
    events.return?.().catch(() => undefined);
  }
}

const format = ({ id, event, data }: ServerEvent): string =>
  `${id === undefined ? '' : `id: ${oneLine(id)}\n`}event: ${oneLine(event)}\ndata: ${JSON.stringify(data ?? null)}\n\n`;

/** A line break would start another field. */
const oneLine = (text: string): string => text.replace(/[\r\n\0]/g, ' ');
