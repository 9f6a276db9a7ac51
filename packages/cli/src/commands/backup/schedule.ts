import { backupScheduleSchema, TenantryError } from '@tenantry/contract';
import { Command, Option } from 'commander';
import { z } from 'zod';
import { taskOf, withCommon } from '../../session.ts';
import { timeText } from '../../terminal/time-text.ts';
import { type SubjectOptions, withSubject, wordsOf } from './subject.ts';

interface Options extends SubjectOptions {
  readonly every: 'daily' | 'weekly' | 'never';
  readonly keep: string;
}

export const backupScheduleCommand = (): Command =>
  withSubject(
    withCommon(
      new Command('schedule').description('Back up a tenant or a product regularly, tested by restoring every week'),
    ),
  )
    .argument('[tenant]', 'tenant id or slug')
    .addOption(new Option('--every <rhythm>', 'how often').choices(['daily', 'weekly', 'never']).makeOptionMandatory())
    .option('--keep <time>', 'how long each is kept: 30d and more, or 12w', '30d')
    .action(async (tenant: string | undefined, { every, keep, ...options }: Options, command: Command) => {
      const task = taskOf(command);
      const words = wordsOf(tenant, options);
      if (words.self === true) {
        throw new TenantryError('command.invalid', 'How often the control plane backs itself up is a setting.', {
          next: 'Set TENANTRY_BACKUP_SELF.',
        });
      }
      const client = task.connect();
      if (every === 'never') {
        const query = words.tenant === undefined ? { product: words.product } : { tenant: words.tenant };
        const { items } = await client.get(
          '/api/v1/backup-schedules',
          z.object({ items: z.array(backupScheduleSchema) }),
          { query },
        );
        const ours = items.filter(
          ({ environment, tenant_id }) =>
            environment === words.environment && (tenant_id === null) === (words.tenant === undefined),
        );
        for (const { id } of ours) await client.remove(`/api/v1/backup-schedules/${id}`);
        return task.print({ schema: 'tenantry.backup-schedule/1', every }, () => [
          'No more backups are taken by themselves.',
        ]);
      }
      const schedule = await client.post('/api/v1/backup-schedules', { ...words, every, keep }, backupScheduleSchema);
      task.print({ schema: 'tenantry.backup-schedule/1', ...schedule }, () => [
        `${task.io.out.style.good('✓')} ${every} backups, kept ${schedule.keep_days} days; the next at ${timeText(schedule.next_at)}.`,
      ]);
    });
