import { TenantryError } from '@tenantry/contract';
import { eq } from 'drizzle-orm';
import { type Ctx, permit } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import type { Tx } from '../../db/index.ts';
import { lockTenant } from '../../tenants/index.ts';
import { tenantBranding } from './tables.ts';

/**
 * Sets the colour of a tenant's log-in pages, `#rrggbb`, or takes it away. Any colour will do: the pages darken or
 * lighten it until text can be read.
 *
 * @throws request.invalid, tenant.not_found, access.forbidden
 */
export async function setTenantColor(
  ctx: Ctx,
  { tenantId, color }: { readonly tenantId: string; readonly color: string | null },
): Promise<void> {
  permit(ctx.actor, 'tenants:write');
  const lower = color?.toLowerCase();
  if (lower !== undefined && !/^#[0-9a-f]{6}$/.test(lower)) {
    const message = 'must have the form #rrggbb';
    throw new TenantryError('request.invalid', `The colour cannot be used: it ${message}.`, {
      faults: [{ path: 'color', message }],
      next: 'Write it as in #1f4e79.',
    });
  }
  const tenant = await lockTenant(ctx, tenantId);
  if (lower === undefined) await ctx.tx.orm.delete(tenantBranding).where(eq(tenantBranding.tenantId, tenantId));
  else {
    const row = { color: lower, updatedAt: ctx.now };
    await ctx.tx.orm
      .insert(tenantBranding)
      .values({ tenantId, ...row })
      .onConflictDoUpdate({ target: tenantBranding.tenantId, set: row });
  }
  await recordAudit(ctx, {
    action: 'tenant.branding_changed',
    tenantId,
    subject: { kind: 'tenant', id: tenantId, name: tenant.slug },
    detail: { color: lower ?? null },
  });
}

/** `#rrggbb`; undefined for a tenant that has none of its own. */
export async function findTenantColor(tx: Tx, tenantId: string): Promise<string | undefined> {
  const [row] = await tx.orm
    .select({ color: tenantBranding.color })
    .from(tenantBranding)
    .where(eq(tenantBranding.tenantId, tenantId));
  return row?.color;
}
