import { Command } from 'commander';
import { taskOf, withCommon } from '../../session.ts';

export const keyRevokeCommand = (): Command =>
  withCommon(new Command('revoke').description('End a key for good'))
    .argument('<key>', 'id of the key, as key list shows it')
    .option('--reason <text>', 'why; kept in the audit log')
    .action(async (id: string, { reason }: { readonly reason?: string }, command: Command) => {
      const task = taskOf(command);
      await task.connect().remove(`/api/v1/keys/${encodeURIComponent(id)}`, { query: { reason } });
      task.print({ schema: 'tenantry.key-revoked/1', id }, () => [
        `${task.io.out.style.good('✓')} Revoked ${id}: it opens nothing any more.`,
      ]);
    });
