import { TenantryError } from '@tenantry/contract';
import { and, eq, isNotNull, isNull, ne, type SQL } from 'drizzle-orm';
import { type Ctx, permit, reachOf } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { recordHistory } from './history.ts';
import { lockTenant, readTenant } from './load.ts';
import { tenants } from './tables.ts';

export interface EmergencyInput {
  /** Id or slug; without one, every tenant of this installation. */
  readonly tenant?: string;
  readonly reason: string;
}

export interface AccessChange {
  /** Those whose access changed; what was so already is left out. */
  readonly tenants: readonly { readonly id: string; readonly slug: string }[];
}

/**
 * Closes the access to one tenant, or to all, in one act: where isolation may have failed, nobody is to read on. Statuses
 * stay as they are, so that opening again restores exactly what was.
 *
 * @throws tenant.not_found, access.forbidden, access.support_required
 */
export const closeAccess = (ctx: Ctx, input: EmergencyInput): Promise<AccessChange> =>
  change(ctx, input, {
    action: 'tenant.access_closed',
    set: { closedAt: ctx.now, closedReason: input.reason },
    which: and(isNull(tenants.closedAt), ne(tenants.status, 'offboarded')),
  });

/** Takes an emergency closing back. */
export const openAccess = (ctx: Ctx, input: EmergencyInput): Promise<AccessChange> =>
  change(ctx, input, {
    action: 'tenant.access_opened',
    set: { closedAt: null, closedReason: null },
    which: isNotNull(tenants.closedAt),
  });

interface Change {
  readonly action: 'tenant.access_closed' | 'tenant.access_opened';
  readonly set: { readonly closedAt: Date | null; readonly closedReason: string | null };
  readonly which: SQL | undefined;
}

async function change(ctx: Ctx, { tenant, reason }: EmergencyInput, { action, set, which }: Change) {
  permit(ctx.actor, 'tenants:write');
  const one = tenant === undefined ? undefined : await lockTenant(ctx, (await readTenant(ctx, tenant)).id);
  if (one === undefined) mustReachAll(ctx);
  const changed = await ctx.tx.orm
    .update(tenants)
    .set({ ...set, updatedAt: ctx.now })
    .where(and(which, one === undefined ? undefined : eq(tenants.id, one.id)))
    .returning({ id: tenants.id, slug: tenants.slug });
  for (const { id, slug } of changed) {
    await recordHistory(ctx, { tenantId: id, operation: action.replace('tenant.', ''), from: null, to: null, reason });
    await recordAudit(ctx, { action, tenantId: id, subject: { kind: 'tenant', id, name: slug }, reason });
  }
  return { tenants: changed };
}

/** All means all: who reaches some tenants only does not decide for the others. */
function mustReachAll({ actor }: Ctx): void {
  if (reachOf(actor, 'tenants:write') === 'everything') return;
  throw new TenantryError(
    'access.forbidden',
    'The access to every tenant is closed by somebody who reaches them all.',
    {
      next: 'Name the tenant, or ask an owner.',
      facts: { scope: 'tenants:write' },
    },
  );
}
