/** The peer: graphile-worker alone, jobs that do nothing. */
import { Logger, run } from 'graphile-worker';
import pg from 'pg';

const { connection, concurrency } = JSON.parse(process.argv[2] ?? '{}');
const pgPool = new pg.Pool({ ...connection, max: concurrency + 2 });
pgPool.on('error', () => process.exit(1));
pgPool.on('connect', (client) => client.on('error', () => undefined));
const runner = await run({
  pgPool,
  concurrency,
  logger: new Logger(() => () => undefined),
  noHandleSignals: true,
  taskList: { nothing: async () => undefined },
});
process.stdin.once('close', () => process.exit()).resume();
process.stdin.on('data', () => void runner.stop().then(() => process.exit()));
process.stdout.write('{"event":"ready"}\n');
