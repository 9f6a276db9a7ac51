/** What `tenantry worker` does: loaded by that command alone, since it brings the whole server with it. */
import { openControlPlane, readConfig } from '@tenantry/server';
import type { Io } from '../io.ts';
import { untilStopped } from './until-stopped.ts';
import type { WorkerOptions } from './up-options.ts';

export async function work(options: WorkerOptions, io: Io): Promise<void> {
  const stopped = untilStopped();
  const config = readConfig({
    ...(options.databaseUrl && { databaseUrl: options.databaseUrl }),
    ...(options.dataDir && { dataDir: options.dataDir }),
    ...(options.development && { mode: 'development' }),
    ...(options.concurrency && { workerConcurrency: options.concurrency }),
  });
  const plane = await openControlPlane(config, { http: false, work: true });
  io.err.line('tenantry worker: taking jobs; stop it with Ctrl-C.');
  await stopped;
  await plane.close();
}
