import { Command } from 'commander';
import { backupCreateCommand } from './create.ts';
import { backupListCommand } from './list.ts';
import { backupRestoreCommand } from './restore.ts';
import { backupScheduleCommand } from './schedule.ts';
import { backupVerifyCommand } from './verify.ts';

export const backupCommand = (): Command =>
  new Command('backup')
    .description('Backups of tenants, products and the control plane')
    .addCommand(backupCreateCommand())
    .addCommand(backupListCommand())
    .addCommand(backupVerifyCommand())
    .addCommand(backupRestoreCommand())
    .addCommand(backupScheduleCommand());
