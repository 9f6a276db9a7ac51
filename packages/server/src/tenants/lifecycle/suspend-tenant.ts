import { TenantryError } from '@tenantry/contract';
import { actorLabel, type Ctx, permit } from '../../access/index.ts';
import type { ChangeOptions } from '../configuration.ts';
import { type AccessMode, transition } from '../core/status.ts';
import { type Cause, decideSuspension, strictest } from '../core/suspension.ts';
import { lockTenant, type Tenant } from '../load.ts';
import { setStatus, writeStatus } from '../set-status.ts';
import { findSuspensionByKey, insertSuspension, listOpenSuspensions, type Suspension } from './suspension-rows.ts';

export interface SuspendInput extends ChangeOptions {
  readonly cause: Cause;
  readonly reason: string;
  /** That of the cause unless given. */
  readonly accessMode?: AccessMode | undefined;
}

/**
 * Suspends a tenant for a cause (LIFE-08, LIFE-17). One that is suspended already gets another cause, and is from then on
 * as closed as the strictest of them. Sessions end and administrators are told by those who listen to the status.
 *
 * @throws request.invalid, access.forbidden; tenant.illegal_transition when it is suspended for this cause already, or
 * cannot be suspended; tenant.not_found, request.precondition_failed
 */
export async function suspendTenant(ctx: Ctx, input: SuspendInput): Promise<Suspension> {
  permit(ctx.actor, 'tenants:write');
  const byMachine = ctx.actor.kind === 'system';
  const accessMode = decideSuspension({ ...input, byMachine });
  const tenant = await lockTenant(ctx, input.tenantId, input.ifVersion);
  const earlier = input.key === undefined ? undefined : await findSuspensionByKey(ctx.tx, tenant.id, input.key);
  if (earlier !== undefined && earlier.endedAt === null) return earlier;
  const open = await listOpenSuspensions(ctx.tx, tenant.id);
  if (open.some(({ cause }) => cause === input.cause)) throw suspendedAlready(tenant, input.cause);
  const historyId =
    tenant.status === 'suspended'
      ? await addCause(ctx, tenant, input, accessMode)
      : await firstCause(ctx, tenant, input, accessMode);
  const { cause, reason, key } = input;
  const authority = input.authority ?? actorLabel(ctx.actor);
  return insertSuspension(ctx, { tenantId: tenant.id, cause, accessMode, reason, authority, historyId, key });
}

async function firstCause(ctx: Ctx, tenant: Tenant, input: SuspendInput, accessMode: AccessMode): Promise<number> {
  transition(tenant.status, 'suspended');
  const { ifVersion: _, key: __, ...rest } = input;
  const { historyId } = await setStatus(ctx, { ...rest, status: 'suspended', accessMode });
  return historyId ?? 0;
}

/** The status stays; how far it shuts out may not, and the reason that is shown is that of the newest cause. */
const addCause = (ctx: Ctx, tenant: Tenant, input: SuspendInput, accessMode: AccessMode): Promise<number> =>
  writeStatus(ctx, tenant, {
    operation: 'suspension_added',
    current: {
      status: 'suspended',
      accessMode: strictest([tenant.accessMode ?? accessMode, accessMode]) ?? accessMode,
      statusReason: input.reason,
    },
    options: input,
  });

const suspendedAlready = ({ slug }: Tenant, cause: Cause): TenantryError =>
  new TenantryError('tenant.illegal_transition', `${slug} is suspended for ${cause} already.`, {
    facts: { from: 'suspended', to: 'suspended', possible: ['active', 'offboarded'], cause },
    next: 'Reinstate it when that is resolved, or suspend it for another cause.',
  });
