export { findTenantColor, setTenantColor } from './branding.ts';
export {
  changeClient,
  createClient,
  disableClient,
  ensureClient,
  listClients,
  type NewOidcClient,
  newOidcClientSchema,
  type OidcClient,
  type OidcClientChange,
  oidcClientChangeSchema,
  readClient,
  rotateSecret,
} from './clients.ts';
export {
  type IdentityProvider,
  type IdentityProviderDeps,
  openIdentityProvider,
  type ServedProvider,
} from './open-identity-provider.ts';
export { openUserDoor } from './open-user-door.ts';
export { purgeRecords } from './records.ts';
export type { UserDoor } from './user-door.ts';
