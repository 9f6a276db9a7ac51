import { Command } from 'commander';
import { findRun } from '../../find-run.ts';
import { actOnRun } from '../../runs-api.ts';
import { taskOf, withCommon } from '../../session.ts';
import { finishMove, type MoveOptions, roleOf, withMoveOptions } from './finish-move.ts';

export const runRollbackCommand = (): Command =>
  withMoveOptions(withCommon(new Command('rollback').description('Take back everything a run made, last made first')))
    .argument('<run>', 'run id or its beginning, tenant slug, or latest')
    .requiredOption('--reason <text>', 'why; kept with the run')
    .action(async (reference: string, options: MoveOptions & { readonly reason: string }, command: Command) => {
      const task = taskOf(command);
      const client = task.connect();
      const id = await findRun(client, reference);
      const after = await actOnRun(client, id, 'rollback', { ...roleOf(options), reason: options.reason });
      await finishMove(task, client, after, 'The rollback has begun', options);
    });
