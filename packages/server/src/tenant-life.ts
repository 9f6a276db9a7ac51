/** What follows when a tenant's status moves, and what its life does by itself. Tenants and accounts meet here. */
import type { Ctx } from './access/index.ts';
import type { Duty } from './background.ts';
import type { Database } from './db/index.ts';
import { endSessionsOfTenant, type IdentityDeps, tellAdmins } from './identity/index.ts';
import {
  type ConfigurationChange,
  keepInactivity,
  keepOffboardings,
  keepPlanChanges,
  keepTrials,
  keepUsageDays,
  keepUsageNotices,
  loadEntitlements,
  loadTenant,
  type OffboardingMove,
  onOffboardingMoved,
  onPlanMoved,
  onPlanRequested,
  onStatusMoved,
  type PlanRequestMove,
  type StatusMove,
  type TellAdmins,
  type UsageTelling,
} from './tenants/index.ts';

type Deps = Pick<IdentityDeps, 'enqueueMail' | 'links'>;

const MINUTE = 60_000;

/** What the life of tenants does without a person. */
export function lifeDuties(
  database: Database,
  deps: Deps,
  now: () => Date,
  operators: UsageTelling['operators'] = async () => undefined,
): readonly Duty[] {
  const tell: TellAdmins = (ctx, mail) => tellAdmins(ctx, deps, mail);
  return [
    ['remind of trials and end them', MINUTE, () => keepTrials(database, tell, now())],
    ['carry out changes of plan that are due', MINUTE, () => keepPlanChanges(database, now())],
    ['dun, remind of and carry out the end of tenants', MINUTE, () => keepOffboardings(database, now())],
    [
      'tell of limits nearly used up',
      10 * MINUTE,
      () => keepUsageNotices(database, { admins: tell, operators }, now()),
    ],
    ['find tenants nobody uses', 60 * MINUTE, () => keepInactivity(database, tell, now())],
    ['keep what tenants use of each day', 60 * MINUTE, () => keepUsageDays(database, now())],
  ];
}

/**
 * In the transaction that moves the status, whoever moved it: sessions end where nobody may come in, and administrators
 * are told. The function returned stops that.
 */
export function followTenants(deps: Deps, operators: UsageTelling['operators'] = async () => undefined): () => void {
  const stops = [
    onStatusMoved(async (ctx, move) => {
      const { status, accessMode } = move.current;
      if (status === 'offboarded' || accessMode === 'blocked') {
        await endSessionsOfTenant(ctx, { tenantId: move.tenantId, reason: 'tenant_closed' });
      }
      await tellOfStatus(ctx, deps, move);
    }),
    onPlanMoved((ctx, change) => tellOfPlan(ctx, deps, change)),
    onOffboardingMoved((ctx, move) => tellOfOffboarding(ctx, deps, move)),
    onPlanRequested((ctx, move) => tellOfRequest(ctx, deps, operators, move)),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** PLAN-17. A tenant that is still being set up is told nothing of its plan. */
async function tellOfPlan(ctx: Ctx, deps: Deps, { tenantId, version, previous, current }: ConfigurationChange) {
  const tenant = await loadTenant(ctx.tx, tenantId);
  if (tenant.status === 'onboarding') return;
  const { limits, features } = await loadEntitlements(ctx.tx, tenant);
  const allowed = Object.entries(limits).map(([name, limit]) => `${name.replaceAll('_', ' ')}: ${limit}`);
  const included = Object.keys(features).filter((name) => features[name] === true);
  const changes = [...allowed, `included: ${included.length === 0 ? 'no further features' : included.join(', ')}`];
  await tellAdmins(ctx, deps, {
    tenantId,
    template: 'tenant-plan-changed',
    key: `plan:${tenantId}/${version}`,
    values: { from: previous.plan, to: current.plan, changes: `${changes.join('; ')}.` },
  });
}

/** PLAN-14. Of a plan that is approved its change tells. */
async function tellOfRequest(
  ctx: Ctx,
  deps: Deps,
  operators: UsageTelling['operators'],
  { tenant, request, what }: PlanRequestMove,
): Promise<void> {
  const { id, plan, reason, requestedBy, note } = request;
  if (what === 'asked') {
    await operators(ctx, {
      productId: tenant.productId,
      clientId: tenant.clientId,
      key: `plan-request:${id}`,
      subject: `${tenant.slug} asks for the plan ${plan}`,
      text: `${requestedBy.label} asks for ${plan} instead of ${tenant.plan}: ${reason}`,
      next: `tenantry tenant plan-requests ${tenant.slug}`,
    });
  } else if (what === 'declined') {
    const values = { to: plan, reason: note ?? '', asked_by: requestedBy.label };
    const key = `plan-request:${id}/declined`;
    await tellAdmins(ctx, deps, { tenantId: tenant.id, template: 'plan-request-declined', key, values });
  }
}

const ACCESS_TEXTS = {
  'read-only': 'Until it is settled, your users can log in and read, and cannot change anything.',
  blocked: 'Until it is settled, nobody can log in.',
} as const;

async function tellOfStatus(ctx: Ctx, deps: Deps, move: StatusMove): Promise<void> {
  const { tenantId, previous, current, historyId } = move;
  const key = `status:${historyId}`;
  if (current.status === 'suspended' && previous.status !== 'offboarded') {
    await tellAdmins(ctx, deps, {
      tenantId,
      template: 'tenant-suspended',
      key,
      values: { reason: current.statusReason ?? '', access: ACCESS_TEXTS[current.accessMode ?? 'blocked'] },
    });
  } else if (previous.status === 'suspended' && current.status !== 'offboarded') {
    const reason = move.reason ?? 'the suspension was taken back.';
    await tellAdmins(ctx, deps, { tenantId, template: 'tenant-reinstated', key, values: { reason } });
  }
}

const TEMPLATE_OF = {
  announced: 'offboarding-notice',
  reminder: 'offboarding-reminder',
  cancelled: 'offboarding-cancelled',
  ended: 'tenant-offboarded',
} as const;

/** OFF-08, OFF-09, CH-32. */
async function tellOfOffboarding(ctx: Ctx, deps: Deps, { offboarding, what, days, reason }: OffboardingMove) {
  const { id, tenantId, endsAt, deleteAfter, deleteData, erasureRequest } = offboarding;
  const later = erasureRequest ? 'as soon as it has ended' : '30 days after it has ended';
  const when = deleteAfter === null ? later : `on ${dayOf(deleteAfter)}`;
  await tellAdmins(ctx, deps, {
    tenantId,
    template: TEMPLATE_OF[what],
    key: `offboarding:${id}/${what}${days === undefined ? '' : `/${days}`}`,
    values: {
      reason: reason ?? offboarding.reason,
      ends: dayOf(endsAt),
      days: days === 1 ? 'a day' : `${days ?? 0} days`,
      access: accessText(ctx, offboarding),
      deletion: deleteData ? `Your data is deleted ${when}.` : 'Your data is kept, and nobody gets at it.',
      export: deps.links.takeExport(),
    },
  });
}

function accessText({ now }: Ctx, { endsAt, cause }: OffboardingMove['offboarding']): string {
  if (endsAt.getTime() <= now.getTime()) return 'This takes effect at once: nobody gets in any more.';
  return cause === 'non_payment'
    ? 'Until then your users can log in and read.'
    : 'Until then everything works as before.';
}

const dayOf = (at: Date): string => at.toISOString().slice(0, 10);
