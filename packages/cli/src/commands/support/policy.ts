import { supportPolicySchema } from '@tenantry/contract';
import { Command, Option } from 'commander';
import { taskOf, withCommon } from '../../session.ts';

interface Options {
  readonly grantedBy?: 'client' | 'vendor';
}

const WORDS = {
  client: 'Only the client’s admin lets support in.',
  vendor: 'The client’s admin lets support in, and an owner may too.',
} as const;

export const supportPolicyCommand = (): Command =>
  withCommon(new Command('policy').description('Show who lets support into a tenant, or say so'))
    .argument('<tenant>', 'id or slug')
    .addOption(
      new Option('--granted-by <who>', 'from now on; only the client’s admin gives the decision back').choices([
        'client',
        'vendor',
      ]),
    )
    .action(async (tenant: string, { grantedBy }: Options, command: Command) => {
      const task = taskOf(command);
      const client = task.connect();
      const path = `/api/v1/tenants/${encodeURIComponent(tenant)}/support-policy`;
      const policy =
        grantedBy === undefined
          ? await client.get(path, supportPolicySchema)
          : await client.post(path, { granted_by: grantedBy }, supportPolicySchema);
      task.print({ schema: 'tenantry.support-policy/1', ...policy }, () => [WORDS[policy.granted_by]]);
    });
