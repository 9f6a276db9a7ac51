import { randomUUID } from 'node:crypto';
import { TenantryError } from '@tenantry/contract';
import { actorLabel, type Ctx, permit, systemActor } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import type { ChangeOptions } from '../configuration.ts';
import {
  DUNNING_DAYS,
  decideOffboarding,
  deletionDue,
  OFFBOARDING_FACTS,
  type OffboardingCause,
} from '../core/offboarding.ts';
import { isLive, transition } from '../core/status.ts';
import { recordHistory } from '../history.ts';
import { lockTenant, type Tenant } from '../load.ts';
import { setStatus, undoStatus } from '../set-status.ts';
import { tellOffboardingMoved } from '../status-listeners.ts';
import { findOpenOffboarding, lockOffboarding, OFFBOARDING_COLUMNS, type Offboarding } from './offboarding-rows.ts';
import { suspendTenant } from './suspend-tenant.ts';

export interface OffboardInput extends ChangeOptions {
  readonly cause: OffboardingCause;
  readonly reason: string;
  readonly secondAuthority?: string | undefined;
  /** False keeps the data, unreachable, until somebody decides. */
  readonly deleteData?: boolean | undefined;
  /** A person's right to erasure (GDPR): no retention after the end. */
  readonly erasureRequest?: boolean | undefined;
}

/**
 * Announces the end of a tenant: notice, export instructions and a date (OFF-08 to OFF-10). Access goes on until then, for
 * reading only where nothing was paid. Without grace it ends here.
 *
 * @throws request.invalid; tenant.illegal_transition when it cannot leave or is leaving already; tenant.not_found
 */
export async function offboardTenant(ctx: Ctx, input: OffboardInput): Promise<Offboarding> {
  permit(ctx.actor, 'tenants:write');
  const tenant = await lockTenant(ctx, input.tenantId, input.ifVersion);
  const standing = await findOpenOffboarding(ctx.tx, tenant.id);
  if (standing !== undefined && input.key !== undefined && (await hasKey(ctx, standing.id, input.key))) return standing;
  if (standing !== undefined) throw leavingAlready(tenant, standing);
  transition(tenant.status, 'offboarded');
  const { cause, reason, secondAuthority, deleteData = true, erasureRequest = false } = input;
  const authority = input.authority ?? actorLabel(ctx.actor);
  const { endsAt } = decideOffboarding({ cause, reason, authority, secondAuthority, erasureRequest }, ctx.now);
  const id = randomUUID();
  const { rows } = await ctx.tx.query<Offboarding>(
    `insert into tenant_offboardings (id, tenant_id, slug, name, product_id, client_id, cause, reason, authority,
       second_authority, delete_data, erasure_request, state, announced_at, ends_at, key)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'grace', $13, $14, $15) returning ${OFFBOARDING_COLUMNS}`,
    [
      id,
      tenant.id,
      tenant.slug,
      tenant.name,
      tenant.productId,
      tenant.clientId,
      cause,
      reason,
      authority,
      secondAuthority ?? null,
      deleteData,
      erasureRequest,
      ctx.now,
      endsAt,
      input.key ?? null,
    ],
  );
  await mark(ctx, tenant.id, endsAt);
  const to = {
    cause,
    ends_at: endsAt.toISOString(),
    delete_data: deleteData,
    second_authority: secondAuthority ?? null,
  };
  await record(ctx, tenant, 'offboarding_announced', to, { reason, authority });
  if (OFFBOARDING_FACTS[cause].readOnly === true && isLive(tenant.status)) {
    await suspendTenant(ctx, { tenantId: tenant.id, cause: 'payment_failure', reason, authority });
  }
  const made = rows[0] as Offboarding;
  await tellOffboardingMoved(ctx, { offboarding: made, what: 'announced' });
  return endsAt.getTime() <= ctx.now.getTime() ? endAccess(ctx, made) : made;
}

const hasKey = async (ctx: Ctx, id: string, key: string): Promise<boolean> =>
  (await ctx.tx.query('select from tenant_offboardings where id = $1 and key = $2', [id, key])).rows.length > 0;

const mark = (ctx: Ctx, tenantId: string, endsAt: Date | null) =>
  ctx.tx.query('update tenants set pending_offboarding_at = $2, version = version + 1, updated_at = $3 where id = $1', [
    tenantId,
    endsAt,
    ctx.now,
  ]);

const leavingAlready = ({ slug }: Tenant, { endsAt, state }: Offboarding): TenantryError =>
  new TenantryError(
    'tenant.illegal_transition',
    `${slug} is leaving already (${state}), as of ${endsAt.toISOString()}.`,
    {
      facts: { state, ends_at: endsAt.toISOString() },
      next: 'Call that off first: tenantry tenant cancel-offboarding TENANT --reason TEXT.',
    },
  );

