import { Command } from 'commander';
import { findRun } from '../../find-run.ts';
import { actOnRun } from '../../runs-api.ts';
import { taskOf, withCommon } from '../../session.ts';
import { finishMove, type MoveOptions, roleOf, withMoveOptions } from './finish-move.ts';
import { namedValues } from './form-values.ts';

interface Options extends MoveOptions {
  readonly reason: string;
  readonly set?: string[];
  readonly plain?: boolean;
}

export const runRollbackCommand = (): Command =>
  withMoveOptions(
    withCommon(
      new Command('rollback').description('Take back what a run made: last made first, or by the runbook named for it'),
    ),
  )
    .argument('<run>', 'run id or its beginning, tenant slug, or latest')
    .requiredOption('--reason <text>', 'why; kept with the run')
    .option('--set <name=value...>', 'what the rollback runbook asks for')
    .option('--plain', 'everything at once, without the rollback runbook')
    .action(async (reference: string, options: Options, command: Command) => {
      const task = taskOf(command);
      const client = task.connect();
      const id = await findRun(client, reference);
      const after = await actOnRun(client, id, 'rollback', {
        ...roleOf(options),
        reason: options.reason,
        plain: options.plain === true,
        ...(options.set === undefined ? {} : { intake: namedValues(options.set) }),
      });
      await finishMove(task, client, after, 'The rollback has begun', options);
    });
