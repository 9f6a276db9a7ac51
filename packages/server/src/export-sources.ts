/** What exports are handed: tenants, their settings, and the databases of products. Here the domains meet. */
import { isTenantryError, TenantryError } from '@tenantry/contract';
import { systemActor } from './access/index.ts';
import type { Duty } from './background.ts';
import {
  type BackupDeps,
  type BackupSources,
  type SourceDatabase,
  type TableRows,
  withTenantRows,
} from './backups/index.ts';
import type { Config } from './config.ts';
import type { Database, Tx } from './db/index.ts';
import {
  type ExportDeps,
  type ExportSources,
  keepExports,
  type LinkReader,
  type ProductRows,
  type TenantRows,
} from './export/index.ts';
import { exportStore } from './export-store.ts';
import { tenantPolicy } from './identity/index.ts';
import { loadProduct } from './products/index.ts';
import { findTenant, loadEntitlements, loadTenant, permitTenant, readTenant } from './tenants/index.ts';

interface Parts {
  readonly backups: Pick<BackupDeps, 'database' | 'sources' | 'folder' | 'now'>;
  readonly config: Pick<Config, 'publicUrl' | 'exportDirectRowsMax' | 'exportDirectBytesMax' | 'exportKeepHours'>;
}

const HOUR_MS = 3_600_000;

export const exportDeps = ({ backups, config }: Parts): ExportDeps => {
  const { database, sources, now } = backups;
  return {
    database,
    now,
    publicUrl: config.publicUrl,
    sources: exportSources(database, sources, now),
    store: exportStore(backups),
    limits: {
      directRowsMax: config.exportDirectRowsMax,
      directBytesMax: config.exportDirectBytesMax,
      keepMs: config.exportKeepHours * HOUR_MS,
    },
  };
};

export const exportDuties = (deps: ExportDeps): readonly Duty[] => [
  ['remove exports whose time is over', 60_000, () => keepExports(deps)],
];

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
  assertWhole,
  mayDownload,
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

/** Once the deletion has begun some databases are empty and others not yet. */
async function assertWhole(tx: Tx, tenantId: string): Promise<void> {
  const { rows } = await tx.query<{ slug: string }>(
    `select slug from tenant_offboardings where tenant_id = $1 and state = 'deleting'`,
    [tenantId],
  );
  const [deleting] = rows;
  if (deleting === undefined) return;
  throw new TenantryError(
    'export.unavailable',
    `The data of ${deleting.slug} is being deleted, so an export would not be whole.`,
    { facts: { tenant: tenantId }, next: 'tenantry tenant offboarding TENANT tells how far the deletion is.' },
  );
}

/** Whoever was given a link by a tenant gets in as far as the tenant does: not when it is blocked, has left or is gone. */
async function mayDownload(tx: Tx, tenantId: string, reader: LinkReader): Promise<boolean> {
  const tenant = await findTenant(tx, tenantId);
  if (tenant === undefined) return false;
  return reader === 'vendor' || (tenant.status !== 'offboarded' && tenant.accessMode !== 'blocked');
}

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
