import { bug, TenantryError } from '@tenantry/contract';
import { and, desc, eq, inArray } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { type Ctx, permit } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Tx } from '../db/index.ts';
import { loadProduct } from '../products/index.ts';
import type { ChangeOptions } from './configuration.ts';
import { effectiveLimits } from './core/entitlements.ts';
import {
  type AccessMode,
  isLive,
  STATUS_OPERATIONS,
  type Status,
  type StatusOperation,
  type StatusState,
  transition,
} from './core/status.ts';
import { type HistoryEntry, recordHistory } from './history.ts';
import { beginTrial } from './lifecycle/begin-trial.ts';
import { listOpenSuspensions } from './lifecycle/suspension-rows.ts';
import { lockTenant, type Tenant } from './load.ts';
import { tellStatusMoved } from './status-listeners.ts';
import { tenantHistory, tenants } from './tables.ts';

export interface SetStatusInput extends ChangeOptions {
  readonly status: Status;
  /** Needed for `suspended` and refused for any other status. */
  readonly accessMode?: AccessMode | undefined;
  /** Answers an unchanged state, instead of refusing, when the tenant is there already. */
  readonly unlessAlready?: boolean;
}

export interface StatusChange {
  readonly tenantId: string;
  readonly operation: string;
  readonly previous: StatusState;
  readonly current: StatusState;
  /** Line of the history that tells of it, by which it can be taken back; undefined when nothing changed. */
  readonly historyId: number | undefined;
}

export const statusOf = (tenant: Tenant): StatusState => ({
  status: tenant.status,
  accessMode: tenant.accessMode,
  statusReason: tenant.statusReason,
});

/**
 * Moves a tenant along the lifecycle.
 *
 * @throws tenant.illegal_transition; tenant.limit_unset when it would go live with a limit nobody set;
 * request.invalid when a suspension lacks its access mode or reason; tenant.not_found; access.forbidden
 */
export async function setStatus(ctx: Ctx, input: SetStatusInput): Promise<StatusChange> {
  permit(ctx.actor, 'tenants:write');
  const tenant = await lockTenant(ctx, input.tenantId, input.ifVersion);
  const earlier = input.key === undefined ? undefined : await findByKey(ctx.tx, tenant.id, input.key);
  if (earlier !== undefined) return earlier;
  const current = nextState(input);
  if (input.unlessAlready === true && isAlready(tenant, current)) {
    const state = statusOf(tenant);
    return { tenantId: tenant.id, operation: 'none', previous: state, current: state, historyId: undefined };
  }
  const operation = transition(tenant.status, input.status);
  if (operation === 'reinstate') await assertResolved(ctx.tx, tenant);
  if (isLive(input.status) && !isLive(tenant.status)) await assertComplete(ctx, tenant);
  const previous = statusOf(tenant);
  const historyId = await writeStatus(ctx, tenant, { operation, current, options: input });
  return { tenantId: tenant.id, operation, previous, current, historyId };
}

function nextState({ status, accessMode, reason }: SetStatusInput): StatusState {
  const suspended = status === 'suspended';
  const fault = suspended
    ? accessMode === undefined
      ? { path: 'access_mode', message: 'a suspension says whether it is read-only or blocked' }
      : (reason ?? '').trim() === ''
        ? { path: 'reason', message: 'a suspension says why' }
        : undefined
    : accessMode === undefined
      ? undefined
      : { path: 'access_mode', message: 'only a suspension has an access mode' };
  if (fault !== undefined) {
    throw new TenantryError('request.invalid', `The status cannot be set: ${fault.message}.`, { faults: [fault] });
  }
  return { status, accessMode: accessMode ?? null, statusReason: reason ?? null };
}

const isAlready = (tenant: Tenant, { status, accessMode }: StatusState): boolean =>
  tenant.status === status && tenant.accessMode === accessMode;

/** LIFE-20: whoever reinstates says how each cause was resolved; setting the status alone does not. */
async function assertResolved(tx: Tx, { id, slug }: Tenant): Promise<void> {
  const causes = (await listOpenSuspensions(tx, id)).map(({ cause }) => cause);
  if (causes.length === 0) return;
  throw new TenantryError('tenant.illegal_transition', `${slug} is suspended for ${causes.join(', ')}.`, {
    facts: { from: 'suspended', to: 'active', causes },
    next: 'Resolve it: tenantry tenant reinstate TENANT --resolution TEXT.',
  });
}

async function assertComplete(ctx: Ctx, tenant: Tenant): Promise<void> {
  const { profile } = await loadProduct(ctx.tx, tenant.productId);
  effectiveLimits(profile.plans, tenant.plan, tenant.settings.limits);
}

