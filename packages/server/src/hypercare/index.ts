export { metricsActions } from './actions.ts';
export { purgeMetrics } from './purge-metrics.ts';
export { summarizeTenants, type TenantSummary } from './summarize-tenants.ts';
