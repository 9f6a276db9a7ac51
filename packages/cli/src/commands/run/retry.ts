import { Command } from 'commander';
import { findRun } from '../../find-run.ts';
import { actOnStep } from '../../runs-api.ts';
import { taskOf, withCommon } from '../../session.ts';
import { finishMove, type MoveOptions } from './finish-move.ts';

export const runRetryCommand = (): Command =>
  withCommon(new Command('retry').description('Try a failed step again'))
    .argument('<run>', 'run id or its beginning, tenant slug, or latest')
    .argument('<step>', 'id of the step')
    .option('--wait', 'then follow the run until people are asked, it halts or it ends')
    .action(async (reference: string, step: string, options: MoveOptions, command: Command) => {
      const task = taskOf(command);
      const client = task.connect();
      const after = await actOnStep(client, await findRun(client, reference), step, 'retry', {});
      await finishMove(task, client, after, `Trying ${step} again`, options);
    });
