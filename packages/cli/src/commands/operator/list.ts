import { type OperatorView, operatorViewSchema, pageSchema } from '@tenantry/contract';
import { Command, Option } from 'commander';
import { taskOf, wholeNumber, withCommon } from '../../session.ts';
import { tableLines } from '../../terminal/table.ts';
import { grantText } from './grant-words.ts';

const pageOfOperators = pageSchema(operatorViewSchema);

interface Options {
  readonly limit: number;
  readonly cursor?: string;
}

export const operatorListCommand = (): Command =>
  withCommon(new Command('list').description('List people of the vendor and what each may do'))
    .addOption(new Option('--limit <number>', 'people at most').argParser(wholeNumber(1, 200)).default(50))
    .option('--cursor <cursor>', 'next_cursor of the page before')
    .action(async ({ limit, cursor }: Options, command: Command) => {
      const task = taskOf(command);
      const page = await task.connect().get('/api/v1/operators', pageOfOperators, { query: { limit, cursor } });
      task.print({ schema: 'tenantry.operators/1', ...page }, () => [
        ...tableLines<OperatorView>(
          page.items,
          [
            { title: 'name', text: ({ name }) => name, flexible: true },
            { title: 'e-mail', text: ({ email }) => email, flexible: true },
            { title: 'may', text: ({ grants }) => grants.map(grantText).join(' ') || 'nothing', flexible: true },
            { title: 'in runbooks', text: ({ roles }) => roles.join(' '), flexible: true },
            { title: 'signed in', text: ({ signed_in_at }) => signed_in_at?.slice(0, 10) ?? 'never' },
            { title: 'state', text: ({ disabled_at }) => (disabled_at === null ? 'active' : 'disabled') },
            { title: 'id', text: ({ id }) => id },
          ],
          task.io.out,
        ),
        ...(page.next_cursor === null ? [] : [`More: --cursor ${page.next_cursor}`]),
      ]);
    });
