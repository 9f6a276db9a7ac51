/** `@tenantry/guard/isolation`: proof that tenants are kept apart in a PostgreSQL. */
export {
  type FoundTables,
  readDetours,
  readRole,
  readTable,
  readTenantTables,
  type TenantTable,
} from './catalogue.ts';
export { countOwn, type Outcome, type Probe, probeTable, type Question } from './probes.ts';
export { bypasses, type Facts, type Finding, findFaults, type RoleFacts, type TableFacts } from './rules.ts';
export type { Row, Session, Tenancy } from './session.ts';
export { type IsolationOptions, type IsolationReport, verifyIsolation } from './verify-isolation.ts';
