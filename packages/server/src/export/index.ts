export type { LinkReader } from './core/link.ts';
export type { ByteRange } from './core/range.ts';
export { type Download, type DownloadInput, linkTo, openDownload } from './download-export.ts';
export { exportPerson, type PersonalData, type PersonInput, viewPersonalData } from './export-person.ts';
export { type ExportInput, exportTenant, type TenantExport } from './export-tenant.ts';
export { keepExports, sweepExports } from './keep-exports.ts';
export {
  cancelExport,
  type ExportName,
  listExports,
  readExport,
  requestExport,
  takeExport,
  withdrawLinks,
} from './request-export.ts';
export { exportJobs } from './run-export.ts';
export type {
  ExportDeps,
  ExportLimits,
  ExportPlace,
  ExportSources,
  ExportStore,
  ExportTenant,
  ProductDatabases,
  ProductRows,
  StoredArchive,
  StoredFile,
  TenantRows,
} from './sources.ts';
export type { ExportJob } from './tables.ts';
export { viewExport } from './view-export.ts';
