import { Command } from 'commander';
import { findRun } from '../../find-run.ts';
import { actOnRun } from '../../runs-api.ts';
import { taskOf, withCommon } from '../../session.ts';
import { finishMove, type MoveOptions, roleOf, withMoveOptions } from './finish-move.ts';

interface Options extends MoveOptions {
  readonly phase: string;
  readonly reason: string;
  readonly undo?: boolean;
}

export const runReopenCommand = (): Command =>
  withMoveOptions(
    withCommon(new Command('reopen').description('Begin another round of a phase and of all that depends on it')),
  )
    .argument('<run>', 'run id or its beginning, tenant slug, or latest')
    .requiredOption('--phase <phase>', 'the phase to go back to')
    .requiredOption('--reason <text>', 'why; kept with the run')
    .option('--undo', 'take back first what the phases concerned have made')
    .action(async (reference: string, options: Options, command: Command) => {
      const task = taskOf(command);
      const client = task.connect();
      const id = await findRun(client, reference);
      const { phase, reason, undo = false } = options;
      const after = await actOnRun(client, id, 'reopen', { ...roleOf(options), phase, reason, undo });
      await finishMove(task, client, after, `Went back to ${phase}`, options);
    });