interface StatusWrite {
  /** Of a suspended tenant, a cause may come or go while it stays suspended. */
  readonly operation: StatusOperation | `${StatusOperation}_undone` | 'suspension_added' | 'suspension_lifted';
  readonly current: StatusState;
  readonly options?: ChangeOptions;
  readonly undoOf?: number;
}

/** Writes the state with audit and history, and tells whoever acts on it. Gives the line of the history. */
export async function writeStatus(
  ctx: Ctx,
  tenant: Tenant,
  { operation, current, options, undoOf }: StatusWrite,
): Promise<number> {
  await ctx.tx.orm
    .update(tenants)
    .set({ ...current, version: tenant.version + 1, updatedAt: ctx.now })
    .where(eq(tenants.id, tenant.id));
  if (operation === 'start_trial') await beginTrial(ctx, tenant);
  const states = { from: { ...statusOf(tenant) }, to: { ...current } };
  await recordAudit(ctx, {
    action: undoOf === undefined ? 'tenant.status_changed' : 'tenant.status_undone',
    tenantId: tenant.id,
    subject: { kind: 'tenant', id: tenant.id, name: tenant.slug },
    ...(options?.reason === undefined ? {} : { reason: options.reason }),
    detail: { operation, ...states },
  });
  const historyId = await recordHistory(ctx, {
    tenantId: tenant.id,
    operation,
    ...states,
    authority: options?.authority,
    reason: options?.reason,
    key: options?.key,
    undoOf,
  });
  const previous = statusOf(tenant);
  await tellStatusMoved(ctx, { tenantId: tenant.id, operation, previous, current, reason: options?.reason, historyId });
  return historyId;
}

const undoing = alias(tenantHistory, 'undoing');

/** Changes of status, those that took one back left out, newest first, each with the line that took it back, if one did. */
const statusLines = (tx: Tx, tenantId: string) =>
  tx.orm
    .select({ line: tenantHistory, undoneBy: undoing.id })
    .from(tenantHistory)
    .leftJoin(undoing, eq(undoing.undoOf, tenantHistory.id))
    .where(and(eq(tenantHistory.tenantId, tenantId), inArray(tenantHistory.operation, STATUS_OPERATIONS)))
    .orderBy(desc(tenantHistory.id));

/** The status before the first recorded change; undefined when there was none. */
export async function findFirstStatus(tx: Tx, tenantId: string): Promise<Status | undefined> {
  const first = (await statusLines(tx, tenantId)).at(-1);
  return first === undefined ? undefined : readState(first.line.from).status;
}

async function findByKey(tx: Tx, tenantId: string, key: string): Promise<StatusChange | undefined> {
  const lines = await statusLines(tx, tenantId);
  const found = lines.find(({ line, undoneBy }) => line.key === key && undoneBy === null)?.line;
  return found === undefined ? undefined : changeOf(found);
}

const changeOf = (line: HistoryEntry): StatusChange => ({
  tenantId: line.tenantId,
  operation: line.operation,
  previous: readState(line.from),
  current: readState(line.to),
  historyId: line.id,
});

/** History is written by this file alone, in this shape. */
const readState = (value: HistoryEntry['from']): StatusState => value as unknown as StatusState;

/**
 * Puts back the status before one change. Undoing twice changes nothing.
 *
 * @returns the line written, or undefined when it was undone before
 * @throws tenant.changed when the status was changed again since; tenant.not_found
 */
export async function undoStatus(
  ctx: Ctx,
  { tenantId, historyId }: { readonly tenantId: string; readonly historyId: number },
): Promise<number | undefined> {
  permit(ctx.actor, 'tenants:write');
  const tenant = await lockTenant(ctx, tenantId);
  const lines = await statusLines(ctx.tx, tenantId);
  const target = lines.find(({ line }) => line.id === historyId);
  if (target === undefined) throw bug(`The history of tenant ${tenantId} has no change of status ${historyId}.`);
  if (target.undoneBy !== null) return undefined;
  const head = lines.find(({ undoneBy }) => undoneBy === null);
  if (head?.line.id !== historyId) {
    throw new TenantryError(
      'tenant.changed',
      `The status of ${tenant.slug} was changed again (${head?.line.operation}).`,
      {
        facts: { undoing: historyId, standing: head?.line.id },
        next: 'Undo that change by hand, then retry the rollback, or keep the status.',
      },
    );
  }
  const operation = `${target.line.operation as StatusOperation}_undone` as const;
  return writeStatus(ctx, tenant, { operation, current: readState(target.line.from), undoOf: historyId });
}
