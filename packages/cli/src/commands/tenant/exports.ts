import { tenantExportSchema, tenantExportsSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { taskOf, withCommon } from '../../session.ts';
import { timeText } from '../../terminal/time-text.ts';
import { sizeText } from '../backup/backup-lines.ts';

interface Options {
  readonly remove?: string;
  readonly withdrawLinks?: string;
}

export const tenantExportsCommand = (): Command =>
  withCommon(new Command('exports').description('List the exports of a tenant, or end one of them'))
    .argument('<tenant>', 'id or slug')
    .option('--remove <export>', 'call it off, or remove its archive and every link to it')
    .option('--withdraw-links <export>', 'links given until now open nothing any more')
    .action(async (tenant: string, { remove, withdrawLinks }: Options, command: Command) => {
      const task = taskOf(command);
      const client = task.connect();
      const address = `/api/v1/tenants/${encodeURIComponent(tenant)}/exports`;
      if (remove !== undefined) await client.remove(`${address}/${encodeURIComponent(remove)}`);
      if (withdrawLinks !== undefined) {
        await client.post(`${address}/${encodeURIComponent(withdrawLinks)}/withdraw-links`, {}, tenantExportSchema);
      }
      const { items } = await client.get(address, tenantExportsSchema);
      task.print({ schema: 'tenantry.exports/1', items }, () =>
        items.length === 0
          ? ['No export was written by a worker yet: tenantry tenant export TENANT asks for one.']
          : items.map(({ id, status, format, asked_at, bytes, expires_at }) =>
              [
                id,
                status,
                format,
                timeText(asked_at),
                ...(bytes === null ? [] : [sizeText(bytes)]),
                ...(status === 'ready' && expires_at !== null ? [`until ${timeText(expires_at)}`] : []),
              ].join('  '),
            ),
      );
    });
