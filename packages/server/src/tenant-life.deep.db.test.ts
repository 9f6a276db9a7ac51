/** Any sequence of operations, by anybody, at any time: what must hold of a tenant's life holds after each. */

import { isTenantryError } from '@tenantry/contract';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Actor, type Ctx, systemActor } from './access/index.ts';
import { cloneDatabase } from './db/testing/index.ts';
import {
  CAUSES,
  cancelOffboarding,
  changePlan,
  closeAccess,
  findOffboarding,
  keepOffboardings,
  keepPlanChanges,
  keepTrials,
  listHistory,
  listOpenSuspensions,
  loadTenant,
  offboardTenant,
  openAccess,
  reinstateTenant,
  setLegalHold,
  setStatus,
  setTrialEnd,
  suspendTenant,
  type Tenant,
} from './tenants/index.ts';
import { makeTenant, NOW, operator, reader, storeCutlist } from './tenants/testing/registry.ts';

const { database } = await cloneDatabase();
await storeCutlist(database);

const DAY = 86_400_000;
const ACTORS: readonly Actor[] = [operator, operator, operator, systemActor('billing'), reader];
type Act = (ctx: Ctx, id: string) => Promise<unknown>;

const cause = fc.constantFrom(...CAUSES);
const leaving = fc.constantFrom('customer_request', 'contract_end', 'non_payment', 'terms_violation' as const);
const plan = fc.constantFrom('free', 'starter', 'professional', 'enterprise', 'gold');

const act: fc.Arbitrary<readonly [string, Act]> = fc.oneof(
  cause.map(
    (each) =>
      [
        `suspend ${each}`,
        (ctx: Ctx, tenantId: string) => suspendTenant(ctx, { tenantId, cause: each, reason: 'r', authority: 'Ann' }),
      ] as const,
  ),
  fc
    .option(cause, { nil: undefined })
    .map(
      (each) =>
        [
          `reinstate ${each}`,
          (ctx: Ctx, tenantId: string) => reinstateTenant(ctx, { tenantId, cause: each, resolution: 'r' }),
        ] as const,
    ),
  fc
    .constantFrom('trial', 'active', 'offboarded', 'onboarding' as const)
    .map((status) => [`set ${status}`, (ctx: Ctx, tenantId: string) => setStatus(ctx, { tenantId, status })] as const),
  fc.record({ plan, due: fc.constantFrom(undefined, 1, 20) }).map(
    ({ plan: name, due }) =>
      [
        `plan ${name} in ${due}`,
        (ctx: Ctx, tenantId: string) =>
          changePlan(ctx, {
            tenantId,
            plan: name,
            reason: 'r',
            ...(due === undefined ? {} : { dueAt: new Date(ctx.now.getTime() + due * DAY) }),
          }),
      ] as const,
  ),
  fc.record({ cause: leaving, two: fc.boolean() }).map(
    ({ cause: each, two }) =>
      [
        `offboard ${each}`,
        (ctx: Ctx, tenantId: string) =>
          offboardTenant(ctx, {
            tenantId,
            cause: each,
            reason: 'r',
            authority: 'Ann',
            secondAuthority: two ? 'Bob' : undefined,
          }),
      ] as const,
  ),
  fc.constant(['cancel', (ctx: Ctx, tenantId: string) => cancelOffboarding(ctx, { tenantId, reason: 'r' })] as const),
  fc
    .boolean()
    .map(
      (hold) =>
        [`hold ${hold}`, (ctx: Ctx, tenantId: string) => setLegalHold(ctx, { tenantId, hold, reason: 'r' })] as const,
    ),
  fc.constant([
    'prolong',
    (ctx: Ctx, tenantId: string) =>
      setTrialEnd(ctx, { tenantId, endsAt: new Date(ctx.now.getTime() + 9 * DAY), reason: 'r' }),
  ] as const),
  fc.constant(['close', (ctx: Ctx, tenant: string) => closeAccess(ctx, { tenant, reason: 'r' })] as const),
  fc.constant(['open', (ctx: Ctx, tenant: string) => openAccess(ctx, { tenant, reason: 'r' })] as const),
);

const round = fc.record({ act, actor: fc.constantFrom(...ACTORS), days: fc.constantFrom(0, 0, 1, 8, 31) });

interface Seen {
  readonly tenant: Tenant;
  readonly lines: number;
}

async function look(id: string): Promise<Seen> {
  return database.transaction('operator', async (tx) => {
    const tenant = await loadTenant(tx, id);
    const open = await listOpenSuspensions(tx, id);
    const leaves = await findOffboarding(tx, id);
    const state = leaves?.state ?? 'none';
    const { status, accessMode } = tenant;
    // Somebody is shut out exactly when a cause says so, as far as the strictest of them.
    if (status === 'suspended') {
      const strictest = open.some((each) => each.accessMode === 'blocked') ? 'blocked' : 'read-only';
      expect(open.length).toBeGreaterThan(0);
      expect(accessMode).toBe(strictest);
    } else {
      expect(accessMode).toBeNull();
      if (status !== 'offboarded') expect(open).toEqual([]);
    }
    expect(tenant.pendingOffboardingAt).toEqual(state === 'grace' ? leaves?.endsAt : null);
    if (state === 'offboarded') expect(status).toBe('offboarded');

    return { tenant, lines: (await listHistory(tx, id, { limit: 500 })).length };
  });
}

it('LIFE-01, LIFE-35: whatever is done in whatever order, a tenant is as closed as its causes say, and its history only grows', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(round, { minLength: 1, maxLength: 12 }),
      fc.constantFrom('trial', 'active' as const),
      async (rounds, first) => {
        const { tenant } = await makeTenant(database, { status: first, plan: 'starter' });
        let now = NOW;
        let before = await look(tenant.id);
        for (const {
          act: [, work],
          actor,
          days,
        } of rounds) {
          now = new Date(now.getTime() + days * DAY);
          await database
            .transaction('operator', (tx) => work({ tx, actor, now }, tenant.id))
            .catch((error: unknown) => {
              // Whatever is refused is refused in so many words; anything else is a fault of ours.
              if (!isTenantryError(error) || error.kind !== 'refusal') throw error;
              expect(error.message).not.toBe('');
            });
          await keepTrials(database, async () => undefined, now);
          await keepPlanChanges(database, now);
          await keepOffboardings(database, now);
          const after = await look(tenant.id);
          expect(after.lines).toBeGreaterThanOrEqual(before.lines);
          expect(after.tenant.version).toBeGreaterThanOrEqual(before.tenant.version);
          if (after.tenant.status !== before.tenant.status) expect(after.lines).toBeGreaterThan(before.lines);
          before = after;
        }
      },
    ),
    { numRuns: 100 },
  );
}, 300_000);
