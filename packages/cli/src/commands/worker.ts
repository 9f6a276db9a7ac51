import { openControlPlane, readConfig } from '@tenantry/server';
import { Command } from 'commander';
import { untilStopped } from '../up/until-stopped.ts';

/** `tenantry worker`: one more process that carries out steps, on the database of a control plane. */
export function workerCommand(): Command {
  return new Command('worker')
    .description('Carry out steps as one more process on the same database')
    .option('--database-url <url>', 'PostgreSQL of the control plane')
    .option('--data-dir <path>', 'data folder of a control plane with the embedded PostgreSQL')
    .option('--development', 'the installation is a development one')
    .option('--concurrency <n>', 'steps at the same time')
    .action(
      async (options: { databaseUrl?: string; dataDir?: string; development?: boolean; concurrency?: string }) => {
        const config = readConfig({
          ...(options.databaseUrl && { databaseUrl: options.databaseUrl }),
          ...(options.dataDir && { dataDir: options.dataDir }),
          ...(options.development && { mode: 'development' }),
          ...(options.concurrency && { workerConcurrency: options.concurrency }),
        });
        const plane = await openControlPlane(config, { http: false, work: true });
        console.error('tenantry worker: taking jobs; stop it with Ctrl-C.');
        await untilStopped();
        await plane.close();
      },
    );
}
