import { type PortalLinkView, portalLinkSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { z } from 'zod';
import { taskOf, withCommon } from '../../session.ts';
import { tableLines } from '../../terminal/table.ts';
import { RUN_ARGUMENT, runPath } from './run-path.ts';

const listSchema = z.object({ items: z.array(portalLinkSchema) });

export const portalLinksCommand = (): Command =>
  withCommon(new Command('links').description('Show who of the client has a way into the portal, and who is in'))
    .argument('<run>', RUN_ARGUMENT)
    .action(async (reference: string, _options: object, command: Command) => {
      const task = taskOf(command);
      const client = task.connect();
      const list = await client.get(await runPath(client, reference, 'portal-links'), listSchema);
      task.print({ schema: 'tenantry.portal-links/1', ...list }, () => [
        ...tableLines<PortalLinkView>(
          list.items,
          [
            { title: 'person', text: ({ person }) => `${person.name} <${person.email}>`, flexible: true },
            { title: 'role', text: ({ roles }) => roles.join(', ') },
            { title: 'status', text: ({ status }) => status },
            { title: 'in', text: ({ sessions }) => String(sessions) },
            { title: 'until', text: ({ expires_at }) => expires_at.slice(0, 16) },
            { title: 'id', text: ({ id }) => id },
          ],
          task.io.out,
        ),
        ...(list.items.length === 0 ? ['Nobody yet. Let somebody in with: tenantry portal link RUN --role ROLE'] : []),
      ]);
    });
