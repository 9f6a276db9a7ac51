/** Who else acts when a tenant's status or access mode changes: sessions end, people are told. */
import type { Ctx } from '../access/index.ts';
import type { ConfigurationChange } from './configuration.ts';
import type { StatusState } from './core/status.ts';

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
