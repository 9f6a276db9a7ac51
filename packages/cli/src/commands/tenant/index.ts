import { Command } from 'commander';
import { tenantCloseAccessCommand, tenantOpenAccessCommand } from './access.ts';
import { tenantEventCommand } from './event.ts';
import { tenantListCommand } from './list.ts';
import { tenantShowCommand } from './show.ts';

export const tenantCommand = (): Command =>
  new Command('tenant')
    .description('Tenants')
    .addCommand(tenantListCommand())
    .addCommand(tenantShowCommand())
    .addCommand(tenantEventCommand())
    .addCommand(tenantCloseAccessCommand())
    .addCommand(tenantOpenAccessCommand());
