import { type TestContext, testContext } from '../../kit/testing/context.ts';
import type { FaultName } from '../../kit/testing/contract-suite.ts';
import { closedPort, type FaultyServer, faultyServer } from '../../kit/testing/faulty-server.ts';
import { errorResponse, type ShopDatabase } from './shop-database.ts';

type Behaviour = { readonly answer?: Uint8Array };

const BEHAVIOUR: Readonly<Record<Exclude<FaultName, 'unreachable'>, Behaviour>> = {
  timeout: {},
  throttled: { answer: errorResponse('53300', 'sorry, too many clients already') },
  server_error: { answer: errorResponse('XX000', 'internal error') },
  // An authentication request of a kind that no protocol version has.
  malformed: { answer: Buffer.from('R\0\0\0\x08\0\0\0\x63', 'latin1') },
};

const CUT_OFF_MS = 200;

/** Contexts whose `app` connection leads to a server that fails, and the servers, to be closed. */
export function faultyConnections(shop: ShopDatabase, key: string) {
  const servers: FaultyServer[] = [];
  return {
    async fault(name: FaultName): Promise<TestContext> {
      const port = name === 'unreachable' ? await closedPort() : await open(name);
      const settings = { host: '127.0.0.1', port, database: 'shop', user: 'app', password: shop.canary };
      const signal = name === 'timeout' ? AbortSignal.timeout(CUT_OFF_MS) : undefined;
      return testContext({
        key,
        connections: { 'postgres/app': settings },
        ...(signal === undefined ? {} : { signal }),
      });
    },
    async close(): Promise<void> {
      for (const server of servers) await server[Symbol.asyncDispose]();
    },
  };

  async function open(name: Exclude<FaultName, 'unreachable'>): Promise<number> {
    const { answer } = BEHAVIOUR[name];
    const server = await faultyServer({
      onData: (socket) => (answer === undefined ? undefined : socket.write(answer)),
    });
    servers.push(server);
    return server.port;
  }
}
