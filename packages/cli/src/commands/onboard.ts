import type { RunView } from '@tenantry/contract';
import { Command } from 'commander';
import { commandLine, nameOf } from '../command-text.ts';
import type { InputFile } from '../input-file.ts';
import { planRun, type StartRunInput, startRun } from '../runs-api.ts';
import { type Task, taskOf, withCommon } from '../session.ts';
import { planLines } from '../views/plan-lines.ts';
import { followForCommand } from './run/follow.ts';

interface Options {
  readonly plan?: boolean;
  readonly runbook?: string;
  readonly product?: string;
  readonly tenant?: string;
  readonly unattended?: boolean;
  readonly wait: boolean;
}

export const onboardCommand = (): Command =>
  withCommon(new Command('onboard').description('Onboard a client from an intake file'), ['human', 'json', 'jsonl'])
    .argument('<file>', 'client file, YAML or JSON')
    .option('--plan', 'only show what would be created, changed, sent and asked; touches nothing')
    .option('--runbook <id>', 'the runbook to run, where the file names none or another')
    .option('--product <id>', 'the product, where the file names none or another')
    .option('--tenant <tenant>', 'id or slug, for a runbook about a tenant that is there')
    .option('--unattended', 'take the recommended option wherever the runbook offers a choice')
    .option('--no-wait', 'start the run and leave it to itself')
    .action(async (path: string, options: Options, command: Command) => {
      const task = taskOf(command);
      const input = requestOf(await task.readText(path), options);
      const client = task.connect();
      if (options.plan === true) {
        const plan = await planRun(client, input);
        return task.print(plan, () => [...planLines(plan, task.io.out), '', ...hint(path, options)]);
      }
      const run = await startRun(client, input);
      if (!options.wait) return printStarted(task, run);
      await followForCommand(task, client, run.id, { until: 'people' });
    });

const requestOf = ({ source, name }: InputFile, { runbook, product, tenant, unattended }: Options): StartRunInput => ({
  source,
  file: name,
  ...(runbook === undefined ? {} : { runbook }),
  ...(product === undefined ? {} : { product }),
  ...(tenant === undefined ? {} : { tenant }),
  ...(unattended === undefined ? {} : { unattended }),
});

const hint = (path: string, { runbook, product }: Options): readonly string[] => [
  `To do it: ${commandLine(
    'onboard',
    path,
    ...(runbook === undefined ? [] : ['--runbook', runbook]),
    ...(product === undefined ? [] : ['--product', product]),
  )}`,
];

const printStarted = (task: Task, run: RunView): void =>
  task.print(run, () => [
    `${task.io.out.style.good('✓')} Started ${run.id}.`,
    `  To follow it: ${commandLine('run', 'watch', nameOf(run))}`,
  ]);
