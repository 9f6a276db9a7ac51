import { issueSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { taskOf, withCommon } from '../../session.ts';

interface Options {
  readonly action?: boolean;
}

export const issueOpenCommand = (): Command =>
  withCommon(new Command('open').description('Write down something that is wrong at a tenant, or to be done there'))
    .argument('<tenant>', 'id or slug')
    .argument('<title>', 'in one line')
    .option('--action', 'an action item, which is to be done')
    .action(async (tenant: string, title: string, { action }: Options, command: Command) => {
      const task = taskOf(command);
      const path = `/api/v1/tenants/${encodeURIComponent(tenant)}/issues`;
      const body = { title, kind: action === true ? 'action' : 'issue' };
      const issue = await task.connect().post(path, body, issueSchema);
      task.print({ schema: 'tenantry.issue/1', ...issue }, () => [
        `${task.io.out.style.good('✓')} Opened #${issue.number}. It stands in every check-in until it is resolved.`,
      ]);
    });
