import { backupOperationSchema, backupViewSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { taskOf, withCommon } from '../../session.ts';
import { plainLine } from '../../terminal/plain-text.ts';
import { backupLines } from './backup-lines.ts';
import { followOperation } from './follow-operation.ts';
import { type SubjectOptions, withSubject, wordsOf } from './subject.ts';

interface Options extends SubjectOptions {
  readonly keep: string;
}

export const backupCreateCommand = (): Command =>
  withSubject(withCommon(new Command('create').description('Back up a tenant, a product, or the control plane')))
    .argument('[tenant]', 'tenant id or slug')
    .option('--keep <time>', 'how long: 30d and more, or 12w', '30d')
    .action(async (tenant: string | undefined, { keep, ...options }: Options, command: Command) => {
      const task = taskOf(command);
      const client = task.connect();
      const asked = await client.post('/api/v1/backups', { ...wordsOf(tenant, options), keep }, backupOperationSchema);
      const done = await followOperation(task, client, asked);
      if (done === undefined) return;
      const backup = await client.get(`/api/v1/backups/${done.backup_id}`, backupViewSchema);
      task.print({ schema: 'tenantry.backup/1', ...backup }, () => backupLines(backup, task.io.out));
      if (options.self === true) for (const line of keyLines(done.report ?? {})) task.remark(line);
    });

/** What a backup of the control plane does not hold, and nobody must lose. */
const keyLines = ({ keys_file, master_keys }: Readonly<Record<string, unknown>>): readonly string[] => [
  'The keys of the vault are not in it. Without them nothing that was sealed opens again:',
  `  master keys (TENANTRY_VAULT_KEYS): ${plainLine(Array.isArray(master_keys) ? master_keys.join(', ') : 'as configured')} - keep them where backups are not`,
  `  copy of the data keys: ${plainLine(String(keys_file ?? 'in the keys folder'))} - one file, written over; keep a copy of its latest state`,
];
