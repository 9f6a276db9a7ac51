import { Command } from 'commander';
import { billingEventsCommand } from './events.ts';
import { billingKeyCommand } from './key.ts';
import { billingAssignCommand, billingReplayCommand, billingSettleCommand } from './settle.ts';
import { billingShowCommand } from './show.ts';

export const billingCommand = (): Command =>
  new Command('billing')
    .description('Events of the billing system, and what came of each')
    .addCommand(billingShowCommand())
    .addCommand(billingKeyCommand())
    .addCommand(billingEventsCommand())
    .addCommand(billingAssignCommand())
    .addCommand(billingReplayCommand())
    .addCommand(billingSettleCommand());
