export { type TenantActionDeps, tenantActions, tenantOf } from './actions/index.ts';
export { type Client, type ClientPageRequest, listClients, loadClient, readClient, upsertClient } from './clients.ts';
export { type AccessChange, closeAccess, type EmergencyInput, openAccess } from './close-access.ts';
export {
  type ChangeOptions,
  type Configuration,
  type ConfigurationChange,
  findVersion,
  undoConfiguration,
  type VersionRow,
} from './configuration.ts';
export { listContacts, readContactsState, removeContact, setContact } from './contacts.ts';
export type { ClientContact, ClientInput, Contract } from './core/client.ts';
export {
  CLIENT_CONTACT_ROLES,
  type Contact,
  type ContactInput,
  type ContactParty,
  type ContactRole,
  type ContactsState,
} from './core/contacts.ts';
export {
  assertFeaturesInPlan,
  type EffectiveLimits,
  effectiveFeatures,
  effectiveLimits,
  featureConflicts,
  resolveLimits,
} from './core/entitlements.ts';
export { deletionDue } from './core/offboarding.ts';
export { ISOLATION_OF_OFFERING, ISOLATIONS, type Isolation } from './core/offerings.ts';
export { type LimitState, limitState, type PlanImpact, SOFT_SHARE, type Usage, windowMs } from './core/plan-impact.ts';
export { PLAN_WORDS, type PlanMeaning, planFromWord } from './core/plan-words.ts';
export {
  type ApprovalChanges,
  type FeatureApproval,
  type FeatureChanges,
  type LimitChanges,
  parseSettings,
  type TenantSettings,
} from './core/settings.ts';
export { assertSlug, checkSlug, type SlugFault } from './core/slug.ts';
export {
  ACCESS_MODES,
  type AccessMode,
  findTransition,
  isLive,
  STATUSES,
  type Status,
  type StatusOperation,
  type StatusState,
  TRANSITIONS,
  transition,
} from './core/status.ts';
export { CAUSE_FACTS, CAUSES, type Cause } from './core/suspension.ts';
export { type CreatedTenant, createTenant, type NewTenant } from './create-tenant.ts';
export { assertTenantGone, type DeleteForUndoInput, deleteTenantForUndo } from './delete-tenant.ts';
export { type EditInput, editTenant } from './edit-tenant.ts';
export { loadEntitlements, loadLimits, loadRoles, type ProductRole } from './entitlements.ts';
export { type FeedWatch, type FeedWatchOptions, watchFeed } from './feed/watch-feed.ts';
export { type HistoryEntry, listHistory } from './history.ts';
export {
  type BulkInput,
  type ChangePlanInput,
  type CountDeps,
  cancelOffboarding,
  cancelPlanChange,
  changePlan,
  DELETION_STEPS,
  type DeletionDeps,
  type DeletionParts,
  type DeletionStep,
  decidePlanRequest,
  findOffboarding,
  findScheduledPlan,
  findSuspension,
  findTrial,
  hastenDeletion,
  keepBulk,
  keepDeletions,
  keepInactivity,
  keepOffboardings,
  keepPlanChanges,
  keepTrials,
  keepUsageCounts,
  keepUsageDays,
  keepUsageNotices,
  listBulk,
  listBulkItems,
  listOpenSuspensions,
  listPlanRequests,
  loadBulk,
  type OffboardInput,
  type Offboarding,
  offboardTenant,
  previewPlan,
  type ReinstateInput,
  type Reinstatement,
  readUsage,
  reinstateTenant,
  reportUsage,
  requestPlan,
  type SuspendInput,
  type Suspension,
  setLegalHold,
  setTrialEnd,
  startBulk,
  stopBulk,
  suspendTenant,
  type TellAdmins,
  type UsageCounts,
  type UsageSource,
  type UsageTelling,
  undoSuspension,
  viewImpact,
  viewLife,
  viewPlanRequest,
  viewUsage,
  withdrawPlanRequest,
} from './lifecycle/index.ts';
export { type EndingContract, listEndingContracts } from './list-ending-contracts.ts';
export { listTenants, type TenantFilter, type TenantPage } from './list-tenants.ts';
export {
  findTenant,
  findTenantBySlug,
  isWithinReach,
  loadTenant,
  lockTenant,
  permitTenant,
  readTenant,
  type Tenant,
} from './load.ts';
export {
  checkSlugFree,
  findReservation,
  type Reservation,
  type ReserveInput,
  releaseReservation,
  reserveTenant,
} from './reserve-tenant.ts';
export { countResidue, RETAINED_TABLES, type TableResidue } from './residue.ts';
export {
  type SetFeaturesInput,
  type SetLimitsInput,
  type SetPlanInput,
  setFeatures,
  setLimits,
  setPlan,
} from './set-configuration.ts';
export { type SetStatusInput, type StatusChange, setStatus, undoStatus } from './set-status.ts';
export {
  type OffboardingMove,
  onOffboardingMoved,
  onPlanMoved,
  onPlanRequested,
  onStatusMoved,
  type PlanRequestMove,
  type StatusMove,
} from './status-listeners.ts';
export { listTombstones, recordTombstone, type Tombstone, type TombstoneInput } from './tombstones.ts';
export { listWishes, type NewWish, recordWish, type TenantWish } from './wishes.ts';
