export {
  type ChangePlanInput,
  cancelPlanChange,
  changePlan,
  findScheduledPlan,
  keepPlanChanges,
} from './change-plan.ts';
export { keepInactivity } from './inactivity.ts';
export { previewPlan } from './preview-plan.ts';
export { type ReinstateInput, type Reinstatement, reinstateTenant, undoSuspension } from './reinstate-tenant.ts';
export { type SuspendInput, suspendTenant } from './suspend-tenant.ts';
export { findSuspension, listOpenSuspensions, type Suspension } from './suspension-rows.ts';
export { findTrial, keepTrials, setTrialEnd, type TellAdmins } from './trials.ts';
export { readUsage, reportUsage } from './usage.ts';
