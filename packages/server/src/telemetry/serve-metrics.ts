/** `/metrics` of a process that serves no API, such as a worker. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isForwarded, mayScrape, type ScrapeRules } from './may-scrape.ts';
import type { Telemetry } from './telemetry.ts';

export interface MetricsListener {
  readonly port: number;
  close(): Promise<void>;
}

/** @throws the listener's own error, such as EADDRINUSE */
export async function serveMetrics(
  telemetry: Telemetry,
  rules: ScrapeRules,
  place: { readonly host: string; readonly port: number },
): Promise<MetricsListener> {
  const server = createServer((request, response) => {
    answer(telemetry, rules, request, response).catch(() => response.destroy());
  });
  server.listen(place.port, place.host);
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : place.port,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function answer(
  telemetry: Telemetry,
  rules: ScrapeRules,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { authorization } = request.headers;
  const asked = { authorization, peer: request.socket.remoteAddress, forwarded: isForwarded(request.headers) };
  if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics') return void response.writeHead(404).end();
  if (!mayScrape(rules, asked)) return void response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
  const { contentType, text } = await telemetry.scrape();
  response.writeHead(200, { 'content-type': contentType }).end(text);
}
