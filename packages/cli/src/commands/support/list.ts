import { pageSchema, type SupportAccessView, supportAccessSchema } from '@tenantry/contract';
import { Command, Option } from 'commander';
import { taskOf, wholeNumber, withCommon } from '../../session.ts';
import { tableLines } from '../../terminal/table.ts';

const pageOfAccess = pageSchema(supportAccessSchema);

interface Options {
  readonly tenant?: string;
  readonly open?: boolean;
  readonly limit: number;
  readonly cursor?: string;
}

export const supportListCommand = (): Command =>
  withCommon(new Command('list').description('Show who has or had access to which tenant, and why'))
    .option('--tenant <tenant>', 'only of this tenant, by id or slug')
    .option('--open', 'only what is live or waits for an answer')
    .addOption(new Option('--limit <number>', 'rows at most').argParser(wholeNumber(1, 200)).default(50))
    .option('--cursor <cursor>', 'next_cursor of the page before')
    .action(async ({ tenant, open, limit, cursor }: Options, command: Command) => {
      const task = taskOf(command);
      const path =
        tenant === undefined
          ? '/api/v1/support-access'
          : `/api/v1/tenants/${encodeURIComponent(tenant)}/support-access`;
      const query = { limit, cursor, open: open === true ? 'true' : undefined };
      const page = await task.connect().get(path, pageOfAccess, { query });
      task.print({ schema: 'tenantry.support-accesses/1', ...page }, () => [
        ...tableLines<SupportAccessView>(
          page.items,
          [
            { title: 'tenant', text: ({ tenant_slug }) => tenant_slug },
            { title: 'person', text: ({ person }) => person },
            { title: 'status', text: ({ status }) => status },
            { title: 'until', text: ({ until, ended_at }) => (ended_at ?? until ?? '').slice(0, 16) },
            { title: 'granted by', text: ({ granted_by }) => granted_by ?? '' },
            { title: 'reason', text: ({ reason }) => reason, flexible: true },
            { title: 'id', text: ({ id }) => id },
          ],
          task.io.out,
        ),
        ...(page.next_cursor === null ? [] : [`More: --cursor ${page.next_cursor}`]),
      ]);
    });
