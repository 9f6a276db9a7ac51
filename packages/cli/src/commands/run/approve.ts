import { type AskView, type RunView, TenantryError } from '@tenantry/contract';
import { Command } from 'commander';
import { answerCommand } from '../../command-text.ts';
import { findRun } from '../../find-run.ts';
import { actOnStep, loadRun } from '../../runs-api.ts';
import { type Task, taskOf, withCommon } from '../../session.ts';
import { plainLine, plainText } from '../../terminal/plain-text.ts';
import { indentLines, wrapText } from '../../terminal/text-width.ts';
import { askLines } from '../../views/ask-lines.ts';
import { finishMove, type MoveOptions, roleOf, withMoveOptions } from './finish-move.ts';
import { askAt } from './form-values.ts';

interface Options extends MoveOptions {
  readonly no?: boolean;
  readonly note?: string;
  readonly hash?: string;
  readonly yes?: boolean;
}

export const runApproveCommand = (): Command =>
  withMoveOptions(
    withCommon(new Command('approve').description('Approve, sign off or refuse what waits for your decision')),
  )
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
      if (ask !== undefined) refuseTask(ask, answerCommand(run, ask, client));
      const hash = options.hash ?? ask?.hash ?? undefined;
      if (ask !== undefined) for (const line of contentLines(run, ask, task)) task.remark(line);
      const decision = options.no === true ? 'no' : 'yes';
      if (options.yes !== true && task.format === 'human') await confirm(task, decision, ask);
      const body = {
        ...roleOf(options),
        decision,
        ...(hash === undefined ? {} : { hash }),
        ...(options.note === undefined ? {} : { note: options.note }),
      };
      const after = await actOnStep(client, run.id, step, 'decide', body);
      await finishMove(task, client, after, decision === 'yes' ? `Said yes to ${step}` : `Refused ${step}`, options);
    });

/** @throws run.wrong_state: whoever types this would find out only after confirming */
function refuseTask(ask: AskView, instead: string): void {
  if (ask.kind === 'approve' || ask.kind === 'sign_off') return;
  throw new TenantryError(
    'run.wrong_state',
    `Step ${ask.step} is a task: there is nothing to approve, it is to be done.`,
    {
      next: `When it is done, type ${instead}`,
    },
  );
}

/** Exactly what the decision is bound to. */
function contentLines(run: RunView, ask: AskView, { io: { err } }: Task): readonly string[] {
  const statement =
    ask.statement === null || ask.statement === ask.text ? [] : wrapText(plainText(ask.statement), err.columns - 4);
  return [
    `${err.style.strong(plainLine(run.title))}`,
    ...askLines(ask, err),
    ...indentLines(statement, '    '),
    ...(ask.hash === null ? [] : [`    ${err.style.faint(`sha256 of what is decided on: ${ask.hash}`)}`]),
    '',
  ];
}

/** @throws command.invalid when the person at the terminal does not confirm */
async function confirm({ io }: Task, decision: 'yes' | 'no', ask: AskView | undefined): Promise<void> {
  if (io.ask === undefined) return;
  const verb = decision === 'no' ? 'Refuse' : ask?.kind === 'sign_off' ? 'Sign' : 'Approve';
  const answer = await io.ask(`${verb} this? [y/N] `);
  if (/^y(?:es)?$/i.test(answer)) return;
  throw new TenantryError('command.invalid', 'Not confirmed: nothing was decided.', {
    next: 'Type the command again when you are sure; --no refuses.',
  });
}
