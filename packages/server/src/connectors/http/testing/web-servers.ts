import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ANOTHER_AUTHORITY, AUTHORITY, CERTIFICATE, PRIVATE_KEY } from '../../kit/testing/certificates.ts';
import { type TestContext, testContext } from '../../kit/testing/context.ts';
import type { FaultName } from '../../kit/testing/contract-suite.ts';
import type { Disposables } from '../../kit/testing/disposables.ts';
import { closedPort, faultyServer, portOf } from '../../kit/testing/faulty-server.ts';

export interface WebServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
}

const listening = async (server: Server, scheme: string): Promise<WebServer> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server.address());
  return {
    port,
    url: `${scheme}://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};

export const webServer = (listener: RequestListener): Promise<WebServer> => listening(createServer(listener), 'http');

export const secureServer = (listener: RequestListener): Promise<WebServer> =>
  listening(createSecureServer({ cert: CERTIFICATE, key: PRIVATE_KEY }, listener), 'https');

/** The test authorities as PEM files. */
export async function authorityFiles(): Promise<
  { readonly trusted: string; readonly another: string } & AsyncDisposable
> {
  const folder = await mkdtemp(join(tmpdir(), 'tenantry-ca-'));
  const files = { trusted: join(folder, 'ca.pem'), another: join(folder, 'another.pem') };
  await writeFile(files.trusted, AUTHORITY);
  await writeFile(files.another, ANOTHER_AUTHORITY);
  return { ...files, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

export const answer = (
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
};

export interface Item {
  readonly id: number;
  name: string;
}

export interface Shop {
  readonly items: Item[];
  readonly listener: RequestListener;
}

/** An API that honours Idempotency-Key, echoes credentials as careless ones do, and knows how to undo. */
export function itemShop(): Shop {
  const items: Item[] = [];
  const replays = new Map<string, Item>();
  let nextId = 1;
  const create = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body: { name: string; password?: string } = JSON.parse(
      Buffer.concat(await request.toArray()).toString('utf8'),
    );
    const key = String(request.headers['idempotency-key']);
    const item = replays.get(key) ?? { id: nextId++, name: body.name };
    if (!replays.has(key)) items.push(item);
    replays.set(key, item);
    const echo = { authorization: request.headers.authorization, password: body.password };
    answer(response, 201, { ...item, echo }, { location: `/items/${item.id}` });
  };
  const one = (request: IncomingMessage, response: ServerResponse): void => {
    const at = items.findIndex((item) => `/items/${item.id}` === request.url);
    if (at < 0) return answer(response, 404, { error: 'no such item' });
    if (request.method === 'DELETE') items.splice(at, 1);
    answer(response, 200, { ...items[at], echo: request.headers.authorization });
  };
  const listener: RequestListener = (request, response) => {
    if (request.method === 'POST' && request.url === '/items') void create(request, response);
    else one(request, response);
  };
  return { items, listener };
}

const CUT_OFF_MS = 200;

/** A context whose `http/api` connection leads to a server that fails in the way asked for. */
export async function faultyApi(
  fault: FaultName,
  settings: object,
  key: string,
  stack: Disposables,
): Promise<TestContext> {
  const port = await faultyPort(fault, stack);
  const signal = fault === 'timeout' ? { signal: AbortSignal.timeout(CUT_OFF_MS) } : {};
  return testContext({
    key,
    connections: { 'http/api': { ...settings, base_url: `http://127.0.0.1:${port}` } },
    ...signal,
  });
}

async function faultyPort(fault: FaultName, stack: Disposables): Promise<number> {
  const failing = async (status: number, headers: Record<string, string> = {}) => {
    const server = await webServer((request, response) => answer(response, status, { echo: request.headers }, headers));
    return stack.use(server).port;
  };
  switch (fault) {
    case 'timeout':
      return stack.use(await faultyServer({})).port;
    case 'throttled':
      return failing(429, { 'retry-after': '7' });
    case 'server_error':
      return failing(500);
    case 'malformed':
      return stack.use(await faultyServer({ onData: (socket) => socket.end('NONSENSE\r\n\r\n') })).port;
    case 'unreachable':
      return closedPort();
  }
}
