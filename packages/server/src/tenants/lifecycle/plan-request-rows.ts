import type { Tx } from '../../db/index.ts';
import type { Plan } from '../../products/index.ts';

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

export const PLAN_REQUEST_COLUMNS = `id, tenant_id as "tenantId", plan, direction, reason, requested_by as "requestedBy",
  requested_at as "requestedAt", state, decided_by as "decidedBy", decided_at as "decidedAt", note`;
/** Newest first. */
export async function listPlanRequests(tx: Tx, tenantId: string): Promise<readonly PlanRequest[]> {
  const { rows } = await tx.query<PlanRequest>(
    `select ${PLAN_REQUEST_COLUMNS} from tenant_plan_requests where tenant_id = $1 order by requested_at desc, id limit 100`,
    [tenantId],
  );
  return rows;
}
