import { Command } from 'commander';
import { auditCheckpointCommand } from './checkpoint.ts';
import { auditListCommand } from './list.ts';
import { auditVerifyCommand } from './verify.ts';

export const auditCommand = (): Command =>
  new Command('audit')
    .description('The audit log')
    .addCommand(auditListCommand())
    .addCommand(auditVerifyCommand())
    .addCommand(auditCheckpointCommand());
