import { createdKeySchema, scopeSchema, TenantryError } from '@tenantry/contract';
import { Command, Option } from 'commander';
import { taskOf, withCommon } from '../../session.ts';

interface Options {
  readonly scope: string[];
  readonly person?: string;
  readonly expires?: string;
}

export const keyCreateCommand = (): Command =>
  withCommon(new Command('create').description('Issue a key; it is shown this once'))
    .argument('<name>', 'what it is for, such as ci')
    .addOption(
      new Option('--scope <scope...>', 'what it may be used for').choices(scopeSchema.options).makeOptionMandatory(),
    )
    .option('--person <id>', 'whose key; your own when left out')
    .option('--expires <time>', 'when it ends, such as 2027-01-31 or 2027-01-31T12:00:00Z')
    .action(async (name: string, { scope, person, expires }: Options, command: Command) => {
      const task = taskOf(command);
      const body = {
        name,
        scopes: scope,
        ...(person === undefined ? {} : { person }),
        ...(expires === undefined ? {} : { expires_at: timeOf(expires) }),
      };
      const created = await task.connect().post('/api/v1/keys', body, createdKeySchema);
      if (created.key === undefined) throw lost(created.id);
      task.remark('This is the only time the key is shown. Keep it where secrets are kept.');
      task.print({ schema: 'tenantry.key-created/1', ...created }, () => [created.key ?? '']);
    });

/** @throws command.invalid */
function timeOf(text: string): string {
  const time = new Date(text);
  if (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(time.getTime())) return time.toISOString();
  throw new TenantryError('command.invalid', `"${text}" is not a time.`, {
    next: 'Write it like 2027-01-31 or 2027-01-31T12:00:00Z.',
  });
}

/** The first answer got lost on its way, and the repeated one does not hold the key any more. */
const lost = (id: string): TenantryError =>
  new TenantryError('command.unreachable', `The key ${id} was issued, but the connection broke before it was shown.`, {
    next: `End it with tenantry key revoke ${id}, then create another.`,
  });
