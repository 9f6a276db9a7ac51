/** Who else acts when a tenant's status or access mode changes: sessions end, people are told. */
import type { Ctx } from '../access/index.ts';
import type { ConfigurationChange } from './configuration.ts';
import type { StatusState } from './core/status.ts';
import type { Offboarding } from './lifecycle/offboarding-rows.ts';
import type { PlanRequest } from './lifecycle/plan-request-rows.ts';
import type { Tenant } from './load.ts';

export interface StatusMove {
  readonly tenantId: string;
  /** As the history has it: `suspend`, `suspension_added`, `reinstate`, `suspend_undone`, … */
  readonly operation: string;
  readonly previous: StatusState;
  readonly current: StatusState;
  readonly reason: string | undefined;
  readonly historyId: number;
}

export type StatusListener = (ctx: Ctx, move: StatusMove) => Promise<void>;

const listeners = new Set<StatusListener>();

/** Told of each change in the transaction that makes it, however it is made. The function returned stops that. */
export function onStatusMoved(listener: StatusListener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export async function tellStatusMoved(ctx: Ctx, move: StatusMove): Promise<void> {
  for (const listener of listeners) await listener(ctx, move);
}

export type PlanListener = (ctx: Ctx, change: ConfigurationChange) => Promise<void>;

const planListeners = new Set<PlanListener>();

/** Told of each change of plan in the transaction that makes it. The function returned stops that. */
export function onPlanMoved(listener: PlanListener): () => void {
  planListeners.add(listener);
  return () => void planListeners.delete(listener);
}

export async function tellPlanMoved(ctx: Ctx, change: ConfigurationChange): Promise<void> {
  for (const listener of planListeners) await listener(ctx, change);
}

export interface PlanRequestMove {
  readonly tenant: Tenant;
  readonly request: PlanRequest;
  readonly what: 'asked' | 'applied' | 'declined';
}

export type PlanRequestListener = (ctx: Ctx, move: PlanRequestMove) => Promise<void>;

const requestListeners = new Set<PlanRequestListener>();

/** Told of a plan that is asked for, and of what was decided, in that transaction. The function returned stops that. */
export function onPlanRequested(listener: PlanRequestListener): () => void {
  requestListeners.add(listener);
  return () => void requestListeners.delete(listener);
}

export async function tellPlanRequested(ctx: Ctx, move: PlanRequestMove): Promise<void> {
  for (const listener of requestListeners) await listener(ctx, move);
}

export interface OffboardingMove {
  readonly offboarding: Offboarding;
  readonly what: 'announced' | 'reminder' | 'cancelled' | 'ended';
  /** Of a reminder: days that are left. */
  readonly days?: number;
  readonly reason?: string;
}

export type OffboardingListener = (ctx: Ctx, move: OffboardingMove) => Promise<void>;

const offboardingListeners = new Set<OffboardingListener>();

/** Told of each step of an offboarding in the transaction that makes it; a reminder may be told of twice. */
export function onOffboardingMoved(listener: OffboardingListener): () => void {
  offboardingListeners.add(listener);
  return () => void offboardingListeners.delete(listener);
}

export async function tellOffboardingMoved(ctx: Ctx, move: OffboardingMove): Promise<void> {
  for (const listener of offboardingListeners) await listener(ctx, move);
}
