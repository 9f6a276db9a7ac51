import { Command } from 'commander';
import { findRun } from '../../find-run.ts';
import { actOnStep } from '../../runs-api.ts';
import { taskOf, withCommon } from '../../session.ts';
import { finishMove, type MoveOptions, roleOf, withMoveOptions } from './finish-move.ts';

export const runTakeOverCommand = (): Command =>
  withMoveOptions(
    withCommon(new Command('take-over').description('Do by hand what an action that failed would have done')),
  )
    .argument('<run>', 'run id or its beginning, tenant slug, or latest')
    .argument('<step>', 'id of the step')
    .action(async (reference: string, step: string, options: MoveOptions, command: Command) => {
      const task = taskOf(command);
      const client = task.connect();
      const id = await findRun(client, reference);
      const after = await actOnStep(client, id, step, 'take-over', roleOf(options));
      await finishMove(task, client, after, `${step} is yours to do by hand`, options);
    });
