export { hypercareActions, metricsActions } from './actions.ts';
export type { HypercareDeps, OpenedFinding, Telling } from './hypercare-deps.ts';
export { purgeMetrics } from './purge-metrics.ts';
export { summarizeTenants, type TenantSummary } from './summarize-tenants.ts';
