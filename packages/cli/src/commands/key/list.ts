import { type KeyView, keyViewSchema, pageSchema } from '@tenantry/contract';
import { Command, Option } from 'commander';
import { type Task, taskOf, wholeNumber, withCommon } from '../../session.ts';
import { tableLines } from '../../terminal/table.ts';
import { timeText } from '../../terminal/time-text.ts';

const keyPageSchema = pageSchema(keyViewSchema);

interface Options {
  readonly person?: string;
  readonly limit: number;
  readonly cursor?: string;
}

export const keyListCommand = (): Command =>
  withCommon(new Command('list').description('List keys, the ended ones too; never the keys themselves'))
    .option('--person <id>', 'whose; your own when left out')
    .addOption(new Option('--limit <number>', 'keys at most').argParser(wholeNumber(1, 200)).default(50))
    .option('--cursor <cursor>', 'next_cursor of the page before')
    .action(async ({ person, limit, cursor }: Options, command: Command) => {
      const task = taskOf(command);
      const page = await task.connect().get('/api/v1/keys', keyPageSchema, { query: { person, limit, cursor } });
      task.print({ schema: 'tenantry.keys/1', ...page }, () => [
        ...keyLines(page.items, task),
        ...(page.next_cursor === null ? [] : [`More: --cursor ${page.next_cursor}`]),
      ]);
    });

const keyLines = (keys: readonly KeyView[], { io }: Task): readonly string[] =>
  tableLines<KeyView>(
    keys,
    [
      { title: 'id', text: ({ id }) => id },
      { title: 'name', text: ({ name }) => name, flexible: true },
      { title: 'starts', text: ({ prefix }) => `tnt_${prefix}_` },
      { title: 'state', text: (key) => stateOf(key, io.now()) },
      { title: 'last used', text: ({ last_used_at }) => timeText(last_used_at) || 'never' },
      { title: 'scopes', text: ({ scopes }) => scopes.join(' '), flexible: true },
    ],
    io.out,
  );

function stateOf({ revoked_at, expires_at }: KeyView, now: Date): string {
  if (revoked_at !== null) return 'revoked';
  if (expires_at === null) return 'valid';
  return Date.parse(expires_at) <= now.getTime() ? 'expired' : `until ${timeText(expires_at)}`;
}
