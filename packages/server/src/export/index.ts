export { type ExportInput, exportTenant, type TenantExport } from './export-tenant.ts';
export type { ExportDeps, ExportSources, ExportTenant, ProductDatabases, ProductRows, TenantRows } from './sources.ts';
