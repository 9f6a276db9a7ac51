import { type BillingEventView, billingEventPageSchema, billingEventStateSchema } from '@tenantry/contract';
import { Command, Option } from 'commander';
import { type Task, taskOf, wholeNumber, withCommon } from '../../session.ts';
import { tableLines } from '../../terminal/table.ts';
import { billingPath } from './show.ts';

interface Options {
  readonly state?: string;
  readonly open?: boolean;
  readonly tenant?: string;
  readonly limit: number;
  readonly cursor?: string;
}

/** States in which an event waits for somebody. */
const OPEN = ['unassigned', 'held'] as const;

export const billingEventsCommand = (): Command =>
  withCommon(new Command('events').description('Events of the billing system, newest first, and what came of each'))
    .argument('<product>', 'id of the product')
    .option('--open', 'only those that wait for somebody')
    .addOption(new Option('--state <state>', 'only those in this state').choices(billingEventStateSchema.options))
    .option('--tenant <tenant>', 'only those of this tenant, by id or slug')
    .addOption(new Option('--limit <number>', 'events at most').argParser(wholeNumber(1, 200)).default(50))
    .option('--cursor <cursor>', 'next_cursor of the page before')
    .action(async (product: string, { open, ...query }: Options, command: Command) => {
      const task = taskOf(command);
      const client = task.connect();
      const states = open === true ? OPEN : [query.state];
      const pages = [];
      for (const state of states) {
        pages.push(
          await client.get(`${billingPath(product)}/events`, billingEventPageSchema, { query: { ...query, state } }),
        );
      }
      const items = pages.flatMap((page) => page.items);
      const next_cursor = open === true ? null : (pages[0]?.next_cursor ?? null);
      task.print({ schema: 'tenantry.billing-events/1', items, next_cursor }, () => [
        ...eventLines(items, task, open === true ? 'Nothing waits.' : 'No events.'),
        ...(next_cursor === null ? [] : [`More: --cursor ${next_cursor}`]),
      ]);
    });

const eventLines = (events: readonly BillingEventView[], { io }: Task, none: string): readonly string[] =>
  events.length === 0
    ? [none]
    : tableLines<BillingEventView>(
        events,
        [
          { title: 'at', text: ({ occurred_at }) => occurred_at.slice(0, 16).replace('T', ' ') },
          { title: 'event', text: ({ id }) => id },
          { title: 'type', text: ({ type }) => type },
          { title: 'state', text: ({ state }) => state },
          { title: 'what came of it', text: ({ outcome }) => outcome ?? '', flexible: true },
        ],
        io.out,
      );
