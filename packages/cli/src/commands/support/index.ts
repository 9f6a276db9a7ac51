import { Command } from 'commander';
import { supportCloseCommand } from './close.ts';
import { supportGrantCommand } from './grant.ts';
import { supportListCommand } from './list.ts';
import { supportOpenCommand } from './open.ts';
import { supportPolicyCommand } from './policy.ts';

export const supportCommand = (): Command =>
  new Command('support')
    .description('Time-boxed access of support to a tenant, which the client can see')
    .addCommand(supportOpenCommand())
    .addCommand(supportListCommand())
    .addCommand(supportGrantCommand())
    .addCommand(supportCloseCommand())
    .addCommand(supportPolicyCommand());
