import { TenantryError } from '@tenantry/contract';
import { eq } from 'drizzle-orm';
import { type Ctx, permit } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { type Database, violatedConstraint } from '../db/index.ts';
import { configurationOf } from './configuration.ts';
import { recordHistory } from './history.ts';
import { isWithinReach, type Tenant } from './load.ts';
import { countResidue, countVisibleResidue, type TableResidue, unexpectedResidue } from './residue.ts';
import { statusOf } from './set-status.ts';
import { tenants } from './tables.ts';

export interface DeleteForUndoInput {
  readonly tenantId: string;
  /** The key it was created under: a tenant somebody else made since under this id is not touched. */
  readonly createdKey: string;
}

/**
 * Takes back the creation of a tenant: its row goes, and by foreign key everything that hangs on it (REG-15). This
 * is for rollback; the end of a tenant's life has notice, export and grace.
 *
 * @returns false when there is nothing of it left to delete
 * @throws tenant.not_empty, with nothing deleted, when rows of the tenant would stay behind; access.forbidden
 */
export async function deleteTenantForUndo(ctx: Ctx, input: DeleteForUndoInput): Promise<boolean> {
  permit(ctx.actor, 'tenants:write');
  const [tenant] = await ctx.tx.orm.select().from(tenants).where(eq(tenants.id, input.tenantId)).for('update');
  if (tenant === undefined || tenant.createdKey !== input.createdKey) return false;
  if (!isWithinReach(ctx.actor, 'tenants:write', tenant)) return false;
  await ctx.tx.orm
    .delete(tenants)
    .where(eq(tenants.id, tenant.id))
    .catch((error: unknown) => {
      throw violatedConstraint(error) === undefined ? error : notEmpty(tenant.id, [violatedConstraint(error) ?? '']);
    });
  assertNothingLeft(tenant.id, await countVisibleResidue(ctx.tx, tenant.id));
  await recordDeletion(ctx, tenant);
  return true;
}

async function recordDeletion(ctx: Ctx, tenant: Tenant): Promise<void> {
  const from = { name: tenant.name, slug: tenant.slug, ...statusOf(tenant), ...configurationOf(tenant) };
  await recordHistory(ctx, { tenantId: tenant.id, operation: 'creation_undone', from, to: null });
  await recordAudit(ctx, {
    action: 'tenant.creation_undone',
    tenantId: tenant.id,
    subject: { kind: 'tenant', id: tenant.id, name: tenant.slug },
    detail: { from },
  });
}

/**
 * Proves that nothing of a deleted tenant is left, in every table with a `tenant_id`.
 *
 * @throws tenant.not_empty naming the tables
 */
export async function assertTenantGone(database: Database, tenantId: string): Promise<readonly TableResidue[]> {
  const residue = await countResidue(database, tenantId);
  assertNothingLeft(tenantId, residue);
  return residue;
}

function assertNothingLeft(tenantId: string, residue: readonly TableResidue[]): void {
  const left = unexpectedResidue(residue);
  if (left.length > 0)
    throw notEmpty(
      tenantId,
      left.map(({ table, rows }) => `${table} (${rows})`),
    );
}

const notEmpty = (tenantId: string, where: readonly string[]): TenantryError =>
  new TenantryError('tenant.not_empty', `Rows of the tenant ${tenantId} are still in ${where.join(', ')}.`, {
    facts: { tenant: tenantId, where },
    next: 'Undo the steps that made them first, then retry.',
  });
