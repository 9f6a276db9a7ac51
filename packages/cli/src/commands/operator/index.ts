import { Command } from 'commander';
import { operatorDisableCommand } from './disable.ts';
import { operatorEmailCommand } from './email.ts';
import { operatorGrantCommand } from './grant.ts';
import { operatorInviteCommand } from './invite.ts';
import { operatorInviteAgainCommand } from './invite-again.ts';
import { operatorLinkIdentityCommand } from './link-identity.ts';
import { operatorListCommand } from './list.ts';
import { operatorRecoveryCodesCommand } from './recovery-codes.ts';
import { operatorRolesCommand } from './roles.ts';

export const operatorCommand = (): Command =>
  new Command('operator')
    .description('People of the vendor and what they may do')
    .addCommand(operatorListCommand())
    .addCommand(operatorRolesCommand())
    .addCommand(operatorInviteCommand())
    .addCommand(operatorInviteAgainCommand())
    .addCommand(operatorLinkIdentityCommand())
    .addCommand(operatorEmailCommand())
    .addCommand(operatorRecoveryCodesCommand())
    .addCommand(operatorGrantCommand())
    .addCommand(operatorDisableCommand());
