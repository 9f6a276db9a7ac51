import { TenantryError } from '@tenantry/contract';
import { parseIntakeFile } from '@tenantry/runbook';
import { Command } from 'commander';
import { findRun } from '../../find-run.ts';
import { actOnStep, loadRun } from '../../runs-api.ts';
import { type Task, taskOf, withCommon } from '../../session.ts';
import { fileBody } from './file-body.ts';
import { finishMove, type MoveOptions, roleOf, withMoveOptions } from './finish-move.ts';
import { askAt, formValues, ticksOf } from './form-values.ts';

interface Options extends MoveOptions {
  readonly tick?: string[];
  readonly tickAll?: boolean;
  readonly set?: string[];
  readonly answers?: string;
  readonly note?: string;
  readonly file?: string;
}

export const runCompleteCommand = (): Command =>
  withMoveOptions(withCommon(new Command('complete').description('Complete a task that waits for you')))
    .argument('<run>', 'run id or its beginning, tenant slug, or latest')
    .argument('<step>', 'id of the step')
    .option('--tick <id...>', 'checklist items that are done')
    .option('--tick-all', 'every item that is for you and asks for no evidence of its own')
    .option('--set <name=value...>', 'values of the form')
    .option('--answers <file>', 'the form as a file, YAML or JSON; --set wins over it')
    .option('--note <text>', 'what you did, or a link, kept as evidence')
    .option('--file <path>', 'a file, kept as evidence')
    .action(async (reference: string, step: string, options: Options, command: Command) => {
      const task = taskOf(command);
      const client = task.connect();
      const run = await loadRun(client, await findRun(client, reference));
      const ask = askAt(run, step);
      const file = options.file === undefined ? undefined : await fileBody(options.file, task.io.cwd);
      const body = {
        ...roleOf(options),
        output: ask === undefined ? {} : formValues(options.set ?? [], ask, await answersFile(task, options.answers)),
        ticks: [...ticksOf(options.tick ?? [], options.tickAll === true, ask ?? { checklist: [], roles: [] })],
        ...(options.note === undefined ? {} : { note: options.note }),
        ...(file === undefined ? {} : { file }),
      };
      await finishMove(
        task,
        client,
        await actOnStep(client, run.id, step, 'complete', body),
        `Completed ${step}`,
        options,
      );
    });

/** @throws file.unreadable, with line and column */
async function answersFile(task: Task, path: string | undefined): Promise<Readonly<Record<string, unknown>>> {
  if (path === undefined) return {};
  const { source, name } = await task.readText(path);
  const { data, faults } = parseIntakeFile(source, name);
  if (faults.length === 0 && typeof data === 'object' && data !== null && !Array.isArray(data)) return { ...data };
  throw new TenantryError('file.unreadable', `${name} holds no answers.`, {
    faults,
    next: 'Write one line for each field of the form, `name: value`.',
  });
}
