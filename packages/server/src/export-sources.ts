/** What exports are handed: tenants, their settings, and the databases of products. Here the domains meet. */
import { isTenantryError, TenantryError } from '@tenantry/contract';
import { systemActor } from './access/index.ts';
import { type BackupSources, type SourceDatabase, type TableRows, withTenantRows } from './backups/index.ts';
import type { Database } from './db/index.ts';
import type { ExportDeps, ExportSources, ProductRows, TenantRows } from './export/index.ts';
import { tenantPolicy } from './identity/index.ts';
import { loadProduct } from './products/index.ts';
import { loadEntitlements, loadTenant, permitTenant, readTenant } from './tenants/index.ts';

interface Parts {
  readonly database: Database;
  readonly sources: BackupSources;
  readonly now: () => Date;
}

export const exportDeps = ({ database, sources, now }: Parts): ExportDeps => ({
  database,
  now,
  sources: exportSources(database, sources, now),
});

const EXPORTS = systemActor('exports');

const exportSources = (database: Database, sources: BackupSources, now: () => Date): ExportSources => ({
  tenantOf: async (ctx, idOrSlug) => {
    // An administrator of the tenant was let in by identity, for their own tenant and no other.
    if (ctx.actor.kind === 'user') return loadTenant(ctx.tx, ctx.actor.tenantId);
    const tenant = await readTenant(ctx, idOrSlug);
    permitTenant(ctx.actor, 'tenants:write', tenant);
    return tenant;
  },
  settingsOf: async ({ tx }, tenantId) => {
    const tenant = await loadTenant(tx, tenantId);
    const { createdKey: _, createdRunId: __, ...facts } = tenant;
    const { limits, features } = await loadEntitlements(tx, tenant);
    return { tenant: facts, in_force: { limits, features }, login_policy: await tenantPolicy(tx, tenantId) };
  },
  openDatabases: async ({ id: tenantId, productId }) => {
    const open = async (): Promise<readonly SourceDatabase[]> => {
      const source = await database.transaction('worker', async (tx) => {
        const { profile } = await loadProduct(tx, productId);
        if (profile.databases.length === 0) return undefined;
        return sources.open({ tx, actor: EXPORTS, now: now() }, { product: productId, environment: 'production' });
      });
      const found = source?.databases ?? [];
      for (const each of found) await withTenantRows(each, { tenantId }, async () => undefined);
      return found;
    };
    const databases = await open().catch((error: unknown) => {
      throw unavailable(productId, error);
    });
    return {
      each: async (signal, visit) => {
        for (const each of databases) {
          await withTenantRows(each, { tenantId, signal }, (tables) => visit(rowsOf(each, tables)));
        }
      },
    };
  },
});

const unavailable = (productId: string, cause: unknown): TenantryError =>
  new TenantryError(
    'export.unavailable',
    `A database of ${productId} cannot be read, so the export would not be whole.`,
    {
      cause,
      facts: { product: productId, ...(isTenantryError(cause) ? { why: cause.message } : {}) },
      next: 'Mend the connection under the environment production of the product, and ask again.',
    },
  );

const rowsOf = ({ name: database, leaveOut }: SourceDatabase, tables: readonly TableRows[]): ProductRows => ({
  leftOut: leaveOut.map((name) => `${database}.${name}`),
  tables: tables.map(({ name, ...rows }): TenantRows => ({ table: name.replace(/^public\./, ''), database, ...rows })),
});
