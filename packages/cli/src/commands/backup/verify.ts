import { backupOperationSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { EXIT } from '../../exit-codes.ts';
import { ioOf, taskOf, withCommon } from '../../session.ts';
import { plainLine } from '../../terminal/plain-text.ts';
import type { OfflineOptions } from '../../up/up-options.ts';
import { findBackup } from './find-backup.ts';
import { followOperation } from './follow-operation.ts';
import { type SubjectOptions, withSubject, wordsOf } from './subject.ts';

interface Options extends SubjectOptions, OfflineOptions {
  readonly files?: boolean;
}

export const backupVerifyCommand = (): Command =>
  withSubject(
    withCommon(new Command('verify').description('Prove a backup: restore it where nobody sees it, and compare')),
  )
    .argument('<backup>', 'latest, or a timestamp such as 20260123_140530')
    .argument('[tenant]', 'tenant id or slug')
    .option('--files', 'only read it through: whole, unaltered, and opened by its key')
    .option('--data-dir <path>', 'with --self: data folder of the control plane')
    .option('--database-url <url>', 'with --self: PostgreSQL of the control plane')
    .option('--development', 'with --self: the installation is a development one')
    .action(async (which: string, tenant: string | undefined, options: Options, command: Command) => {
      const words = wordsOf(tenant, options);
      if (words.self === true) {
        const { verifySelf } = await import('../../up/self-backup.ts');
        return verifySelf(which, options, ioOf(command));
      }
      const task = taskOf(command);
      const client = task.connect();
      const backup = await findBackup(client, words, which);
      const depth = options.files === true ? 'files' : 'restore';
      const asked = await client.post(`/api/v1/backups/${backup.id}/verify`, { depth }, backupOperationSchema);
      const done = await followOperation(task, client, asked);
      if (done === undefined) return;
      const { ok, depth: proven, failure } = reportOf(done.report);
      task.print({ stamp: backup.stamp, ...done, schema: 'tenantry.backup-proof/1' }, () => [
        ok
          ? `${task.io.out.style.good('✓')} ${backup.stamp} ${proven === 'restore' ? 'restores: every table was loaded, counted and compared' : 'is whole and unaltered'}.`
          : `${backup.stamp} is no good: ${plainLine(failure)}`,
      ]);
      if (!ok) task.end(EXIT.unexpected);
    });

function reportOf(report: Readonly<Record<string, unknown>> | null) {
  const failure = report?.failure;
  const message =
    typeof failure === 'object' && failure !== null && 'message' in failure ? String(failure.message) : '';
  return { ok: report?.ok === true, depth: report?.depth, failure: message };
}
