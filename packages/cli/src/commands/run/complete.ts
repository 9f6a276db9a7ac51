import { basename, extname } from 'node:path';
import { TenantryError } from '@tenantry/contract';
import { parseIntakeFile } from '@tenantry/runbook';
import { Command } from 'commander';
import { findRun } from '../../find-run.ts';
import { readBytes } from '../../input-file.ts';
import { actOnStep, loadRun } from '../../runs-api.ts';
import { type Task, taskOf, withCommon } from '../../session.ts';
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

/** The API takes 16 MiB of JSON, in which a file grows by a third. */
const FILE_BYTES_MAX = 11_000_000;

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.gif': 'image/gif',
  '.html': 'text/html',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.json': 'application/json',
  '.md': 'text/markdown',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.txt': 'text/plain',
  '.yaml': 'application/yaml',
  '.yml': 'application/yaml',
};

export const runCompleteCommand = (): Command =>
  withMoveOptions(withCommon(new Command('complete').description('Complete a task that waits for you')))
    .argument('<run>', 'run id or its beginning, tenant slug, or latest')
    .argument('<step>', 'id of the step')
    .option('--tick <id...>', 'checklist items that are done')
    .option('--tick-all', 'every item that is for people')
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
        ticks: [...ticksOf(options.tick ?? [], options.tickAll === true, ask?.checklist ?? [])],
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

async function fileBody(
  path: string,
  cwd: string,
): Promise<{ name: string; media_type: string; content_base64: string }> {
  const bytes = await readBytes(path, cwd, FILE_BYTES_MAX);
  return {
    name: basename(path),
    media_type: MEDIA_TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream',
    content_base64: Buffer.from(bytes).toString('base64'),
  };
}
