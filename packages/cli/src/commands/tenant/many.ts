/** One act on many tenants: `suspend-many`, `reinstate-many`, and how far such work is. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BulkOperationView,
  bulkItemPageSchema,
  bulkListSchema,
  bulkOperationSchema,
  bulkStartedSchema,
  suspensionCauseSchema,
  TenantryError,
  tenantPlanSchema,
} from '@tenantry/contract';
import { Command, Option } from 'commander';
import type { z } from 'zod';
import { type Task, taskOf, wholeNumber, withCommon } from '../../session.ts';
import { tableLines } from '../../terminal/table.ts';

const PATH = '/api/v1/tenant-operations';
const POLL_MS = 1_000;

interface Options {
  readonly file?: string;
  readonly product?: string;
  readonly plan?: string;
  readonly cause: string;
  readonly reason?: string;
  readonly resolution?: string;
  readonly mode?: string;
  readonly authority?: string;
  readonly expect?: number;
  readonly dryRun?: boolean;
  readonly wait?: boolean;
}

const many = (kind: 'suspend' | 'reinstate', about: string): Command =>
  withCommon(new Command(`${kind}-many`).description(about))
    .option('--file <path>', 'ids or slugs, one on each line')
    .option('--product <id>', 'or everybody of a product it can be done to')
    .addOption(new Option('--plan <plan>', 'of the product: those on this plan').choices(tenantPlanSchema.options))
    .addOption(new Option('--cause <cause>', 'what for').choices(suspensionCauseSchema.options).makeOptionMandatory())
    .option('--authority <text>', 'on whose word')
    .addOption(
      new Option('--expect <number>', 'how many they are; refused when they are not').argParser(wholeNumber(0, 50_000)),
    )
    .option('--dry-run', 'only say how many they are')
    .option('--wait', 'then follow it to its end')
    .action(async ({ file, wait, dryRun, mode, resolution, ...options }: Options, command: Command) => {
      const task = taskOf(command);
      const tenants = file === undefined ? undefined : linesOf((await task.readText(file)).source);
      if (tenants === undefined && options.expect === undefined && dryRun !== true) {
        throw new TenantryError(
          'command.invalid',
          'Everybody of a product is meant, and nothing says how many that is.',
          {
            next: 'Look with --dry-run, then add --expect NUMBER.',
          },
        );
      }
      const body = {
        kind,
        ...options,
        reason: options.reason ?? resolution,
        access_mode: mode,
        tenants,
        dry_run: dryRun === true,
      };
      const client = task.connect();
      const started = await client.post(PATH, body, bulkStartedSchema);
      const operation = started.operation;
      if (operation === null) {
        task.print({ schema: 'tenantry.tenant-operation/1', ...started }, () => [
          `They are ${started.tenants} tenants.`,
        ]);
      } else printOne(task, wait === true ? await follow(task, operation) : operation);
    });

export const tenantSuspendManyCommand = (): Command =>
  many('suspend', 'Suspend many tenants; each is done or says why not')
    .requiredOption('--reason <text>', 'why; told to the administrators of each')
    .addOption(new Option('--mode <mode>', 'how far they are shut out').choices(['read-only', 'blocked']));

export const tenantReinstateManyCommand = (): Command =>
  many('reinstate', 'Resolve a cause of many tenants; each is done or says why not').requiredOption(
    '--resolution <text>',
    'how it was resolved; told to the administrators of each',
  );

const linesOf = (source: string): readonly string[] =>
  source
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));

/** Whoever stops following does not stop the work. */
async function follow(task: Task, first: BulkOperationView): Promise<BulkOperationView> {
  let operation = first;
  while (operation.ended_at === null) {
    await sleep(POLL_MS);
    operation = await task.connect().get(`${PATH}/${operation.id}`, bulkOperationSchema);
    const { waiting, done, refused } = operation.counts;
    task.remark(`${done + refused} of ${done + refused + waiting}${refused === 0 ? '' : `, ${refused} refused`}`);
  }
  return operation;
}

const printOne = (task: Task, operation: BulkOperationView): void =>
  task.print({ schema: 'tenantry.tenant-operation/1', tenants: operation.counts.waiting, operation }, () => [
    `${operation.id}  ${operation.kind} for ${operation.cause}: ${countsText(operation)}`,
    ...(operation.counts.refused > 0 ? [`See whom it refused: tenantry tenant many ${operation.id} --refused`] : []),
    ...(operation.ended_at === null ? [`It goes on by itself: tenantry tenant many ${operation.id}`] : []),
  ]);

const countsText = ({ counts }: BulkOperationView): string =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');

export const tenantManyCommand = (): Command =>
  withCommon(new Command('many').description('How far work on many tenants is'))
    .argument('[operation]', 'its id; all of it when left out')
    .option('--refused', 'whom it refused, and why')
    .option('--stop <reason>', 'leave everybody as they are who has not been reached yet')
    .action(
      async (id: string | undefined, { refused, stop }: { refused?: boolean; stop?: string }, command: Command) => {
        const task = taskOf(command);
        const client = task.connect();
        if (id === undefined) {
          const { items } = await client.get(PATH, bulkListSchema);
          return task.print({ schema: 'tenantry.tenant-operations/1', items }, () => listLines(items, task));
        }
        const path = `${PATH}/${encodeURIComponent(id)}`;
        if (stop !== undefined)
          return printOne(task, await client.post(`${path}/stop`, { reason: stop }, bulkOperationSchema));
        if (refused !== true) return printOne(task, await client.get(path, bulkOperationSchema));
        const items: Refused[] = [];
        for (let cursor: string | undefined; ; ) {
          const page = await client.get(`${path}/tenants`, bulkItemPageSchema, {
            query: { state: 'refused', limit: 200, cursor },
          });
          items.push(...page.items);
          if (page.next_cursor === null) break;
          cursor = page.next_cursor;
        }
        task.print({ schema: 'tenantry.tenant-operation-items/1', items }, () =>
          items.length === 0
            ? ['Nobody was refused.']
            : items.map(({ slug, error }) => `${slug}  ${error?.message ?? ''}`),
        );
      },
    );

type Refused = z.infer<typeof bulkItemPageSchema>['items'][number];

const listLines = (items: readonly BulkOperationView[], { io }: Task): readonly string[] =>
  items.length === 0
    ? ['No work on many tenants.']
    : tableLines<BulkOperationView>(
        items,
        [
          { title: 'asked', text: ({ asked_at }) => asked_at.slice(0, 16).replace('T', ' ') },
          { title: 'what', text: ({ kind, cause }) => `${kind} for ${cause}` },
          { title: 'by', text: ({ asked_by }) => asked_by },
          { title: 'so far', text: countsText, flexible: true },
          { title: 'id', text: ({ id }) => id },
        ],
        io.out,
      );
