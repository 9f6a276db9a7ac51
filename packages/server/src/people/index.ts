export { type AuthenticatorOptions, type KeyAuthenticator, keyAuthenticator, STALE_MS } from './authenticator.ts';
export { type CreatedKey, createKey, type NewKeyInput, newKeySchema } from './create-key.ts';
export { createPerson, type NewPerson, newPersonSchema } from './create-person.ts';
export { type KeyListRequest, type KeySummary, listKeys } from './list-keys.ts';
export { listPeople, type PeopleRequest } from './list-people.ts';
export { loadPerson } from './load.ts';
export { revokeKey } from './revoke-key.ts';
export {
  type DevelopmentIdentity,
  type SeededIdentity,
  seedDevelopmentIdentities,
} from './seed-development-identities.ts';
export type { Person } from './tables.ts';
