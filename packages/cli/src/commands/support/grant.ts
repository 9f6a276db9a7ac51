import { supportAccessSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { taskOf, withCommon } from '../../session.ts';
import { supportLine } from './support-line.ts';

export const supportGrantCommand = (): Command =>
  withCommon(new Command('grant').description('Let a person in who asked'))
    .argument('<access>', 'id, as support list shows it')
    .action(async (id: string, _options: object, command: Command) => {
      const task = taskOf(command);
      const path = `/api/v1/support-access/${encodeURIComponent(id)}/grant`;
      const access = await task.connect().post(path, {}, supportAccessSchema);
      task.print({ schema: 'tenantry.support-access/1', ...access }, () => [supportLine(access)]);
    });
