import { rotatedSecretSchema, TenantryError } from '@tenantry/contract';
import { Command } from 'commander';
import { taskOf, withCommon } from '../../session.ts';
import { plainLine } from '../../terminal/plain-text.ts';
import { needsLines, SHOWN_ONCE } from './needs-lines.ts';

export const applicationRotateSecretCommand = (): Command =>
  withCommon(
    new Command('rotate-secret').description(
      'Make another secret, shown this once; the one before stays good for a day, any older one ends at once',
    ),
  )
    .argument('<id>', 'its client_id, as application list shows it')
    .action(async (id: string, _options: object, command: Command) => {
      const task = taskOf(command);
      const path = `/api/v1/applications/${encodeURIComponent(id)}/secret`;
      const rotated = await task.connect().post(path, {}, rotatedSecretSchema);
      const until = plainLine(rotated.old_secret_until);
      if (rotated.client_secret === undefined) throw lost(id, until);
      task.remark(`${SHOWN_ONCE} The one before is good until ${until}.`);
      task.print({ schema: 'tenantry.application-secret/1', ...rotated }, () => needsLines(rotated));
    });

/** Another rotation would end the secret in use at once, so it is not to be done lightly. */
const lost = (id: string, until: string): TenantryError =>
  new TenantryError('command.unreachable', `${id} has another secret, but the connection broke before it was shown.`, {
    next: `The secret in use is good until ${until}. To rotate again ends it at once: do it when you can hand over the new one.`,
  });
