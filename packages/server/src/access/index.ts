export {
  type Actor,
  type ActorGrant,
  actorId,
  actorLabel,
  type PersonActor,
  type RunActor,
  type SystemActor,
  systemActor,
  type UserActor,
} from './actor.ts';
export { type Ctx, permit } from './permit.ts';
export { permitUserAct } from './permit-user-act.ts';
export { covers, coversTenantData, isClientPerson, type Reach, reachOf, type Where } from './reach.ts';
export {
  CLIENT_ADMIN_ROLE,
  CLIENT_SCOPES,
  isPlatformRole,
  PLATFORM_ROLE_NAMES,
  PLATFORM_ROLES,
  type PlatformRole,
  type PlatformRoleFacts,
  scopesOfRoles,
} from './roles.ts';
export { isScope, SCOPES, type Scope } from './scopes.ts';
export {
  mayAct,
  TENANT_PERMISSION_NAMES,
  TENANT_PERMISSIONS,
  type TenantPermission,
  type TenantPermissionFacts,
  type UserAct,
} from './tenant-permissions.ts';
