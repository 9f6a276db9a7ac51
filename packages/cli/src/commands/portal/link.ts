import { createdPortalLinkSchema } from '@tenantry/contract';
import { Command, Option } from 'commander';
import { taskOf, wholeNumber, withCommon } from '../../session.ts';
import { plainLine } from '../../terminal/plain-text.ts';
import { RUN_ARGUMENT, runPath } from './run-path.ts';

interface Options {
  readonly role: string;
  readonly email?: string;
  readonly name?: string;
  readonly days: number;
  readonly show?: boolean;
}

export const portalLinkCommand = (): Command =>
  withCommon(
    new Command('link').description('Let one person of the client into the portal, by a link in their mailbox'),
  )
    .argument('<run>', RUN_ARGUMENT)
    .requiredOption('--role <role>', 'a role of the client in the runbook, such as client_technical')
    .option('--email <address>', 'whose link it is; the contact the run has for the role unless given')
    .option('--name <name>', 'of somebody who is new here')
    .addOption(new Option('--days <number>', 'how long it opens the portal').argParser(wholeNumber(1, 90)).default(14))
    .option('--show', 'print it instead of mailing it: it is as good as being the person')
    .action(async (reference: string, { role, email, name, days, show }: Options, command: Command) => {
      const task = taskOf(command);
      const client = task.connect();
      const body = { role, days, send: show !== true, ...(email && { email }), ...(name && { name }) };
      const link = await client.post(await runPath(client, reference, 'portal-links'), body, createdPortalLinkSchema);
      task.print({ schema: 'tenantry.portal-link/1', ...link }, () => [
        `${plainLine(link.person.name)} <${link.person.email}> as ${link.roles.join(', ')}, until ${link.expires_at.slice(0, 16)}`,
        link.url ?? `Mailed to ${link.mailed_to ?? ''}.`,
        `Take it back with: tenantry portal revoke ${reference} ${link.id} --reason TEXT`,
      ]);
    });
