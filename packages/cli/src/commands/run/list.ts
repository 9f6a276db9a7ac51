import { runStatusSchema } from '@tenantry/contract';
import { Command, Option } from 'commander';
import { PROGRAM } from '../../command-text.ts';
import { listRuns, type RunPage } from '../../runs-api.ts';
import { type Task, taskOf, wholeNumber, withCommon } from '../../session.ts';
import { tableLines } from '../../terminal/table.ts';
import { agoText } from '../../terminal/time-text.ts';
import { runStatusText, statusWords } from '../../views/step-words.ts';

interface Options {
  readonly status?: string;
  readonly tenant?: string;
  readonly limit: number;
  readonly cursor?: string;
}

export const runListCommand = (): Command =>
  withCommon(new Command('list').description('List runs, newest first'))
    .addOption(new Option('--status <status>', 'only runs in this status').choices(runStatusSchema.options))
    .option('--tenant <id>', 'only runs of this tenant')
    .addOption(new Option('--limit <number>', 'runs at most').argParser(wholeNumber(1, 200)).default(50))
    .option('--cursor <cursor>', 'next_cursor of the page before')
    .action(async ({ status, tenant, limit, cursor }: Options, command: Command) => {
      const task = taskOf(command);
      const page = await listRuns(task.connect(), { status, tenant, limit, cursor });
      task.print({ schema: 'tenantry.runs/1', ...page }, () => pageLines(page, task));
    });

type Run = RunPage['items'][number];

function pageLines({ items, next_cursor }: RunPage, { io }: Task): readonly string[] {
  if (items.length === 0) return [`No runs. Start one with ${PROGRAM} onboard FILE.`];
  const { style } = io.out;
  const table = tableLines<Run>(
    items,
    [
      { title: 'run', text: (run) => run.id.slice(0, 'run_'.length + 8) },
      { title: 'tenant', text: (run) => run.tenant_slug ?? '-' },
      {
        title: 'status',
        text: (run) => statusWords(run.status),
        paint: (text, run) => text.replace(/^.*\S/, runStatusText(run.status, style)),
      },
      { title: 'runbook', text: (run) => `${run.runbook} ${run.version}` },
      { title: 'title', text: (run) => run.title, flexible: true },
      { title: 'started by', text: (run) => run.started_by },
      { title: 'changed', text: (run) => agoText(run.updated_at, io.now()) },
    ],
    io.out,
  );
  return next_cursor === null ? table : [...table, style.faint(`More: --cursor ${next_cursor}`)];
}
