import { type TenantUsageView, tenantUsageSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { taskOf, withCommon } from '../../session.ts';
import { tableLines } from '../../terminal/table.ts';
import { valueText } from '../../views/value-text.ts';

type Meter = TenantUsageView['meters'][number];

export const tenantUsageCommand = (): Command =>
  withCommon(new Command('usage').description('What a tenant uses of what its plan allows'))
    .argument('<tenant>', 'id or slug')
    .action(async (tenant: string, _options: object, command: Command) => {
      const task = taskOf(command);
      const usage = await task.connect().get(`/api/v1/tenants/${encodeURIComponent(tenant)}/usage`, tenantUsageSchema);
      task.print({ schema: 'tenantry.tenant-usage/1', ...usage }, () =>
        tableLines<Meter>(
          usage.meters,
          [
            { title: 'limit', text: ({ name }) => name },
            { title: 'allowed', text: ({ limit }) => (limit === null ? 'by contract' : valueText(limit)) },
            { title: 'used', text: ({ used }) => (used === null ? '-' : String(used)) },
            { title: 'state', text: stateText },
          ],
          task.io.out,
        ),
      );
    });

const stateText = ({ state, window_ms }: Meter): string =>
  window_ms !== null
    ? `in ${window_ms / 60_000} min`
    : { ok: 'ok', soft: 'nearly used up', reached: 'used up', unknown: 'not counted' }[state];
