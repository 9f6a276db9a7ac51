export { addressesOfRole } from './addresses-of-role.ts';
export { type AuthenticatorOptions, type KeyAuthenticator, keyAuthenticator, STALE_MS } from './authenticator.ts';
export { type CreatedKey, createKey, type NewKeyInput, newKeySchema } from './create-key.ts';
export { createPerson, type NewPerson, newPersonSchema } from './create-person.ts';
export { type DevelopmentPerson, findDevelopmentPerson, listDevelopmentPeople } from './development-people.ts';
export { type ClientPerson, ensureClientPerson, type WantedClientPerson } from './ensure-client-person.ts';
export { SESSION_IDLE_MS, SESSION_MAX_MS } from './holders.ts';
export { type KeyListRequest, type KeySummary, listKeys } from './list-keys.ts';
export { listPeople, type PeopleRequest } from './list-people.ts';
export { loadPerson } from './load.ts';
export type { InvitationDeps, OperatorMail, OperatorMails } from './mails.ts';
export {
  createFirstOwner,
  createOperator,
  disableOperator,
  type GrantsInput,
  type InvitedOperator,
  invitationLink,
  linkIdentity,
  listOperators,
  type NewGrant,
  type NewOperator,
  type Operator,
  readOperator,
  reinviteOperator,
  setGrants,
  setOperatorEmail,
} from './operators/index.ts';
export { revokeKey } from './revoke-key.ts';
export {
  type DevelopmentIdentity,
  type SeededIdentity,
  seedDevelopmentIdentities,
} from './seed-development-identities.ts';
export { endSession, endSessionsOf, type NewSession, openSession } from './sessions.ts';
export {
  type GroupRole,
  type OperatorSecrets,
  type PasswordWork,
  type ProviderSettings,
  returnPath,
  type SignInDeps,
} from './sign-in/index.ts';
export {
  endSupport,
  grantSupport,
  listSupport,
  openSupport,
  readSupportPolicy,
  type SupportPolicy,
  type SupportRow,
  type SupportStatus,
  setSupportPolicy,
  statusOf,
} from './support/index.ts';
export type { Person } from './tables.ts';
