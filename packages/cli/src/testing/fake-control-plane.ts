/** A control plane that speaks the contract and keeps one run in memory, over a real socket. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ErrorOptions, problemOf, type RunEventView, type RunView, TenantryError } from '@tenantry/contract';
import { onTestFinished } from 'vitest';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** Answers a request with a value (200), or throws a TenantryError for a problem; undefined breaks the connection off. */
export type Handler = (request: Received) => unknown;

export interface FakeControlPlane {
  readonly url: string;
  readonly received: Received[];
  /** By `METHOD /path`; what has no handler is a 404. */
  readonly handlers: Map<string, Handler>;
  /** Keeps a run: it can be read, and its events stream. */
  keep(run: RunView): void;
  /** Moves it on: stores the view under the next revision and tells whoever streams. */
  move(change: (run: RunView) => RunView): void;
  /** Breaks every open stream off, as a restart would. */
  breakStreams(): void;
  openStreams(): number;
}

/** Stops by itself when the test is over. */
export async function startFakeControlPlane(): Promise<FakeControlPlane> {
  const received: Received[] = [];
  const handlers = new Map<string, Handler>();
  const streams = new Set<ServerResponse>();
  const events: RunEventView[] = [];
  let run: RunView | undefined;

  const runRoutes = (request: Received): unknown => {
    if (run === undefined) return undefined;
    if (request.path === '/api/v1/runs') return { items: [run], next_cursor: null };
    if (request.path === `/api/v1/runs/${run.id}`) return run;
    if (/\/(?:evidence|resources)$/.test(request.path)) return { items: [] };
    return undefined;
  };

  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    );
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake');
    const one: Received = {
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: await bodyOf(request),
    };
    received.push(one);
    try {
      const handler = handlers.get(`${one.method} ${one.path}`);
      if (handler === undefined && one.path.endsWith('/events')) return openStream(one, response);
      const value = handler === undefined ? runRoutes(one) : handler(one);
      if (value === undefined && handler !== undefined) return void response.destroy();
      if (value === undefined) throw refusal('request.not_found', 'There is nothing at this address.');
      send(response, 200, 'application/json', value);
    } catch (error) {
      if (!(error instanceof TenantryError)) throw error;
      send(response, error.status, 'application/problem+json', problemOf(error, { requestId: 'req-1' }));
    }
  }

  function openStream(request: Received, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    streams.add(response);
    response.once('close', () => streams.delete(response));
    const after = Number(request.headers['last-event-id'] ?? 0);
    for (const event of events) if (event.revision > after) response.write(eventText(event));
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => close(server));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    handlers,
    keep: (kept) => {
      run = kept;
    },
    move: (change) => {
      if (run === undefined) throw new Error('no run is kept');
      run = { ...change(run), revision: run.revision + 1 };
      const event: RunEventView = {
        revision: run.revision,
        at: run.updated_at,
        type: 'moved',
        step: null,
        steps: [],
        run_status: run.status,
      };
      events.push(event);
      for (const stream of streams) stream.write(eventText(event));
    },
    breakStreams: () => {
      for (const stream of streams) stream.destroy();
    },
    openStreams: () => streams.size,
  };
}

/** What a handler throws to refuse. */
export const refusal = (
  code: ConstructorParameters<typeof TenantryError>[0],
  message: string,
  options?: ErrorOptions,
): TenantryError => new TenantryError(code, message, options);

const eventText = (event: RunEventView): string =>
  `id: ${event.revision}\nevent: run\ndata: ${JSON.stringify(event)}\n\n`;

function send(response: ServerResponse, status: number, type: string, value: unknown): void {
  response.writeHead(status, { 'content-type': type });
  response.end(value instanceof Uint8Array ? value : JSON.stringify(value));
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? undefined : JSON.parse(text);
}

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
