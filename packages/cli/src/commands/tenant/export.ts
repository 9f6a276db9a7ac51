import { type TenantExportView, TenantryError, tenantExportSchema } from '@tenantry/contract';
import { Command } from 'commander';
import type { Client } from '../../client.ts';
import { type Task, taskOf, withCommon } from '../../session.ts';
import { sizeText } from '../backup/backup-lines.ts';
import { downloadArchive } from './export-download.ts';
import { openTarget } from './export-target.ts';
import { followExport } from './follow-export.ts';

interface Options {
  readonly csv?: boolean;
  readonly id?: string;
  readonly output?: string;
  readonly force?: boolean;
}

export const tenantExportCommand = (): Command =>
  withCommon(new Command('export').description('Write everything of a tenant as one archive, its manifest last'))
    .argument('<tenant>', 'id or slug')
    .option('--csv', 'a .csv beside each .json')
    .option('--id <export>', 'one that was asked for before: goes on where its download broke off')
    .option('--output <file>', 'where to write it; - for standard output')
    .option('--force', 'replace a file that is there')
    .action(async (tenant: string, options: Options, command: Command) => {
      const task = taskOf(command);
      const client = task.connect();
      const file = options.output ?? `${/^[\w-]{1,100}$/.test(tenant) ? tenant : 'export'}-${dayOf(task)}.zip`;
      const target = await openTarget(task, file, options);
      try {
        const address = `/api/v1/tenants/${encodeURIComponent(tenant)}/exports`;
        const asked = await askFor(client, address, options);
        const ready = await followExport(task, () => client.get(`${address}/${asked.id}`, tenantExportSchema), asked);
        if (ready === undefined) return;
        await downloadArchive(task, client, { ready, target, again: () => see(client, address, asked.id) });
        const { bytes, sha256, rows } = ready;
        if (file === '-') return;
        task.print({ schema: 'tenantry.export-file/1', id: ready.id, file, bytes, sha256, rows }, () => [
          `${task.io.out.style.good('✓')} Wrote ${file} (${sizeText(bytes ?? 0)}, ${rows} rows, sha256 ${sha256}).`,
          '  manifest.json in it names every table with its count, its hash, and what is left out.',
        ]);
      } finally {
        await target.close();
      }
    });

const dayOf = (task: Task): string => task.io.now().toISOString().slice(0, 10);

const see = (client: Client, address: string, id: string): Promise<TenantExportView> =>
  client.get(`${address}/${id}`, tenantExportSchema);

async function askFor(client: Client, address: string, { id, csv }: Options): Promise<TenantExportView> {
  if (id === undefined) {
    return client.post(address, { format: csv === true ? 'csv' : 'json' }, tenantExportSchema);
  }
  if (csv === true) {
    throw new TenantryError(
      'command.invalid',
      '--csv is chosen when an export is asked for, not when it is downloaded.',
      {
        next: 'Leave --csv away, or ask for a new export without --id.',
      },
    );
  }
  return see(client, address, encodeURIComponent(id));
}
