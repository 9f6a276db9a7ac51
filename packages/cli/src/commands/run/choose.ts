import { Command } from 'commander';
import { findRun } from '../../find-run.ts';
import { actOnStep } from '../../runs-api.ts';
import { taskOf, withCommon } from '../../session.ts';
import { finishMove, type MoveOptions, roleOf, withMoveOptions } from './finish-move.ts';

export const runChooseCommand = (): Command =>
  withMoveOptions(withCommon(new Command('choose').description('Pick one of the options a step offers')))
    .argument('<run>', 'run id or its beginning, tenant slug, or latest')
    .argument('<step>', 'id of the step')
    .argument('<option>', 'id of the option')
    .action(async (reference: string, step: string, option: string, options: MoveOptions, command: Command) => {
      const task = taskOf(command);
      const client = task.connect();
      const id = await findRun(client, reference);
      const after = await actOnStep(client, id, step, 'choose', { ...roleOf(options), option });
      await finishMove(task, client, after, `Chose ${option} for ${step}`, options);
    });
