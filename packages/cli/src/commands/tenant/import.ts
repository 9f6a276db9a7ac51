import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { TenantryError, tenantImportSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { taskOf, withCommon } from '../../session.ts';
import { sizeText } from '../backup/backup-lines.ts';

export const tenantImportCommand = (): Command =>
  withCommon(new Command('import').description('Bring an archive of an export into a tenant that has no rows'))
    .argument('<tenant>', 'id or slug of a tenant that has no rows')
    .argument('<archive>', 'as tenantry tenant export has written it')
    .action(async (tenant: string, archive: string, _options: object, command: Command) => {
      const task = taskOf(command);
      const path = resolve(task.io.cwd, archive);
      const { size } = await stat(path).catch((cause: unknown) => {
        throw new TenantryError('file.unreadable', `${archive} cannot be read.`, {
          cause,
          next: 'Check the name of the file.',
        });
      });
      const stop = new AbortController();
      const release = task.io.onInterrupt(() => stop.abort());
      let sent = 0;
      const file = createReadStream(path).on('data', (piece) => {
        sent += piece.length;
        task.io.err.status(sent < size ? `Sending … ${sizeText(sent)} of ${sizeText(size)}` : 'Importing …');
      });
      try {
        const report = await task
          .connect()
          .upload(
            `/api/v1/tenants/${encodeURIComponent(tenant)}/import`,
            Readable.toWeb(file) as ReadableStream<Uint8Array>,
            tenantImportSchema,
            { type: 'application/zip', signal: stop.signal },
          );
        const rows = report.tables.reduce((sum, table) => sum + table.rows, 0);
        task.print(report, () => [
          `${task.io.out.style.good('✓')} ${rows} rows of ${report.tables.length} tables stand, read back and equal to the archive of ${report.from.slug}.`,
          `  Kept as a record in the archive alone: ${report.history.join(', ')}.`,
          '  Accounts have no password: invite them, or let them reset it.',
        ]);
      } finally {
        file.destroy();
        task.io.err.status(undefined);
        release();
      }
    });
