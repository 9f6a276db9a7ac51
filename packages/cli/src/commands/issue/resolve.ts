import { issueSchema, TenantryError } from '@tenantry/contract';
import { Command } from 'commander';
import { taskOf, withCommon } from '../../session.ts';

interface Options {
  readonly resolution: string;
}

export const issueResolveCommand = (): Command =>
  withCommon(new Command('resolve').description('Say what ended a finding, an issue or an action item'))
    .argument('<tenant>', 'id or slug')
    .argument('<number>', 'as in #3')
    .requiredOption('--resolution <text>', 'what ended it, for whoever reads it next')
    .action(async (tenant: string, number: string, { resolution }: Options, command: Command) => {
      const task = taskOf(command);
      const place = /^#?([1-9]\d{0,6})$/.exec(number)?.[1];
      if (place === undefined) {
        throw new TenantryError('command.invalid', `"${number}" is no number of an issue.`, {
          next: `Take one from tenantry issue list ${tenant}, such as 3.`,
        });
      }
      const path = `/api/v1/tenants/${encodeURIComponent(tenant)}/issues/${place}/resolve`;
      const issue = await task.connect().post(path, { resolution }, issueSchema);
      task.print({ schema: 'tenantry.issue/1', ...issue }, () => [
        `${task.io.out.style.good('✓')} Resolved #${issue.number}: ${issue.title}`,
      ]);
    });
