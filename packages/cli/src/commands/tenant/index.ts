import { Command } from 'commander';
import { tenantCloseAccessCommand, tenantOpenAccessCommand } from './access.ts';
import { tenantEventCommand } from './event.ts';
import { tenantListCommand } from './list.ts';
import { tenantReinstateCommand } from './reinstate.ts';
import { tenantShowCommand } from './show.ts';
import { tenantSuspendCommand } from './suspend.ts';

export const tenantCommand = (): Command =>
  new Command('tenant')
    .description('Tenants')
    .addCommand(tenantListCommand())
    .addCommand(tenantShowCommand())
    .addCommand(tenantSuspendCommand())
    .addCommand(tenantReinstateCommand())
    .addCommand(tenantEventCommand())
    .addCommand(tenantCloseAccessCommand())
    .addCommand(tenantOpenAccessCommand());
