/** Who else acts when a tenant's status or access mode changes: sessions end, people are told. */
import type { Ctx } from '../access/index.ts';
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
