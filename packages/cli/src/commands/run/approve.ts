import { type AskView, type RunView, TenantryError } from '@tenantry/contract';
import { Command } from 'commander';
import { findRun } from '../../find-run.ts';
import { actOnStep, loadRun } from '../../runs-api.ts';
import { type Task, taskOf, withCommon } from '../../session.ts';
import { plainLine, plainText } from '../../terminal/plain-text.ts';
import { indentLines, wrapText } from '../../terminal/text-width.ts';
import { askLines } from '../../views/ask-lines.ts';
import { finishMove, type MoveOptions, roleOf, withMoveOptions } from './finish-move.ts';
import { askAt } from './form-values.ts';

interface Options extends MoveOptions {
  /** `--no` is taken by commander for the negation of an option called like the rest of its name: none. */
  readonly refuse?: boolean;
  readonly note?: string;
  readonly hash?: string;
  readonly yes?: boolean;
}

export const runApproveCommand = (): Command =>
  withMoveOptions(withCommon(new Command('approve').description('Approve, sign off or refuse what waits for your decision')))
    .argument('<run>', 'run id or its beginning, tenant slug, or latest')
    .argument('<step>', 'id of the step')
    .option('--no', 'refuse it')
    .option('--note <text>', 'why, kept with the decision')
    .option('--hash <sha256>', 'decide only if this is what is to be decided on')
    .option('--yes', 'do not ask again')
    .action(async (reference: string, step: string, options: Options, command: Command) => {
      const task = taskOf(command);
      const client = task.connect();
      const run = await loadRun(client, await findRun(client, reference));
      const ask = askAt(run, step);
      const hash = options.hash ?? ask?.hash ?? undefined;
      if (ask !== undefined) for (const line of contentLines(run, ask, task)) task.remark(line);
      const decision = isRefusal(command) ? 'no' : 'yes';
      if (options.yes !== true) await confirm(task, decision, ask);
      const body = {
        ...roleOf(options),
        decision,
        ...(hash === undefined ? {} : { hash }),
        ...(options.note === undefined ? {} : { note: options.note }),
      };
      const after = await actOnStep(client, run.id, step, 'decide', body);
      await finishMove(task, client, after, decision === 'yes' ? `Said yes to ${step}` : `Refused ${step}`, options);
    });