/** The end of the grace: nobody gets in any more, and the data waits out of reach (OFF-06, OFF-12). */
export async function endAccess(ctx: Ctx, offboarding: Offboarding): Promise<Offboarding> {
  const { id, tenantId, cause, reason, authority, deleteData, erasureRequest } = offboarding;
  const { historyId } = await setStatus(ctx, {
    tenantId,
    status: 'offboarded',
    // A runbook may have set it before its time.
    unlessAlready: true,
    reason: `${cause}: ${reason}`,
    authority,
  });
  await mark(ctx, tenantId, null);
  const { rows } = await ctx.tx.query<Offboarding>(
    `update tenant_offboardings set state = 'offboarded', offboarded_at = $2, history_id = $3, delete_after = $4
     where id = $1 returning ${OFFBOARDING_COLUMNS}`,
    [id, ctx.now, historyId ?? null, deleteData ? deletionDue(ctx.now, erasureRequest) : null],
  );
  const ended = rows[0] as Offboarding;
  await tellOffboardingMoved(ctx, { offboarding: ended, what: 'ended' });
  return ended;
}

export interface CancelInput {
  readonly tenantId: string;
  readonly reason: string;
  readonly authority?: string | undefined;
}

/**
 * Calls the end of a tenant off, at any time before its data is deleted: the status before it stands again (OFF-05).
 *
 * @throws tenant.illegal_transition when the tenant is not leaving, or its data is being deleted
 */
export async function cancelOffboarding(ctx: Ctx, { tenantId, reason, authority }: CancelInput): Promise<Offboarding> {
  permit(ctx.actor, 'tenants:write');
  const tenant = await lockTenant(ctx, tenantId);
  const open = await findOpenOffboarding(ctx.tx, tenantId);
  const found = open === undefined ? undefined : await lockOffboarding(ctx.tx, open.id, ['grace', 'offboarded']);
  if (found === undefined) throw notLeaving(tenant, open);
  if (found.state === 'offboarded' && found.historyId !== null) {
    await undoStatus(ctx, { tenantId, historyId: found.historyId });
  }
  await mark(ctx, tenantId, null);
  const { rows } = await ctx.tx.query<Offboarding>(
    `update tenant_offboardings set state = 'cancelled', ended_at = $2 where id = $1 returning ${OFFBOARDING_COLUMNS}`,
    [found.id, ctx.now],
  );
  await record(ctx, tenant, 'offboarding_cancelled', { cause: found.cause }, { reason, authority });
  const cancelled = rows[0] as Offboarding;
  await tellOffboardingMoved(ctx, { offboarding: cancelled, what: 'cancelled', reason });
  return cancelled;
}

const notLeaving = ({ slug, status }: Tenant, open: Offboarding | undefined): TenantryError =>
  new TenantryError(
    'tenant.illegal_transition',
    open === undefined ? `${slug} is not leaving.` : `The data of ${slug} is being deleted: that cannot be called off.`,
    { facts: { status, ...(open === undefined ? {} : { state: open.state }) }, next: 'There is nothing to call off.' },
  );

export interface HoldInput {
  readonly tenantId: string;
  readonly reason: string;
  readonly authority?: string | undefined;
  /** False lifts it. */
  readonly hold: boolean;
}

/**
 * A legal hold keeps the data of a tenant that leaves until it is lifted; access ends all the same.
 *
 * @throws tenant.illegal_transition when the tenant is not leaving, or its data is being deleted
 */
export async function setLegalHold(ctx: Ctx, { tenantId, reason, authority, hold }: HoldInput): Promise<Offboarding> {
  permit(ctx.actor, 'tenants:write');
  const tenant = await lockTenant(ctx, tenantId);
  const open = await findOpenOffboarding(ctx.tx, tenantId);
  const found = open === undefined ? undefined : await lockOffboarding(ctx.tx, open.id, ['grace', 'offboarded']);
  if (found === undefined) throw notLeaving(tenant, open);
  const word = authority ?? actorLabel(ctx.actor);
  const { rows } = await ctx.tx.query<Offboarding>(
    `update tenant_offboardings set hold_reason = $2, hold_authority = $3 where id = $1 returning ${OFFBOARDING_COLUMNS}`,
    [found.id, hold ? reason : null, hold ? word : null],
  );
  await record(ctx, tenant, hold ? 'legal_hold_set' : 'legal_hold_lifted', {}, { reason, authority: word });
  return rows[0] as Offboarding;
}

type Operation = 'offboarding_announced' | 'offboarding_cancelled' | 'legal_hold_set' | 'legal_hold_lifted';

async function record(
  ctx: Ctx,
  { id, slug }: Tenant,
  operation: Operation,
  to: Readonly<Record<string, unknown>>,
  { reason, authority }: { readonly reason: string; readonly authority?: string | undefined },
): Promise<void> {
  await recordHistory(ctx, { tenantId: id, operation, from: null, to, reason, authority });
  await recordAudit(ctx, {
    action: `tenant.${operation}`,
    tenantId: id,
    subject: { kind: 'tenant', id, name: slug },
    reason,
    detail: to,
  });
}

export const DUNNING = systemActor('dunning');
export const DUNNING_REASON = `Nothing was paid for ${DUNNING_DAYS} days after the tenant was suspended for it.`;
