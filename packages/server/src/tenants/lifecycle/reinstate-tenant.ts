import { TenantryError } from '@tenantry/contract';
import { type Ctx, permit } from '../../access/index.ts';
import type { ChangeOptions } from '../configuration.ts';
import { type StatusState, transition } from '../core/status.ts';
import { assertAutomatic, type Cause, strictest } from '../core/suspension.ts';
import { lockTenant, type Tenant } from '../load.ts';
import { setStatus, statusOf, undoStatus, writeStatus } from '../set-status.ts';
import { endSuspension, findSuspension, listOpenSuspensions, type Suspension } from './suspension-rows.ts';

export interface ReinstateInput extends Omit<ChangeOptions, 'reason'> {
  /** How the original issue was resolved (LIFE-20). */
  readonly resolution: string;
  /** Needed where the tenant is suspended for more than one cause. */
  readonly cause?: Cause | undefined;
}

export interface Reinstatement {
  readonly tenantId: string;
  readonly current: StatusState;
  /** Causes that still hold; the tenant is open again when there are none. */
  readonly remaining: readonly Suspension[];
}

/**
 * Resolves one cause of a suspension, and opens the tenant when it was the last.
 *
 * @throws request.invalid without a resolution, or when it is not clear which cause is meant; access.forbidden;
 * tenant.illegal_transition when the tenant is not suspended, or not for that; tenant.limit_unset, tenant.not_found
 */
export async function reinstateTenant(ctx: Ctx, input: ReinstateInput): Promise<Reinstatement> {
  permit(ctx.actor, 'tenants:write');
  if (input.resolution.trim() === '') {
    throw new TenantryError('request.invalid', 'A reinstatement says how the issue was resolved.', {
      faults: [{ path: 'resolution', message: 'is missing' }],
    });
  }
  const tenant = await lockTenant(ctx, input.tenantId, input.ifVersion);
  if (await wasDone(ctx, tenant.id, input.key)) {
    return { tenantId: tenant.id, current: statusOf(tenant), remaining: await listOpenSuspensions(ctx.tx, tenant.id) };
  }
  if (tenant.status !== 'suspended') throw notSuspended(tenant);
  const open = await listOpenSuspensions(ctx.tx, tenant.id);
  const resolved = chooseCause(tenant, open, input.cause);
  if (ctx.actor.kind === 'system' && resolved !== undefined) assertAutomatic(resolved.cause, 'reinstates');
  if (resolved !== undefined) await endSuspension(ctx, resolved.id, input.resolution);
  const remaining = open.filter(({ id }) => id !== resolved?.id);
  const { resolution, cause: _, ifVersion: __, ...rest } = input;
  const options = { ...rest, reason: resolution };
  const current = await settle(ctx, tenant, remaining, options);
  return { tenantId: tenant.id, current, remaining };
}

const wasDone = async (ctx: Ctx, tenantId: string, key: string | undefined): Promise<boolean> => {
  if (key === undefined) return false;
  const { rows } = await ctx.tx.query('select from tenant_history where tenant_id = $1 and key = $2', [tenantId, key]);
  return rows.length > 0;
};

/** What the tenant comes to when these causes hold. */
async function settle(
  ctx: Ctx,
  tenant: Tenant,
  remaining: readonly Suspension[],
  options: ChangeOptions,
): Promise<StatusState> {
  const [first] = remaining;
  if (first === undefined) return (await setStatus(ctx, { ...options, status: 'active' })).current;
  const accessMode = strictest(remaining.map((each) => each.accessMode)) ?? first.accessMode;
  const current: StatusState = { status: 'suspended', accessMode, statusReason: first.reason };
  await writeStatus(ctx, tenant, { operation: 'suspension_lifted', current, options });
  return current;
}

/** A tenant whose status was set without a cause has none to resolve. */
function chooseCause(tenant: Tenant, open: readonly Suspension[], cause: Cause | undefined): Suspension | undefined {
  const causes = open.map((each) => each.cause);
  if (cause === undefined && open.length <= 1) return open[0];
  if (cause === undefined) {
    throw new TenantryError('request.invalid', `${tenant.slug} is suspended for ${causes.join(' and ')}.`, {
      faults: [{ path: 'cause', message: `say which of them is resolved: ${causes.join(', ')}` }],
      facts: { causes },
    });
  }
  const found = open.find((each) => each.cause === cause);
  if (found !== undefined) return found;
  throw new TenantryError('tenant.illegal_transition', `${tenant.slug} is not suspended for ${cause}.`, {
    facts: { from: 'suspended', to: 'active', causes },
    next: causes.length === 0 ? 'Leave the cause out.' : `It is suspended for ${causes.join(', ')}.`,
  });
}

/** The refusal names what is possible instead, as that of every illegal transition does. */
function notSuspended(tenant: Tenant): TenantryError {
  if (tenant.status !== 'active') {
    try {
      transition(tenant.status, 'active');
    } catch (error) {
      if (error instanceof TenantryError) return error;
    }
  }
  return new TenantryError('tenant.illegal_transition', `${tenant.slug} is not suspended: it is ${tenant.status}.`, {
    facts: { from: tenant.status, to: 'active' },
    next: 'There is nothing to reinstate.',
  });
}

/**
 * Takes one suspension back, as the rollback of the step that made it does: what stood before stands again, unless
 * another cause has come since. Taking back twice changes nothing.
 *
 * @returns whether anything was taken back
 */
export async function undoSuspension(
  ctx: Ctx,
  { tenantId, suspensionId }: { readonly tenantId: string; readonly suspensionId: string },
): Promise<boolean> {
  permit(ctx.actor, 'tenants:write');
  const tenant = await lockTenant(ctx, tenantId);
  const found = await findSuspension(ctx.tx, tenantId, suspensionId);
  if (found === undefined || found.endedAt !== null) return false;
  await endSuspension(ctx, found.id, 'taken back');
  if (tenant.status !== 'suspended') return true;
  const remaining = await listOpenSuspensions(ctx.tx, tenantId);
  if (remaining.length === 0 && found.historyId !== 0) {
    const undone = await undoFirst(ctx, tenant, found);
    if (undone) return true;
  }
  await settle(ctx, await lockTenant(ctx, tenantId), remaining, { tenantId, reason: 'The suspension was taken back.' });
  return true;
}

/** Only the line that suspended the tenant puts its earlier status back: a trial becomes a trial again. */
async function undoFirst(ctx: Ctx, tenant: Tenant, { historyId }: Suspension): Promise<boolean> {
  const { rows } = await ctx.tx.query<{ id: number }>(
    `select id::int from tenant_history where tenant_id = $1 and id = $2 and operation = 'suspend'`,
    [tenant.id, historyId],
  );
  if (rows.length === 0) return false;
  await undoStatus(ctx, { tenantId: tenant.id, historyId });
  return true;
}
