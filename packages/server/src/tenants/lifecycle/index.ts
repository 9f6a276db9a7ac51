export { type ReinstateInput, type Reinstatement, reinstateTenant, undoSuspension } from './reinstate-tenant.ts';
export { type SuspendInput, suspendTenant } from './suspend-tenant.ts';
export { findSuspension, listOpenSuspensions, type Suspension } from './suspension-rows.ts';
