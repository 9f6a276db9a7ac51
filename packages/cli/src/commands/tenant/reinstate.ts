import { suspensionCauseSchema, tenantLifeSchema } from '@tenantry/contract';
import { Command, Option } from 'commander';
import { taskOf, withCommon } from '../../session.ts';
import { lifeLines } from './life-lines.ts';

interface Options {
  readonly resolution: string;
  readonly cause?: string;
  readonly authority?: string;
}

export const tenantReinstateCommand = (): Command =>
  withCommon(new Command('reinstate').description('Resolve a cause of a suspension; the last one opens the tenant'))
    .argument('<tenant>', 'id or slug')
    .requiredOption('--resolution <text>', 'how the issue was resolved; kept for good, and told to the administrators')
    .addOption(
      new Option('--cause <cause>', 'which cause, where there is more than one').choices(suspensionCauseSchema.options),
    )
    .option('--authority <text>', 'on whose word')
    .action(async (tenant: string, body: Options, command: Command) => {
      const task = taskOf(command);
      const path = `/api/v1/tenants/${encodeURIComponent(tenant)}/reinstate`;
      const life = await task.connect().post(path, body, tenantLifeSchema);
      const done = life.suspensions.length === 0 ? 'Open again.' : 'Resolved, and not the only cause.';
      task.print({ schema: 'tenantry.tenant-life/1', ...life }, () => lifeLines(life, task, done));
    });
