import { invitedOperatorSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { taskOf, withCommon } from '../../session.ts';
import { shownLink } from './shown-link.ts';

export const operatorInviteAgainCommand = (): Command =>
  withCommon(
    new Command('invite-again').description(
      'Mail a new invitation, to who lost password and app too: both end; the link is shown this once',
    ),
  )
    .argument('<operator>', 'id of the person, as operator list shows it')
    .requiredOption('--reason <text>', 'why; kept in the audit log')
    .action(async (id: string, { reason }: { readonly reason: string }, command: Command) => {
      const task = taskOf(command);
      const path = `/api/v1/operators/${encodeURIComponent(id)}/invitation`;
      const invited = await task.connect().post(path, { reason }, invitedOperatorSchema);
      const link = shownLink(task, invited, 'them');
      task.print({ schema: 'tenantry.operator-invited/1', ...invited }, () => [link]);
    });
