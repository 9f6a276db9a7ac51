export {
  type ChangePlanInput,
  cancelPlanChange,
  changePlan,
  findScheduledPlan,
  keepPlanChanges,
} from './change-plan.ts';
export {
  DELETION_STEPS,
  type DeletionDeps,
  type DeletionParts,
  type DeletionStep,
  hastenDeletion,
  keepDeletions,
} from './delete-tenant-data.ts';
export { keepInactivity } from './inactivity.ts';
export { keepOffboardings } from './keep-offboardings.ts';
export { cancelOffboarding, type OffboardInput, offboardTenant, setLegalHold } from './offboard-tenant.ts';
export { findOffboarding, type Offboarding } from './offboarding-rows.ts';
export {
  decidePlanRequest,
  listPlanRequests,
  requestPlan,
  viewPlanRequest,
  withdrawPlanRequest,
} from './plan-requests.ts';
export { previewPlan } from './preview-plan.ts';
export { type ReinstateInput, type Reinstatement, reinstateTenant, undoSuspension } from './reinstate-tenant.ts';
export { type SuspendInput, suspendTenant } from './suspend-tenant.ts';
export { findSuspension, listOpenSuspensions, type Suspension } from './suspension-rows.ts';
export { findTrial, keepTrials, setTrialEnd, type TellAdmins } from './trials.ts';
export { readUsage, reportUsage } from './usage.ts';
export { keepUsageDays } from './usage-days.ts';
export { keepUsageNotices, type UsageTelling } from './usage-notices.ts';
export { viewLife } from './view-life.ts';
export { viewImpact, viewUsage } from './view-plan.ts';
