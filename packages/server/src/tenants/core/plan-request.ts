import type { Plan } from '../../products/index.ts';

/** A plan that an administrator of the tenant asks for (PLAN-13, PLAN-14). */
export interface PlanRequest {
  readonly id: string;
  readonly tenantId: string;
  readonly plan: Plan;
  readonly direction: string;
  readonly reason: string;
  readonly requestedBy: { readonly id: string; readonly label: string };
  readonly requestedAt: Date;
  readonly state: 'waiting' | 'applied' | 'declined' | 'withdrawn';
  readonly decidedBy: string | null;
  readonly decidedAt: Date | null;
  readonly note: string | null;
}
