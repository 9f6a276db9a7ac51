import { Command } from 'commander';
import { ioOf } from '../session.ts';
import type { WorkerOptions } from '../up/up-options.ts';

/** `tenantry worker`: one more process that carries out steps, on the database of a control plane. */
export function workerCommand(): Command {
  return new Command('worker')
    .description('Carry out steps as one more process on the same database')
    .option('--database-url <url>', 'PostgreSQL of the control plane')
    .option('--data-dir <path>', 'data folder of a control plane with the embedded PostgreSQL')
    .option('--development', 'the installation is a development one')
    .option('--concurrency <n>', 'steps at the same time')
    .action(async (options: WorkerOptions, command: Command) => {
      const { work } = await import('../up/work.ts');
      await work(options, ioOf(command));
    });
}
