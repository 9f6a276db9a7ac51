/** A database whose server fails in one way of the closed set, until it is mended. */
import type { Secret } from '../../connectors/kit/index.ts';
import type { FaultName } from '../../connectors/kit/testing/contract-suite.ts';
import { closedPort, type FaultyServer, faultyServer } from '../../connectors/kit/testing/faulty-server.ts';
import { connectPostgres, postgresFault } from '../../connectors/postgres/index.ts';
import { errorResponse } from '../../connectors/postgres/testing/shop-database.ts';
import type { SourceDatabase } from '../sources.ts';

const CUT_OFF_MS = 300;

const ANSWERS: Readonly<Record<Exclude<FaultName, 'unreachable' | 'timeout'>, Uint8Array>> = {
  throttled: errorResponse('53300', 'sorry, too many clients already'),
  server_error: errorResponse('XX000', 'internal error'),
  malformed: Buffer.from('R\0\0\0\x08\0\0\0\x63', 'latin1'),
};

export function faultyTarget() {
  let port: number | undefined;
  let server: FaultyServer | undefined;
  return {
    through(database: SourceDatabase, password: Secret): SourceDatabase {
      if (port === undefined) return database;
      const settings = {
        host: '127.0.0.1',
        port,
        user: 'app',
        database: 'shop',
        password,
        marks: 'tenantry_marks',
      } as const;
      const target = { settings, system: database.system };
      const connect: SourceDatabase['connect'] = (signal) => connectPostgres(target, signal);
      return {
        ...database,
        connect,
        connectToRestore: connect,
        connectToTest: connect,
        fault: (error, signal, committing) => postgresFault(target, error, signal, committing),
      };
    },
    /** Answers the signal a step then has. */
    async fail(name: FaultName): Promise<AbortSignal | undefined> {
      if (name === 'unreachable') port = await closedPort();
      else {
        const answer = name === 'timeout' ? undefined : ANSWERS[name];
        server = await faultyServer({
          onData: (socket) => (answer === undefined ? undefined : socket.write(answer)),
        });
        ({ port } = server);
      }
      return name === 'timeout' ? AbortSignal.timeout(CUT_OFF_MS) : undefined;
    },
    async mend(): Promise<void> {
      port = undefined;
      await server?.[Symbol.asyncDispose]();
      server = undefined;
    },
  };
}
