import type { SuspensionView, TenantLifeView } from '@tenantry/contract';
import type { Tx } from '../../db/index.ts';
import { type Status, TRANSITIONS } from '../core/status.ts';
import { CAUSE_FACTS } from '../core/suspension.ts';
import type { Tenant } from '../load.ts';
import { listOpenSuspensions, type Suspension } from './suspension-rows.ts';

/** Where a tenant stands in its life, and what can become of it. */
export async function viewLife(tx: Tx, tenant: Tenant): Promise<TenantLifeView> {
  return {
    tenant_id: tenant.id,
    slug: tenant.slug,
    status: tenant.status,
    access_mode: tenant.accessMode,
    status_reason: tenant.statusReason,
    closed_at: tenant.closedAt?.toISOString() ?? null,
    possible: Object.keys(TRANSITIONS[tenant.status]) as Status[],
    suspensions: (await listOpenSuspensions(tx, tenant.id)).map(viewSuspension),
  };
}

const viewSuspension = (suspension: Suspension): SuspensionView => ({
  id: suspension.id,
  cause: suspension.cause,
  priority: CAUSE_FACTS[suspension.cause].priority,
  access_mode: suspension.accessMode,
  reason: suspension.reason,
  authority: suspension.authority,
  began_at: suspension.beganAt.toISOString(),
});
