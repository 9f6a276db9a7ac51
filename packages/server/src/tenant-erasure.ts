/** What the deletion of a tenant is handed: backups, the databases of its product, and the vault. Here the domains meet. */
import { TenantryError } from '@tenantry/contract';
import { type Ctx, systemActor } from './access/index.ts';
import type { Duty } from './background.ts';
import {
  type BackupDeps,
  countTenantRows,
  createBackup,
  deleteTenantRows,
  KEEP_DAYS_LEAST,
  type SourceDatabase,
  verifyBackup,
} from './backups/index.ts';
import type { Tx } from './db/index.ts';
import { type ExportDeps, sweepExports } from './export/index.ts';
import { loadProduct } from './products/index.ts';
import { type DeletionDeps, type DeletionParts, keepDeletions, type Offboarding } from './tenants/index.ts';
import { type Keyring, revokeTenantEntries, shredTenantKeys } from './vault/index.ts';

interface Parts {
  readonly backups: BackupDeps;
  readonly keyring: Keyring;
  readonly exports: ExportDeps;
}

const ERASURE = systemActor('erasure');
const ENVIRONMENT = 'production';

export const deletionDeps = ({ backups, keyring, exports }: Parts): DeletionDeps => ({
  database: backups.database,
  now: backups.now,
  parts: deletionParts(backups, keyring, exports),
});

const MINUTE = 60_000;

export const deletionDuties = (parts: Parts): readonly Duty[] => [
  ['delete the data of tenants that have left', MINUTE, () => keepDeletions(deletionDeps(parts))],
];

const deletionParts = (backups: BackupDeps, keyring: Keyring, exports: ExportDeps): DeletionParts => ({
  backUp: (offboarding) => backUp(backups, offboarding),
  deleteProductRows: (offboarding) => deleteProductRows(backups, offboarding),
  destroySecrets: async (ctx, tenantId) => {
    const vault = { ...ctx, keyring };
    const reason = 'The tenant was offboarded and its data deleted.';
    const entries = await revokeTenantEntries(vault, tenantId, reason);
    return { entries_wiped: entries, keys_destroyed: await shredTenantKeys(vault, { tenantId, reason }) };
  },
  removeExports: async (tenantId) => ({ archives_removed: await sweepExports(exports, tenantId) }),
  backupsThatRemain,
});

/** The databases the profile names; a product that names none keeps its data elsewhere, and the certificate says so. */
async function databasesOf(deps: BackupDeps, { productId }: Offboarding): Promise<readonly SourceDatabase[]> {
  return deps.database.transaction('worker', async (tx) => {
    const ctx: Ctx = { tx, actor: ERASURE, now: deps.now() };
    const { profile } = await loadProduct(tx, productId);
    if (profile.databases.length === 0) return [];
    return (await deps.sources.open(ctx, { product: productId, environment: ENVIRONMENT })).databases;
  });
}

/** OFF-13: taken once, whoever asks again, and proven by loading it where nobody sees it. */
async function backUp(deps: BackupDeps, offboarding: Offboarding): Promise<Readonly<Record<string, unknown>>> {
  if ((await databasesOf(deps, offboarding)).length === 0)
    return { taken: false, why: 'the product names no database' };
  const backup = await createBackup(deps, ERASURE, {
    subject: { kind: 'tenant', tenantId: offboarding.tenantId, environment: ENVIRONMENT },
    keepDays: KEEP_DAYS_LEAST,
    key: `offboarding/${offboarding.id}`,
  });
  const report = await verifyBackup(deps, ERASURE, { backupId: backup.id, depth: 'restore' });
  if (!report.ok) {
    throw new TenantryError('backup.unreadable', `The final backup ${backup.stamp} does not prove good.`, {
      facts: { backup: backup.id, failure: report.failure },
      next: 'Nothing was deleted. Look at the failure; the deletion tries again by itself.',
    });
  }
  return {
    taken: true,
    backup: backup.id,
    stamp: backup.stamp,
    proven: report.depth,
    keep_until: backup.keepUntil.toISOString(),
  };
}

/** Deletes, then counts on a connection of its own. @throws tenant.not_empty when a row is left */
async function deleteProductRows(
  deps: BackupDeps,
  offboarding: Offboarding,
): Promise<Readonly<Record<string, unknown>>> {
  const { tenantId } = offboarding;
  const found: Record<string, unknown> = {};
  for (const database of await databasesOf(deps, offboarding)) {
    const deleted = await deleteTenantRows(database, tenantId);
    const left = (await countTenantRows(database, tenantId)).filter(({ rows }) => rows > 0);
    if (left.length > 0) {
      const where = left.map(({ table, rows }) => `${database.name}: ${table} (${rows})`);
      throw new TenantryError('tenant.not_empty', `Rows of the tenant ${tenantId} are back in ${where.join(', ')}.`, {
        facts: { tenant: tenantId, where },
        next: 'Find out who writes them: nobody should get in. The deletion tries again by itself.',
      });
    }
    found[database.name] = deleted.map(({ table, rows }) => ({ table, deleted: rows, left: 0 }));
  }
  return found;
}

/** CH-71: whole databases, the product's and the control plane's own, with the day each expires. */
async function backupsThatRemain(
  tx: Tx,
  { productId }: Offboarding,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { rows } = await tx.query<{ scope: string; stamp: string; keep_until: Date }>(
    `select scope, stamp, keep_until from backups
     where status = 'ready' and (scope = 'self' or (scope = 'set' and product_id = $1)) order by stamp`,
    [productId],
  );
  return rows.map(({ scope, stamp, keep_until }) => ({ of: scope, stamp, keep_until: keep_until.toISOString() }));
}
