import { supportAccessSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { taskOf, withCommon } from '../../session.ts';
import { supportLine } from './support-line.ts';

export const supportCloseCommand = (): Command =>
  withCommon(new Command('close').description('End access to a tenant, or say no to a request'))
    .argument('<access>', 'id, as support list shows it')
    .requiredOption('--reason <text>', 'why; the client sees it')
    .action(async (id: string, { reason }: { readonly reason: string }, command: Command) => {
      const task = taskOf(command);
      const path = `/api/v1/support-access/${encodeURIComponent(id)}/end`;
      const access = await task.connect().post(path, { reason }, supportAccessSchema);
      task.print({ schema: 'tenantry.support-access/1', ...access }, () => [supportLine(access)]);
    });
