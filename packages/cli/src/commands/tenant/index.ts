import { Command } from 'commander';
import { tenantCloseAccessCommand, tenantOpenAccessCommand } from './access.ts';
import { tenantCancelPlanChangeCommand, tenantChangePlanCommand } from './change-plan.ts';
import { tenantEventCommand } from './event.ts';
import { tenantExportCommand } from './export.ts';
import { tenantListCommand } from './list.ts';
import { tenantReinstateCommand } from './reinstate.ts';
import { tenantShowCommand } from './show.ts';
import { tenantSuspendCommand } from './suspend.ts';
import { tenantTrialCommand } from './trial.ts';
import { tenantUsageCommand } from './usage.ts';

export const tenantCommand = (): Command =>
  new Command('tenant')
    .description('Tenants')
    .addCommand(tenantListCommand())
    .addCommand(tenantShowCommand())
    .addCommand(tenantSuspendCommand())
    .addCommand(tenantReinstateCommand())
    .addCommand(tenantChangePlanCommand())
    .addCommand(tenantCancelPlanChangeCommand())
    .addCommand(tenantUsageCommand())
    .addCommand(tenantTrialCommand())
    .addCommand(tenantExportCommand())
    .addCommand(tenantEventCommand())
    .addCommand(tenantCloseAccessCommand())
    .addCommand(tenantOpenAccessCommand());
