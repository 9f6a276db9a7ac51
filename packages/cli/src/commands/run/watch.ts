import { Command, Option } from 'commander';
import { findRun } from '../../find-run.ts';
import type { FollowOptions } from '../../progress.ts';
import { taskOf, withCommon } from '../../session.ts';
import { followForCommand } from './follow.ts';

export const runWatchCommand = (): Command =>
  withCommon(new Command('watch').description('Follow a run live; Ctrl-C leaves it going on'), [
    'human',
    'json',
    'jsonl',
  ])
    .argument('<run>', 'run id or its beginning, tenant slug, or latest')
    .addOption(
      new Option('--until <moment>', 'people: until people are asked, it halts or it ends; end: until it ends')
        .choices(['people', 'end'])
        .default('end'),
    )
    .action(async (reference: string, { until }: Pick<FollowOptions, 'until'>, command: Command) => {
      const task = taskOf(command);
      const client = task.connect();
      await followForCommand(task, client, await findRun(client, reference), { until });
    });
