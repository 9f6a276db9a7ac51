import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A control plane that speaks the guard's stream and nothing else. */
export interface TestControlPlane {
  readonly url: string;
  /** From now on this is what it says of a tenant. */
  tell(id: string, state: object): void;
  stop(): Promise<void>;
}

const ACTIVE = {
  plan: 'enterprise',
  status: 'active',
  access_mode: null,
  closed: false,
  limits: { users: 'unlimited', projects: 'unlimited', api_calls_per_15min: 10_000 },
  features: {},
};

export async function startControlPlane(): Promise<TestControlPlane> {
  const states = new Map<string, object>();
  const readers = new Set<ServerResponse>();
  let position = 0;
  const send = (to: ServerResponse, event: string, data: object): void => {
    to.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const server = createServer((_request, response) => {
    const openedAt = performance.now();
    const tenants = [...states.values()];
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    send(response, 'begin', { schema: 'tenantry.guard/1', epoch: 'e', mode: 'snapshot', position, beat_ms: 250 });
    send(response, 'page', { tenants });
    send(response, 'ready', { position, elapsed_ms: 0, tenants: tenants.length });
    const beat = setInterval(() => send(response, 'beat', { position, elapsed_ms: performance.now() - openedAt }), 250);
    readers.add(response);
    response.once('close', () => {
      clearInterval(beat);
      readers.delete(response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tell: (id, state) => {
      position += 1;
      const row = { id, position, ...ACTIVE, ...state };
      states.set(id, row);
      for (const reader of readers) {
        send(reader, 'changes', { from: position - 1, to: position, elapsed_ms: 0, tenants: [row] });
      }
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
