import { Command } from 'commander';
import { findRun } from '../../find-run.ts';
import { actOnRun } from '../../runs-api.ts';
import { taskOf, withCommon } from '../../session.ts';
import { finishMove, type MoveOptions, roleOf, withMoveOptions } from './finish-move.ts';

interface Options extends MoveOptions {
  readonly to: string;
  readonly reopen?: string;
  readonly reason: string;
}

export const runMigrateCommand = (): Command =>
  withMoveOptions(withCommon(new Command('migrate').description('Go on under another version of the runbook')))
    .argument('<run>', 'run id or its beginning, tenant slug, or latest')
    .requiredOption('--to <version>', 'the version, which its approvers have approved')
    .requiredOption('--reason <text>', 'why; kept with the run')
    .option('--reopen <phase>', 'a phase of the new version to begin anew, with all that depends on it')
    .action(async (reference: string, options: Options, command: Command) => {
      const task = taskOf(command);
      const client = task.connect();
      const id = await findRun(client, reference);
      const { to, reopen, reason } = options;
      const body = { ...roleOf(options), to, reason, ...(reopen === undefined ? {} : { reopen }) };
      const after = await actOnRun(client, id, 'migrate', body);
      await finishMove(task, client, after, `The run goes on under version ${to}`, options);
    });
