/** `@tenantry/guard/pg`: tenants' rows in the application's own PostgreSQL. */
export {
  type ClientLike,
  type PoolLike,
  type QueryAnswer,
  queryAsTenant,
  type TenantOptions,
  TenantQueryError,
  withTenant,
} from './as-tenant.ts';
export { type PostgresReservations, postgresRateStore, postgresReservations } from './stores.ts';
export { grantStoreTables, STORE_TABLES } from './tables.ts';
