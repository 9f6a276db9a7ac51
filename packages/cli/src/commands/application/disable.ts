import { applicationViewSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { taskOf, withCommon } from '../../session.ts';
import { plainLine } from '../../terminal/plain-text.ts';

export const applicationDisableCommand = (): Command =>
  withCommon(new Command('disable').description('Let nobody log in with an application until it is enabled again'))
    .argument('<id>', 'its client_id, as application list shows it')
    .requiredOption('--reason <text>', 'why; kept in the audit log')
    .action(async (id: string, { reason }: { readonly reason: string }, command: Command) => {
      const task = taskOf(command);
      const path = `/api/v1/applications/${encodeURIComponent(id)}/disable`;
      const application = await task.connect().post(path, { reason }, applicationViewSchema);
      task.print({ schema: 'tenantry.application/1', ...application }, () => [
        `${task.io.out.style.good('✓')} ${plainLine(application.name)} is disabled: nobody logs in with it, and its tokens are not renewed.`,
      ]);
    });
