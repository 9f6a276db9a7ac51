/** Who else acts on what happens to a tenant, in the transaction in which it happens: sessions end, people are told. */
import type { Ctx } from '../access/index.ts';
import type { ConfigurationChange } from './configuration.ts';
import type { PlanRequest } from './core/plan-request.ts';
import type { StatusState } from './core/status.ts';
import type { Offboarding } from './lifecycle/offboarding-rows.ts';
import type { Tenant } from './load.ts';

type Listener<Told> = (ctx: Ctx, told: Told) => Promise<void>;

/** One kind of news. Listeners are told one after the other; one that fails takes the transaction with it. */
function newsOf<Told>() {
  const listeners = new Set<Listener<Told>>();
  return {
    /** The function returned stops that. */
    on(listener: Listener<Told>): () => void {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async tell(ctx: Ctx, told: Told): Promise<void> {
      for (const listener of listeners) await listener(ctx, told);
    },
  };
}

export interface StatusMove {
  readonly tenantId: string;
  /** As the history has it: `suspend`, `suspension_added`, `reinstate`, `suspend_undone`, … */
  readonly operation: string;
  readonly previous: StatusState;
  readonly current: StatusState;
  readonly reason: string | undefined;
  readonly historyId: number;
}

export type StatusListener = Listener<StatusMove>;
/** Each change of status or access mode, however it is made. */
export const { on: onStatusMoved, tell: tellStatusMoved } = newsOf<StatusMove>();

export type PlanListener = Listener<ConfigurationChange>;
/** Each change of plan. */
export const { on: onPlanMoved, tell: tellPlanMoved } = newsOf<ConfigurationChange>();

export interface PlanRequestMove {
  readonly tenant: Tenant;
  readonly request: PlanRequest;
  readonly what: 'asked' | 'applied' | 'declined';
}

export type PlanRequestListener = Listener<PlanRequestMove>;
/** A plan that is asked for, and what was decided. */
export const { on: onPlanRequested, tell: tellPlanRequested } = newsOf<PlanRequestMove>();

export interface OffboardingMove {
  readonly offboarding: Offboarding;
  readonly what: 'announced' | 'reminder' | 'cancelled' | 'ended';
  /** Of a reminder: days that are left. */
  readonly days?: number;
  readonly reason?: string;
}

export type OffboardingListener = Listener<OffboardingMove>;
/** Each step of an offboarding; a reminder may be told of twice. */
export const { on: onOffboardingMoved, tell: tellOffboardingMoved } = newsOf<OffboardingMove>();
