import { accessChangeSchema, TenantryError } from '@tenantry/contract';
import { Command } from 'commander';
import { taskOf, withCommon } from '../../session.ts';

interface Options {
  readonly all?: boolean;
  readonly reason: string;
}

export const tenantCloseAccessCommand = (): Command =>
  accessCommand('close-access', 'Shut everybody of a tenant out at once, or of all', 'Closed');
export const tenantOpenAccessCommand = (): Command =>
  accessCommand('open-access', 'Take an emergency closing back', 'Opened');

const accessCommand = (verb: 'close-access' | 'open-access', description: string, did: string): Command =>
  withCommon(new Command(verb).description(description))
    .argument('[tenant]', 'id or slug')
    .option('--all', 'every tenant of this installation')
    .requiredOption('--reason <text>', 'why; kept for good')
    .action(async (tenant: string | undefined, { all, reason }: Options, command: Command) => {
      const task = taskOf(command);
      if ((tenant === undefined) !== (all === true)) {
        throw new TenantryError('command.invalid', 'Name one tenant, or give --all.');
      }
      const path =
        tenant === undefined ? `/api/v1/emergency/${verb}` : `/api/v1/tenants/${encodeURIComponent(tenant)}/${verb}`;
      const { tenants } = await task.connect().post(path, { reason }, accessChangeSchema);
      const { style } = task.io.out;
      task.print({ schema: 'tenantry.access/1', tenants }, () => [
        tenants.length === 0
          ? 'Nothing changes: it was so already.'
          : `${style.good('✓')} ${did} the access to ${tenants.map(({ slug }) => slug).join(', ')}.`,
      ]);
    });
