import { eventReceiptSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { taskOf, withCommon } from '../../session.ts';
import { namedValues } from '../run/form-values.ts';

interface Options {
  readonly set?: string[];
  readonly once?: string;
}

export const tenantEventCommand = (): Command =>
  withCommon(new Command('event').description('Tell the runs of a tenant that something happened'))
    .argument('<tenant>', 'id or slug')
    .argument('<name>', 'the event, as a runbook waits for it: scim.request')
    .option('--set <name=value...>', 'what the event holds')
    .option('--once <key>', 'the same happening told twice under one key is one event')
    .action(async (tenant: string, name: string, { set, once }: Options, command: Command) => {
      const task = taskOf(command);
      const body = { name, data: namedValues(set ?? []), ...(once === undefined ? {} : { key: once }) };
      const path = `/api/v1/tenants/${encodeURIComponent(tenant)}/events`;
      const receipt = await task.connect().post(path, body, eventReceiptSchema);
      task.print(receipt, () => [
        receipt.position === null
          ? `${name} was told before; nothing changes.`
          : `${task.io.out.style.good('✓')} Told ${name}.`,
      ]);
    });
