import { defineConnector } from '../kit/index.ts';
import { isolationCheck } from './isolation.ts';
import { queryCheck, versionCheck } from './query.ts';
import { rowAction } from './row.ts';
import { rowSecurityCheck } from './row-security.ts';
import { postgresTest } from './test-connection.ts';

export { connectPostgres, type OpenedPostgres, postgresFault, programEnvironment } from './connect.ts';
export { marksDefinition } from './marks.ts';
export { closePostgresPools } from './session.ts';
export { type PostgresSettings, postgresSettings } from './settings.ts';

/** Rows, queries and the proof of isolation in a product's PostgreSQL. */
export const postgresConnector = defineConnector({
  name: 'postgres',
  actions: [rowAction],
  checks: [queryCheck, versionCheck, rowSecurityCheck, isolationCheck],
  connectionTests: [postgresTest],
});
