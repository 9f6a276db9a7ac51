import { invitedOperatorSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { collect, taskOf, withCommon } from '../../session.ts';
import { parseGrant } from './grant-words.ts';
import { shownLink } from './shown-link.ts';

interface Options {
  readonly email: string;
  readonly role: readonly string[];
  readonly runbookRole?: readonly string[];
}

export const operatorInviteCommand = (): Command =>
  withCommon(new Command('invite').description('Invite a person of the vendor by mail; the link is shown this once'))
    .argument('<name>', 'name of the person')
    .requiredOption('--email <address>', 'their e-mail address')
    .requiredOption('--role <role>', 'what they may do: ROLE, ROLE@PRODUCT, ROLE:CLIENT; may be repeated', collect)
    .option('--runbook-role <role>', 'who they are in runbooks, such as engineering_lead; may be repeated', collect)
    .action(async (name: string, { email, role, runbookRole = [] }: Options, command: Command) => {
      const task = taskOf(command);
      const body = { name, email, roles: runbookRole, grants: role.map(parseGrant) };
      const invited = await task.connect().post('/api/v1/operators', body, invitedOperatorSchema);
      const link = shownLink(task, invited, name);
      task.print({ schema: 'tenantry.operator-invited/1', ...invited }, () => [link]);
    });
