import { Command } from 'commander';
import { operatorDisableCommand } from './disable.ts';
import { operatorGrantCommand } from './grant.ts';
import { operatorInviteCommand } from './invite.ts';
import { operatorListCommand } from './list.ts';
import { operatorRolesCommand } from './roles.ts';

export const operatorCommand = (): Command =>
  new Command('operator')
    .description('People of the vendor and what they may do')
    .addCommand(operatorListCommand())
    .addCommand(operatorRolesCommand())
    .addCommand(operatorInviteCommand())
    .addCommand(operatorGrantCommand())
    .addCommand(operatorDisableCommand());
