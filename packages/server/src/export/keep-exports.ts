import { and, eq, inArray, lte } from 'drizzle-orm';
import { systemActor } from '../access/index.ts';
import { auditExport } from './request-export.ts';
import type { ExportDeps } from './sources.ts';
import { tenantExports } from './tables.ts';

/**
 * Ends exports whose time is over, and removes every file that no living export owns: of ended and cancelled ones, of
 * workers that died, of tenants that are gone. Answers how many files went.
 */
export async function keepExports(deps: ExportDeps): Promise<number> {
  const now = deps.now();
  await deps.database.transaction('worker', async (tx) => {
    const due = await tx.orm
      .update(tenantExports)
      .set({ status: 'expired', seal: null })
      .where(and(eq(tenantExports.status, 'ready'), lte(tenantExports.expiresAt, now)))
      .returning();
    for (const job of due)
      await auditExport({ tx, actor: systemActor('exports'), now }, 'tenant.export_expired', job, {});
  });
  return sweepExports(deps, undefined);
}

/** Of one tenant, or of all. */
export async function sweepExports(deps: ExportDeps, tenantId: string | undefined): Promise<number> {
  const files = (await deps.store.list()).filter((each) => tenantId === undefined || each.tenantId === tenantId);
  if (files.length === 0) return 0;
  const rows = await deps.database.transaction('worker', (tx) =>
    tx.orm
      .select({
        id: tenantExports.id,
        status: tenantExports.status,
        file: tenantExports.file,
        attempts: tenantExports.attempts,
      })
      .from(tenantExports)
      .where(inArray(tenantExports.id, [...new Set(files.map(({ exportId }) => exportId))])),
  );
  const owners = new Map(rows.map((row) => [row.id, row]));
  let removed = 0;
  for (const { exportId, attempt, file, tenantId: owned } of files) {
    const owner = owners.get(exportId);
    if (owner?.status === 'ready' && owner.file === file) continue;
    if (owner?.status === 'running' && owner.attempts === attempt) continue;
    await deps.store.remove({ tenantId: owned, file });
    removed += 1;
  }
  return removed;
}
