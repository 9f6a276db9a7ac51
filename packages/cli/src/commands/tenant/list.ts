import {
  pageSchema,
  type TenantSummaryView,
  tenantPlanSchema,
  tenantStatusSchema,
  tenantSummarySchema,
} from '@tenantry/contract';
import { Command, Option } from 'commander';
import { type Task, taskOf, wholeNumber, withCommon } from '../../session.ts';
import { tableLines } from '../../terminal/table.ts';

const tenantPageSchema = pageSchema(tenantSummarySchema);

interface Options {
  readonly status?: string;
  readonly plan?: string;
  readonly product?: string;
  readonly search?: string;
  readonly limit: number;
  readonly cursor?: string;
}

export const tenantListCommand = (): Command =>
  withCommon(new Command('list').description('List tenants by slug'))
    .addOption(new Option('--status <status>', 'only tenants in this status').choices(tenantStatusSchema.options))
    .addOption(new Option('--plan <plan>', 'only tenants on this plan').choices(tenantPlanSchema.options))
    .option('--product <id>', 'only tenants of this product')
    .option('--search <words>', 'beginnings of words of the name or slug')
    .addOption(new Option('--limit <number>', 'tenants at most').argParser(wholeNumber(1, 200)).default(50))
    .option('--cursor <cursor>', 'next_cursor of the page before')
    .action(async ({ status, plan, product, search, limit, cursor }: Options, command: Command) => {
      const task = taskOf(command);
      const page = await task
        .connect()
        .get('/api/v1/tenants', tenantPageSchema, { query: { status, plan, product, search, limit, cursor } });
      task.print({ schema: 'tenantry.tenants/1', ...page }, () => [
        ...tenantLines(page.items, task),
        ...(page.next_cursor === null ? [] : [`More: --cursor ${page.next_cursor}`]),
      ]);
    });

const tenantLines = (tenants: readonly TenantSummaryView[], { io }: Task): readonly string[] =>
  tenants.length === 0
    ? ['No tenants.']
    : tableLines<TenantSummaryView>(
        tenants,
        [
          { title: 'slug', text: ({ slug }) => slug },
          { title: 'name', text: ({ name }) => name, flexible: true },
          { title: 'status', text: ({ status }) => status },
          { title: 'plan', text: ({ plan }) => plan },
          { title: 'product', text: ({ product }) => product },
          { title: 'id', text: ({ id }) => id },
        ],
        io.out,
      );
