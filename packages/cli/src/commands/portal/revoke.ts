import { portalLinkSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { taskOf, withCommon } from '../../session.ts';
import { plainLine } from '../../terminal/plain-text.ts';
import { RUN_ARGUMENT, runPath } from './run-path.ts';

export const portalRevokeCommand = (): Command =>
  withCommon(new Command('revoke').description('End a link into the portal and everything that is open by it'))
    .argument('<run>', RUN_ARGUMENT)
    .argument('<link>', 'id, as portal links shows it')
    .requiredOption('--reason <text>', 'why')
    .action(async (reference: string, link: string, { reason }: { readonly reason: string }, command: Command) => {
      const task = taskOf(command);
      const client = task.connect();
      const path = await runPath(client, reference, `portal-links/${encodeURIComponent(link)}/revoke`);
      const revoked = await client.post(path, { reason }, portalLinkSchema);
      task.print({ schema: 'tenantry.portal-link/1', ...revoked }, () => [
        `The link of ${plainLine(revoked.person.name)} is revoked; nobody is in by it any more.`,
      ]);
    });
