import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { taskOf, withCommon } from '../../session.ts';
import { writeNew } from '../../write-new.ts';

interface Options {
  readonly csv?: boolean;
  readonly output?: string;
  readonly force?: boolean;
}

const HOUR_MS = 3_600_000;

export const tenantExportCommand = (): Command =>
  withCommon(new Command('export').description('Write everything of a tenant as one archive, its manifest last'))
    .argument('<tenant>', 'id or slug')
    .option('--csv', 'a .csv beside each .json')
    .option('--output <file>', 'where to write it; - for standard output')
    .option('--force', 'replace a file that is there')
    .action(async (tenant: string, { csv, output, force }: Options, command: Command) => {
      const task = taskOf(command);
      const path = `/api/v1/tenants/${encodeURIComponent(tenant)}/export?format=${csv === true ? 'csv' : 'json'}`;
      const { bytes, name } = await task.connect().download(path, { timeoutMs: HOUR_MS });
      if (output === '-') return task.io.out.raw(bytes);
      const safe = name !== undefined && /^[a-z0-9][\w.-]{0,200}\.zip$/.test(name) ? name : 'export.zip';
      const file = output ?? safe;
      await writeNew(resolve(task.io.cwd, file), file, bytes, force === true);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      task.print({ schema: 'tenantry.export-file/1', file, bytes: bytes.byteLength, sha256 }, () => [
        `${task.io.out.style.good('✓')} Wrote ${file} (${Math.ceil(bytes.byteLength / 1_000)} kB, sha256 ${sha256}).`,
        '  manifest.json in it names every table with its count, its hash, and what is left out.',
      ]);
    });
