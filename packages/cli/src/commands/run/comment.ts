import { TenantryError } from '@tenantry/contract';
import { Command } from 'commander';
import { findRun } from '../../find-run.ts';
import { actOnRun } from '../../runs-api.ts';
import { taskOf, withCommon } from '../../session.ts';
import { finishMove, type MoveOptions, roleOf, withMoveOptions } from './finish-move.ts';

interface Options extends MoveOptions {
  readonly text: string;
  readonly phase?: string;
}

export const runCommentCommand = (): Command =>
  withMoveOptions(
    withCommon(
      new Command('comment').description(
        'Say something on a step or phase before it is decided, when you are consulted',
      ),
    ),
  )
    .argument('<run>', 'run id or its beginning, tenant slug, or latest')
    .argument('[step]', 'id of the step')
    .requiredOption('--text <text>', 'what you have to say; whoever decides reads it, and it is kept with the run')
    .option('--phase <phase>', 'in place of a step: the phase it is about')
    .action(async (reference: string, step: string | undefined, options: Options, command: Command) => {
      const task = taskOf(command);
      const about = aboutOf(step, options.phase);
      const client = task.connect();
      const id = await findRun(client, reference);
      const after = await actOnRun(client, id, 'comment', { ...roleOf(options), ...about, text: options.text });
      await finishMove(task, client, after, `Commented on ${step ?? `phase ${options.phase}`}`, options);
    });

/** @throws command.invalid unless exactly one of a step and a phase is named */
function aboutOf(step: string | undefined, phase: string | undefined): { step: string } | { phase: string } {
  if (step !== undefined && phase === undefined) return { step };
  if (step === undefined && phase !== undefined) return { phase };
  throw new TenantryError('command.invalid', 'A comment is either on a step or on a phase.', {
    next: 'Name the step, or give --phase.',
  });
}
