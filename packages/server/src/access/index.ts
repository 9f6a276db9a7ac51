export {
  type Actor,
  type ActorGrant,
  actorLabel,
  type PersonActor,
  type RunActor,
  type SystemActor,
  systemActor,
} from './actor.ts';
export { type Ctx, permit } from './permit.ts';
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
