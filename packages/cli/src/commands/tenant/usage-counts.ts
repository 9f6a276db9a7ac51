import { usageCountListSchema, usageNightListSchema } from '@tenantry/contract';
import { Command } from 'commander';
import type { z } from 'zod';
import { taskOf, withCommon } from '../../session.ts';
import { tableLines } from '../../terminal/table.ts';

type Count = z.infer<typeof usageCountListSchema>['items'][number];
type Night = z.infer<typeof usageNightListSchema>['items'][number];

export const tenantUsageCountsCommand = (): Command =>
  withCommon(new Command('usage-counts').description('What the application counted each night, and what was set right'))
    .argument('<tenant>', 'id or slug')
    .action(async (tenant: string, _options: object, command: Command) => {
      const task = taskOf(command);
      const path = `/api/v1/tenants/${encodeURIComponent(tenant)}/usage-counts`;
      const { items } = await task.connect().get(path, usageCountListSchema);
      task.print({ schema: 'tenantry.usage-counts/1', items }, () =>
        items.length === 0
          ? [`${tenant} has not been counted at night.`]
          : tableLines<Count>(
              items,
              [
                { title: 'night', text: ({ night }) => night },
                { title: 'state', text: ({ state }) => state },
                { title: 'what', text: outcomeOf, flexible: true },
              ],
              task.io.out,
            ),
      );
    });

const outcomeOf = ({ drift, error }: Count): string =>
  error?.message ??
  (Object.entries(drift)
    .map(([meter, { known, counted }]) => `${meter}: ${counted} instead of ${known}`)
    .join(', ') ||
    'as it was known');

export const tenantUsageNightsCommand = (): Command =>
  withCommon(new Command('usage-nights').description('How many tenants of a product were counted each night'))
    .argument('<product>', 'id of the product')
    .action(async (product: string, _options: object, command: Command) => {
      const task = taskOf(command);
      const path = `/api/v1/products/${encodeURIComponent(product)}/usage-counts`;
      const { items } = await task.connect().get(path, usageNightListSchema);
      task.print({ schema: 'tenantry.usage-nights/1', items }, () =>
        items.length === 0
          ? [`Nothing has been counted: does the profile of ${product} have usage_counts?`]
          : tableLines<Night>(
              items,
              [
                { title: 'night', text: ({ night }) => night },
                { title: 'counted', text: ({ done }) => String(done) },
                { title: 'set right', text: ({ drifted }) => String(drifted) },
                { title: 'failed', text: ({ failed }) => String(failed) },
                { title: 'why', text: ({ reasons }) => reasons.join('; '), flexible: true },
              ],
              task.io.out,
            ),
      );
    });
