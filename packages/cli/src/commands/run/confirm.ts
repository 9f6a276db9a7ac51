import { Command } from 'commander';
import { findRun } from '../../find-run.ts';
import { actOnStep } from '../../runs-api.ts';
import { taskOf, withCommon } from '../../session.ts';
import { finishMove, type MoveOptions, roleOf, withMoveOptions } from './finish-move.ts';

export const runConfirmCommand = (): Command =>
  withMoveOptions(
    withCommon(
      new Command('confirm').description('Type the text of a step that cannot be taken back, and let it go on'),
    ),
  )
    .argument('<run>', 'run id or its beginning, tenant slug, or latest')
    .argument('<step>', 'id of the step')
    .requiredOption('--text <text>', 'exactly the text that run show names')
    .action(
      async (reference: string, step: string, options: MoveOptions & { readonly text: string }, command: Command) => {
        const task = taskOf(command);
        const client = task.connect();
        const id = await findRun(client, reference);
        const after = await actOnStep(client, id, step, 'confirm', { ...roleOf(options), text: options.text });
        await finishMove(task, client, after, `Confirmed ${step}`, options);
      },
    );
