import { applicationViewSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { taskOf, withCommon } from '../../session.ts';
import { plainLine } from '../../terminal/plain-text.ts';

export const applicationEnableCommand = (): Command =>
  withCommon(new Command('enable').description('Let users log in with an application again that was disabled'))
    .argument('<id>', 'its client_id, as application list shows it')
    .requiredOption('--reason <text>', 'why; kept in the audit log')
    .action(async (id: string, { reason }: { readonly reason: string }, command: Command) => {
      const task = taskOf(command);
      const path = `/api/v1/applications/${encodeURIComponent(id)}/enable`;
      const application = await task.connect().post(path, { reason }, applicationViewSchema);
      task.print({ schema: 'tenantry.application/1', ...application }, () => [
        `${task.io.out.style.good('✓')} ${plainLine(application.name)} is enabled: its users log in again, with its secret as it was.`,
      ]);
    });
