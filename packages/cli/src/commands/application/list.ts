import { type ApplicationView, applicationViewSchema, pageSchema } from '@tenantry/contract';
import { Command, Option } from 'commander';
import { taskOf, wholeNumber, withCommon } from '../../session.ts';
import { tableLines } from '../../terminal/table.ts';

const pageOfApplications = pageSchema(applicationViewSchema);

interface Options {
  readonly limit: number;
  readonly cursor?: string;
}

export const applicationListCommand = (): Command =>
  withCommon(new Command('list').description('List applications that log their users in here'))
    .addOption(new Option('--limit <number>', 'applications at most').argParser(wholeNumber(1, 200)).default(50))
    .option('--cursor <cursor>', 'next_cursor of the page before')
    .action(async ({ limit, cursor }: Options, command: Command) => {
      const task = taskOf(command);
      const page = await task.connect().get('/api/v1/applications', pageOfApplications, { query: { limit, cursor } });
      task.print({ schema: 'tenantry.applications/1', ...page }, () => [
        ...tableLines<ApplicationView>(
          page.items,
          [
            { title: 'id', text: ({ id }) => id },
            { title: 'name', text: ({ name }) => name, flexible: true },
            { title: 'product', text: ({ product }) => product },
            { title: 'comes back to', text: ({ redirect_uris: addresses }) => addresses.join(' '), flexible: true },
            { title: 'secret', text: (application) => (application.public ? 'none' : 'kept') },
            { title: 'state', text: ({ disabled_at }) => (disabled_at === null ? 'active' : 'disabled') },
          ],
          task.io.out,
        ),
        ...(page.next_cursor === null ? [] : [`More: --cursor ${page.next_cursor}`]),
      ]);
    });
