import type { PortalLifeView } from '@tenantry/contract';
import {
  deletionDue,
  findOffboarding,
  findTenant,
  loadEntitlements,
  viewLife,
  viewUsage,
} from '../../tenants/index.ts';
import { possibleWishes } from '../core/wishes.ts';
import type { PortalDeps } from '../portal-deps.ts';
import type { Visitor } from '../visitor.ts';
import { currentWishes, wishPlaceOf } from '../wishes/index.ts';

/**
 * Where the tenant of a visitor stands: plan, use, what shuts it out and how it leaves. Reasons stay out: they are written
 * for administrators, and go to them by mail. undefined while an onboarding has not made the tenant yet.
 */
export const readPortalLife = (
  { database, now }: PortalDeps,
  { tenantId }: Visitor,
): Promise<PortalLifeView | undefined> =>
  database.transaction('operator', async (tx) => {
    const tenant = await findTenant(tx, tenantId);
    if (tenant === undefined) return undefined;
    const life = await viewLife(tx, tenant);
    const place = await wishPlaceOf(tx, tenant);
    const wishes = await currentWishes({ tx, now: now() }, tenantId, place);
    const waiting = new Set(wishes.filter(({ answered }) => !answered).map(({ wish }) => wish));
    return {
      status: life.status,
      access_mode: life.access_mode,
      closed: life.closed_at !== null,
      suspended_for: life.suspensions.map(({ cause }) => cause),
      trial_ends_at: life.trial_ends_at,
      plan: tenant.plan,
      plan_change: life.plan_change === null ? null : { plan: life.plan_change.plan, due_at: life.plan_change.due_at },
      features: { ...(await loadEntitlements(tx, tenant)).features },
      meters: (await viewUsage(tx, tenant)).meters,
      offboarding: place.offboarding === undefined ? null : viewLeaving(await findOffboarding(tx, tenantId)),
      wishes,
      may_wish: possibleWishes(place).filter((wish) => !waiting.has(wish)),
    };
  });

function viewLeaving(found: Awaited<ReturnType<typeof findOffboarding>>): PortalLifeView['offboarding'] {
  if (found === undefined || found.state === 'deleted' || found.state === 'cancelled') return null;
  // Until access has ended the day is that of the plan; a legal hold or a cancellation moves it.
  const due = found.deleteAfter ?? (found.deleteData ? deletionDue(found.endsAt, found.erasureRequest) : null);
  return {
    cause: found.cause,
    state: found.state,
    ends_at: found.endsAt.toISOString(),
    delete_after: due?.toISOString() ?? null,
    delete_data: found.deleteData,
    held: found.holdReason !== null,
  };
}
