/** Exports for a worker: asked for, looked at, listed, called off, withdrawn. */
import { randomUUID } from 'node:crypto';
import { bug, fromWireId, TenantryError, toWireId } from '@tenantry/contract';
import { and, desc, eq, inArray } from 'drizzle-orm';
import { type Actor, actorId, actorLabel, type Ctx } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { enqueue } from '../engine/index.ts';
import { type ExportInput, exportTenant, type TenantExport } from './export-tenant.ts';
import { isLarge } from './measure-export.ts';
import type { ExportDeps, ExportTenant } from './sources.ts';
import { type ExportJob, tenantExports } from './tables.ts';

export const EXPORT_TASK = 'tenant_export';

/** Archives of one tenant that lie in the store at once. */
const ARCHIVES_MAX = 5;
const OPEN = ['queued', 'running'] as const;

/**
 * A small export at once, a large one as work to look at (CH-51).
 *
 * @throws tenant.not_found, access.forbidden, export.unavailable, export.too_many
 */
export async function takeExport(
  deps: ExportDeps,
  actor: Actor,
  input: ExportInput,
): Promise<{ readonly archive: TenantExport } | { readonly job: ExportJob }> {
  const now = deps.now();
  const tenant = await deps.database.transaction('operator', async (tx) => {
    const found = await deps.sources.tenantOf({ tx, actor, now }, input.tenant);
    await deps.sources.assertWhole(tx, found.id);
    return found;
  });
  const databases = await deps.sources.openDatabases(tenant);
  if (!(await isLarge(deps, tenant.id, databases))) return { archive: await exportTenant(deps, actor, input) };
  return { job: await deps.database.transaction('operator', (tx) => requestExport({ tx, actor, now }, deps, input)) };
}

/**
 * The export that is under way is answered again: whoever repeats a GET starts one job, not many.
 *
 * @throws tenant.not_found, access.forbidden, export.unavailable, export.too_many
 */
export async function requestExport(ctx: Ctx, deps: ExportDeps, { tenant, format }: ExportInput): Promise<ExportJob> {
  const found = await deps.sources.tenantOf(ctx, tenant);
  await deps.sources.assertWhole(ctx.tx, found.id);
  const open = await findOpen(ctx, found.id, format);
  if (open !== undefined) return open;
  await assertFew(ctx, found);
  const [made] = await ctx.tx.orm
    .insert(tenantExports)
    .values({
      id: randomUUID(),
      tenantId: found.id,
      format,
      status: 'queued',
      actor: { kind: ctx.actor.kind, id: actorId(ctx.actor), name: actorLabel(ctx.actor) },
      askedAt: ctx.now,
    })
    .onConflictDoNothing()
    .returning();
  const job = made ?? (await findOpen(ctx, found.id, format));
  if (job === undefined) throw bug('An export that was just written cannot be read back.');
  if (made === undefined) return job;
  await enqueue(ctx.tx, [{ task: EXPORT_TASK, payload: { export: job.id } }]);
  await auditExport(ctx, 'tenant.export_asked', job, { format });
  return job;
}

async function findOpen({ tx }: Ctx, tenantId: string, format: ExportJob['format']): Promise<ExportJob | undefined> {
  const [row] = await tx.orm
    .select()
    .from(tenantExports)
    .where(
      and(
        eq(tenantExports.tenantId, tenantId),
        eq(tenantExports.format, format),
        inArray(tenantExports.status, [...OPEN]),
      ),
    );
  return row;
}

async function assertFew({ tx }: Ctx, { id, slug }: ExportTenant): Promise<void> {
  const ready = await tx.orm
    .select({ id: tenantExports.id })
    .from(tenantExports)
    .where(and(eq(tenantExports.tenantId, id), eq(tenantExports.status, 'ready')));
  if (ready.length < ARCHIVES_MAX) return;
  throw new TenantryError('export.too_many', `${slug} has ${ready.length} archives that nobody has removed.`, {
    facts: { max: ARCHIVES_MAX },
    next: 'Download what you need and remove one: tenantry tenant exports TENANT, or DELETE on its address.',
  });
}

/** Newest first. @throws tenant.not_found, access.forbidden */
export async function listExports(ctx: Ctx, deps: ExportDeps, tenant: string): Promise<readonly ExportJob[]> {
  const { id } = await deps.sources.tenantOf(ctx, tenant);
  return ctx.tx.orm
    .select()
    .from(tenantExports)
    .where(eq(tenantExports.tenantId, id))
    .orderBy(desc(tenantExports.askedAt))
    .limit(50);
}

export interface ExportName {
  /** Id or slug. */
  readonly tenant: string;
  /** `export_…` */
  readonly exportId: string;
}

/** @throws tenant.not_found, access.forbidden, export.not_found, also for an export of another tenant */
export async function readExport(ctx: Ctx, deps: ExportDeps, name: ExportName): Promise<ExportJob> {
  const { id: tenantId } = await deps.sources.tenantOf(ctx, name.tenant);
  const id = fromWireId('export', name.exportId);
  const [row] =
    id === undefined
      ? []
      : await ctx.tx.orm
          .select()
          .from(tenantExports)
          .where(and(eq(tenantExports.id, id), eq(tenantExports.tenantId, tenantId)))
          .for('update');
  if (row !== undefined) return row;
  throw new TenantryError('export.not_found', 'There is no such export of this tenant.', {
    next: 'List them: tenantry tenant exports TENANT.',
  });
}

/**
 * Calls off one that is under way; of one that is ready the archive goes, and every link with it. The file is removed by
 * whoever keeps the store, a minute later at most. Repeating it is harmless.
 *
 * @throws tenant.not_found, access.forbidden, export.not_found
 */
export async function cancelExport(ctx: Ctx, deps: ExportDeps, name: ExportName): Promise<ExportJob> {
  const job = await readExport(ctx, deps, name);
  if (!['queued', 'running', 'ready'].includes(job.status)) return job;
  const [changed] = await ctx.tx.orm
    .update(tenantExports)
    .set({ status: 'cancelled', progress: null, seal: null, endedAt: ctx.now })
    .where(eq(tenantExports.id, job.id))
    .returning();
  await auditExport(ctx, 'tenant.export_cancelled', job, { was: job.status });
  return changed ?? job;
}

/** Links given until now open nothing any more; the archive stays. @throws as `readExport` */
export async function withdrawLinks(ctx: Ctx, deps: ExportDeps, name: ExportName): Promise<ExportJob> {
  const job = await readExport(ctx, deps, name);
  const [changed] = await ctx.tx.orm
    .update(tenantExports)
    .set({ linkRound: job.linkRound + 1 })
    .where(eq(tenantExports.id, job.id))
    .returning();
  await auditExport(ctx, 'tenant.export_links_withdrawn', job, {});
  return changed ?? job;
}

/** A row of the audit log about an export. */
export const auditExport = (
  ctx: Ctx,
  action: string,
  { id, tenantId }: Pick<ExportJob, 'id' | 'tenantId'>,
  detail: Readonly<Record<string, unknown>>,
): Promise<void> =>
  recordAudit(ctx, { action, tenantId, subject: { kind: 'tenant_export', id: toWireId('export', id) }, detail });
