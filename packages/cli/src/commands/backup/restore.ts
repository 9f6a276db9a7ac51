import { type BackupView, backupOperationSchema, pageSchema, tenantSummarySchema } from '@tenantry/contract';
import { Command } from 'commander';
import type { Client } from '../../client.ts';
import { ioOf, type Task, taskOf, withCommon } from '../../session.ts';
import { plainLine } from '../../terminal/plain-text.ts';
import type { OfflineOptions } from '../../up/up-options.ts';
import { askForName } from './ask-for-name.ts';
import { findBackup } from './find-backup.ts';
import { followOperation } from './follow-operation.ts';
import { nameToConfirm, type SubjectOptions, type SubjectWords, withSubject, wordsOf } from './subject.ts';

interface Options extends SubjectOptions, OfflineOptions {
  readonly yes?: boolean;
}

export const backupRestoreCommand = (): Command =>
  withSubject(
    withCommon(
      new Command('restore').description(
        'Put a tenant, a product or the control plane back to a backup, and lose changes since',
      ),
    ),
  )
    .argument('<backup>', 'latest, or a timestamp such as 20260123_140530')
    .argument('[tenant]', 'tenant id or slug')
    .option('--yes', 'do not ask: what is there now is overwritten')
    .option('--data-dir <path>', 'with --self: data folder of the control plane')
    .option('--database-url <url>', 'with --self: PostgreSQL of the control plane')
    .option('--development', 'with --self: the installation is a development one')
    .action(async (which: string, tenant: string | undefined, options: Options, command: Command) => {
      const words = wordsOf(tenant, options);
      const task = taskOf(command);
      if (words.self === true) {
        const { restoreSelf } = await import('../../up/self-backup.ts');
        return restoreSelf(which, options, ioOf(command));
      }
      const client = task.connect();
      const backup = await findBackup(client, words, which);
      const name = await nameToConfirm(client, words);
      for (const line of await warning(client, words, backup, name, task.io.now())) task.remark(line);
      if (options.yes !== true) await askForName(task.io, name);
      const asked = await client.post(`/api/v1/backups/${backup.id}/restore`, { confirm: name }, backupOperationSchema);
      const done = await followOperation(task, client, asked);
      if (done === undefined) return;
      task.print({ stamp: backup.stamp, ...done, schema: 'tenantry.backup-restore/1' }, () =>
        lines(task, backup, done.report),
      );
    });

const SHOWN = 10;

/** CH-31: who loses what. */
async function warning(
  client: Client,
  { tenant, product }: SubjectWords,
  backup: BackupView,
  name: string,
  now: Date,
): Promise<readonly string[]> {
  const since = `${backup.created_at} (${agoText(now.getTime() - Date.parse(backup.created_at))} ago)`;
  const first = `This overwrites what ${name} holds now. Every change since ${since} is lost.`;
  if (tenant !== undefined)
    return [first, 'No other tenant is touched. Suspend the tenant first, so that nobody writes meanwhile.'];
  const page = await client.get('/api/v1/tenants', pageSchema(tenantSummarySchema), { query: { product, limit: 200 } });
  const slugs = page.items.map(({ slug }) => plainLine(slug));
  const more = page.next_cursor !== null || slugs.length > SHOWN ? ', …' : '';
  const count = `${slugs.length}${page.next_cursor === null ? '' : ' and more'}`;
  return [first, `Of every tenant of ${product} (${count}): ${slugs.slice(0, SHOWN).join(', ')}${more}`];
}

function agoText(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  if (minutes < 120) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1_440)} days`;
}

function lines(task: Task, backup: BackupView, report: Readonly<Record<string, unknown>> | null): readonly string[] {
  const tables = Array.isArray(report?.tables) ? report.tables.length : 0;
  const erased = Array.isArray(report?.erased) ? report.erased : [];
  return [
    `${task.io.out.style.good('✓')} Restored as of ${backup.stamp}: ${tables} tables, counted and compared.`,
    ...(erased.length === 0 ? [] : [`  ${erased.length} tenant(s) of the backup were erased since, and stay erased.`]),
  ];
}
