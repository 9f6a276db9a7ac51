import { billingEventSchema } from '@tenantry/contract';
import { Command } from 'commander';
import { taskOf, withCommon } from '../../session.ts';
import { billingPath } from './show.ts';

interface Options {
  readonly reason: string;
  readonly tenant?: string;
  /** Commander's negation: `--no-remember` makes it false. */
  readonly remember?: boolean;
}

const settling = (name: 'assign' | 'replay' | 'settle', about: string, done: string): Command =>
  withCommon(new Command(name).description(about))
    .argument('<product>', 'id of the product')
    .argument('<event>', 'its id, as the billing system names it: evt_…')
    .requiredOption('--reason <text>', 'why; kept for good')
    .action(async (product: string, event: string, { reason, tenant, remember }: Options, command: Command) => {
      const task = taskOf(command);
      const path = `${billingPath(product)}/events/${encodeURIComponent(event)}/${name}`;
      const body = name === 'assign' ? { reason, tenant, remember } : { reason };
      const view = await task.connect().post(path, body, billingEventSchema);
      task.print({ schema: 'tenantry.billing-event/1', ...view }, () => [`${task.io.out.style.good('✓')} ${done}`]);
    });

const SOON = 'It is looked at again in a moment: tenantry billing events PRODUCT shows what came of it.';

export const billingAssignCommand = (): Command =>
  settling('assign', 'Say whose an event is, and apply it', `Assigned. ${SOON}`)
    .requiredOption('--tenant <tenant>', 'whose it is, by id or slug')
    .option('--no-remember', 'this event alone, and not what comes of the same customer');

export const billingReplayCommand = (): Command =>
  settling('replay', 'Look at an event once more, when what held it is put right', SOON);

export const billingSettleCommand = (): Command =>
  settling('settle', 'Say that an event was dealt with by hand', 'Settled: it waits no more.');
