import { type BillingSetUpView, billingSetUpSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { type Task, taskOf, withCommon } from '../../session.ts';
import { tableLines } from '../../terminal/table.ts';

export const billingPath = (product: string): string => `/api/v1/products/${encodeURIComponent(product)}/billing`;

export const billingShowCommand = (): Command =>
  withCommon(new Command('show').description('How events of a product are taken, and how many wait'))
    .argument('<product>', 'id of the product')
    .action(async (product: string, _options: object, command: Command) => {
      const task = taskOf(command);
      const setUp = await task.connect().get(billingPath(product), billingSetUpSchema);
      printSetUp(task, setUp);
    });

export const printSetUp = (task: Task, setUp: BillingSetUpView): void =>
  task.print({ schema: 'tenantry.billing/1', ...setUp }, () => setUpLines(setUp, task));

function setUpLines(setUp: BillingSetUpView, { io }: Task): readonly string[] {
  const { keys, prices, dunning, events } = setUp;
  const waiting = (events.unassigned ?? 0) + (events.held ?? 0);
  return [
    `Endpoint      ${setUp.endpoint}`,
    `Prices        ${listOf(Object.entries(prices).map(([price, plan]) => `${price}: ${plan}`)) || 'none: changes of plan are held'}`,
    `Dunning       ${listOf(dunning.map((step) => `day ${step.after_days}: ${step.do}`))}`,
    `Subscription ended: ${setUp.subscription_ended === 'hold' ? 'held for a person' : `plan ${setUp.subscription_ended}`}`,
    `Events        ${listOf(Object.entries(events).map(([state, count]) => `${count} ${state}`)) || 'none yet'}`,
    ...(waiting === 0 ? [] : [`${waiting} wait for you: tenantry billing events ${setUp.product} --open`]),
    '',
    ...(keys.length === 0
      ? [`No signing secret: every event is refused. Add one: tenantry billing key add ${setUp.product} --file FILE`]
      : tableLines<BillingSetUpView['keys'][number]>(
          keys,
          [
            { title: 'key', text: ({ kind }) => kind.replace('_', ' ') },
            { title: 'label', text: ({ label }) => label, flexible: true },
            { title: 'since', text: ({ added_at }) => added_at.slice(0, 10) },
            { title: 'by', text: ({ added_by }) => added_by },
            { title: 'id', text: ({ id }) => id },
          ],
          io.out,
        )),
  ];
}

const listOf = (items: readonly string[]): string => items.join(', ');
