import { type IssueView, issueListSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { taskOf, withCommon } from '../../session.ts';
import { tableLines } from '../../terminal/table.ts';

interface Options {
  readonly all?: boolean;
}

export const issueListCommand = (): Command =>
  withCommon(new Command('list').description('List what is open at a tenant'))
    .argument('<tenant>', 'id or slug')
    .option('--all', 'what is resolved too')
    .action(async (tenant: string, { all }: Options, command: Command) => {
      const task = taskOf(command);
      const path = `/api/v1/tenants/${encodeURIComponent(tenant)}/issues`;
      const query = { status: all === true ? 'all' : 'open' };
      const { items } = await task.connect().get(path, issueListSchema, { query });
      task.print({ schema: 'tenantry.issues/1', items }, () =>
        items.length === 0
          ? [`Nothing is open at ${tenant}.`]
          : tableLines<IssueView>(
              items,
              [
                { title: 'no.', text: ({ number }) => `#${number}` },
                { title: 'kind', text: ({ kind }) => kind },
                { title: 'since', text: ({ opened_at }) => opened_at.slice(0, 10) },
                { title: 'what', text: ({ title }) => title, flexible: true },
                ...(all === true
                  ? [{ title: 'resolved', text: ({ resolution }: IssueView) => resolution ?? '', flexible: true }]
                  : []),
              ],
              task.io.out,
            ),
      );
    });
