export { metricsActions } from './actions.ts';
export { purgeMetrics } from './purge-metrics.ts';
