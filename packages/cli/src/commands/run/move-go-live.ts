import { Command } from 'commander';
import { findRun } from '../../find-run.ts';
import { actOnRun } from '../../runs-api.ts';
import { taskOf, withCommon } from '../../session.ts';
import { finishMove, type MoveOptions, roleOf, withMoveOptions } from './finish-move.ts';

interface Options extends MoveOptions {
  readonly to: string;
  readonly reason: string;
}

export const runMoveGoLiveCommand = (): Command =>
  withMoveOptions(
    withCommon(new Command('move-go-live').description('Move the day of go-live, and every time not yet reached')),
  )
    .argument('<run>', 'run id or its beginning, tenant slug, or latest')
    .requiredOption('--to <date>', 'the new day, such as 2027-03-01')
    .requiredOption('--reason <text>', 'why; kept with the run')
    .action(async (reference: string, options: Options, command: Command) => {
      const task = taskOf(command);
      const client = task.connect();
      const id = await findRun(client, reference);
      const { to, reason } = options;
      const after = await actOnRun(client, id, 'go-live', { ...roleOf(options), go_live: to, reason });
      await finishMove(task, client, after, `Go-live is on ${to}`, options);
    });
