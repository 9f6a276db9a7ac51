export type { ScrapeRules } from './may-scrape.ts';
export type { ReadTenants, TenantFigures } from './read-installation.ts';
export { type MetricsListener, serveMetrics } from './serve-metrics.ts';
export { openTelemetry, type Telemetry, type TelemetryOptions } from './telemetry.ts';
