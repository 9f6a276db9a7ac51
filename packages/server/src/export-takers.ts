/** What administrators of a tenant may do with its exports: identity says who they are, the exports do the work. */
import {
  cancelExport,
  type ExportDeps,
  exportPerson,
  linkTo,
  listExports,
  readExport,
  takeExport,
  viewExport,
  viewPersonalData,
  withdrawLinks,
} from './export/index.ts';
import type { ExportTakers } from './identity/export-routes.ts';

export const exportTakers = (deps: ExportDeps): ExportTakers => ({
  tenant: async (actor, input) => {
    const taken = await takeExport(deps, actor, input);
    return 'archive' in taken ? taken : { job: viewExport(taken.job) };
  },
  person: async (actor, input) => viewPersonalData(await exportPerson(deps, actor, input)),
  list: async (ctx, tenant) => (await listExports(ctx, deps, tenant)).map((job) => viewExport(job)),
  read: async (ctx, name) => {
    const job = await readExport(ctx, deps, name);
    return viewExport(job, await linkTo(ctx, deps, job));
  },
  cancel: async (ctx, name) => viewExport(await cancelExport(ctx, deps, name)),
  withdraw: async (ctx, name) => viewExport(await withdrawLinks(ctx, deps, name)),
});
