import { Command, Option } from 'commander';
import { taskOf, wholeNumber, withCommon } from '../../session.ts';
import { backupTable } from './backup-lines.ts';
import { backupPageSchema } from './find-backup.ts';

interface Options {
  readonly product?: string;
  readonly self?: boolean;
  readonly limit: number;
  readonly cursor?: string;
}

export const backupListCommand = (): Command =>
  withCommon(new Command('list').description('List backups, newest first'))
    .argument('[tenant]', 'only those of this tenant: id or slug')
    .option('--product <id>', 'only those of this product and its tenants')
    .option('--self', 'only those of the control plane')
    .addOption(new Option('--limit <number>', 'backups at most').argParser(wholeNumber(1, 200)).default(50))
    .option('--cursor <cursor>', 'next_cursor of the page before')
    .action(async (tenant: string | undefined, options: Options, command: Command) => {
      const task = taskOf(command);
      const { product, self, limit, cursor } = options;
      const query = { tenant, product, limit, cursor, ...(self === true && { self: 'true' }) };
      const page = await task.connect().get('/api/v1/backups', backupPageSchema, { query });
      task.print({ schema: 'tenantry.backups/1', ...page }, () => [
        ...backupTable(page.items, task.io.out),
        ...(page.next_cursor === null ? [] : [`More: --cursor ${page.next_cursor}`]),
      ]);
    });
