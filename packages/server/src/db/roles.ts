/**
 * The four roles of the control plane's database. None can log in, none is a superuser, none bypasses
 * row-level security; the login that Tenantry connects with is a member of each and takes one per transaction.
 */
export const DATABASE_ROLES = {
  /** Owns the schema and runs migrations. Forced row-level security holds for it too. */
  owner: 'tenantry_owner',
  /** One tenant per transaction. */
  app: 'tenantry_app',
  /** Named cross-tenant policies for people at the vendor. */
  operator: 'tenantry_operator',
  /** Named cross-tenant policies for the engine. */
  worker: 'tenantry_worker',
} as const;

export type DatabaseRole = keyof typeof DATABASE_ROLES;

/** The roles a transaction may name; `app` is only reached through `tenantTransaction`. */
export type TransactionRole = Exclude<DatabaseRole, 'app'>;

/** Where the tables live; `public` follows so that extensions installed there are found. */
export const SEARCH_PATH = 'tenantry, public';

/** Statements that give a whole session one role: for LISTEN and for libraries that bring their own queries. */
export const takeRoleForSession = (role: DatabaseRole): string =>
  `set role ${DATABASE_ROLES[role]}; set search_path = ${SEARCH_PATH}`;

/**
 * Opens a transaction under a role. `set local` rather than a setting made at connect: it ends with the transaction,
 * so it cannot leak to the next user of a pooled connection, holds behind a transaction pooler as well, and cannot be
 * overridden by options in a connection URL. A failing `set local role` leaves the transaction aborted, never open
 * under the login's own rights.
 */
export const beginAs = (role: DatabaseRole, timeoutMs: number, tenantId?: string): string => {
  const begin = `begin; set local role ${DATABASE_ROLES[role]}; set local search_path = ${SEARCH_PATH}; set local statement_timeout = ${timeoutMs}`;
  return tenantId === undefined ? begin : `${begin}; set local app.current_tenant_id = '${tenantId}'`;
};
