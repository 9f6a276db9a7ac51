import { tenantLifeSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { taskOf, withCommon } from '../../session.ts';
import { timeText } from '../../terminal/time-text.ts';
import { timeOf } from './change-plan.ts';
import { lifeLines } from './life-lines.ts';

interface Options {
  readonly until: string;
  readonly reason: string;
}

export const tenantTrialCommand = (): Command =>
  withCommon(new Command('trial').description('Move the end of a trial'))
    .argument('<tenant>', 'id or slug')
    .requiredOption('--until <time>', 'when it ends: 2027-01-01, or 2027-01-01T09:00:00Z')
    .requiredOption('--reason <text>', 'why; kept for good')
    .action(async (tenant: string, { until, reason }: Options, command: Command) => {
      const task = taskOf(command);
      const path = `/api/v1/tenants/${encodeURIComponent(tenant)}/trial`;
      const life = await task.connect().post(path, { ends_at: timeOf(until), reason }, tenantLifeSchema);
      const done = `The trial ends on ${timeText(life.trial_ends_at)}.`;
      task.print({ schema: 'tenantry.tenant-life/1', ...life }, () => lifeLines(life, task, done));
    });
