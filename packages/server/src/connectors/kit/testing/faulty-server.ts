import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

export interface FaultyServer extends AsyncDisposable {
  readonly port: number;
}

/**
 * A TCP server on loopback that does one wrong thing to whoever connects. `greeting` is sent at once,
 * `onData` sees what arrives; without either it takes connections and never says a word.
 */
export async function faultyServer(behaviour: {
  readonly greeting?: string | Uint8Array;
  readonly onData?: (socket: Socket, data: Buffer) => void;
}): Promise<FaultyServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.on('data', (data) => behaviour.onData?.(socket, data));
    if (behaviour.greeting !== undefined) socket.write(behaviour.greeting);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server.address()),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A loopback port on which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = await faultyServer({});
  const { port } = server;
  await server[Symbol.asyncDispose]();
  return port;
}

export function portOf(address: ReturnType<ReturnType<typeof createServer>['address']>): number {
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return address.port;
}
