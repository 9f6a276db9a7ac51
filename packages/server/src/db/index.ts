export { columnsOf } from './columns.ts';
export {
  type ConnectionSettings,
  clientConfig,
  openSessionPool,
  type SessionPoolOptions,
} from './connection.ts';
export {
  type Database,
  type DatabaseOptions,
  openDatabase,
  type PoolStats,
  type TransactionOptions,
} from './database.ts';
export {
  type EmbeddedOptions,
  type ExternalOptions,
  embeddedPostgres,
  externalPostgres,
  type Ownership,
  type PostgresSupervisor,
  type SupervisorLog,
  type SupervisorStatus,
} from './embedded/index.ts';
export { createDatabase, dropDatabase, ensureDatabase } from './ensure-database.ts';
export { toDatabaseError, violatedConstraint } from './errors.ts';
export { type ListenOptions, listen } from './listen.ts';
export { type MigrateReport, migrate } from './migrate.ts';
export { DATABASE_ROLES, type DatabaseRole, type TransactionRole } from './roles.ts';
export type { Statement, Tx } from './transaction.ts';
