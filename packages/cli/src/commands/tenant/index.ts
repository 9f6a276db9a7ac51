import { Command } from 'commander';
import { tenantCloseAccessCommand, tenantOpenAccessCommand } from './access.ts';
import { tenantBillingCommand } from './billing.ts';
import { tenantCancelPlanChangeCommand, tenantChangePlanCommand } from './change-plan.ts';
import { tenantEventCommand } from './event.ts';
import { tenantExportCommand } from './export.ts';
import { tenantExportsCommand } from './exports.ts';
import { tenantListCommand } from './list.ts';
import {
  tenantCancelOffboardingCommand,
  tenantEraseCommand,
  tenantLegalHoldCommand,
  tenantOffboardCommand,
  tenantOffboardingCommand,
} from './offboard.ts';
import { tenantDecidePlanCommand, tenantPlanRequestsCommand } from './plan-requests.ts';
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
    .addCommand(tenantPlanRequestsCommand())
    .addCommand(tenantDecidePlanCommand())
    .addCommand(tenantUsageCommand())
    .addCommand(tenantTrialCommand())
    .addCommand(tenantBillingCommand())
    .addCommand(tenantExportCommand())
    .addCommand(tenantExportsCommand())
    .addCommand(tenantOffboardCommand())
    .addCommand(tenantOffboardingCommand())
    .addCommand(tenantCancelOffboardingCommand())
    .addCommand(tenantLegalHoldCommand())
    .addCommand(tenantEraseCommand())
    .addCommand(tenantEventCommand())
    .addCommand(tenantCloseAccessCommand())
    .addCommand(tenantOpenAccessCommand());
