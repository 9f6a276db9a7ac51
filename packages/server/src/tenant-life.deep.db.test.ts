/** Any sequence of operations, by anybody, at any time, two at once: what must hold of a tenant's life holds after each. */
import { randomBytes } from 'node:crypto';
import { isTenantryError } from '@tenantry/contract';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Actor } from './access/index.ts';
import { backupSources, selfParts } from './backup-sources.ts';
import { readConfig } from './config.ts';
import { Secret } from './connectors/kit/index.ts';
import { cloneDatabase, makeTestDirectory } from './db/testing/index.ts';
import { exportDeps } from './export-sources.ts';
import { tenantPolicy } from './identity/index.ts';
import { saveProduct } from './products/index.ts';
import { deletionDeps } from './tenant-erasure.ts';
import {
  findTransition,
  keepDeletions,
  keepOffboardings,
  keepPlanChanges,
  keepTrials,
  TRANSITIONS,
} from './tenants/index.ts';
import { act as acting, cutlistProfile, makeTenant, NOW } from './tenants/testing/registry.ts';
import { type Act, anybody, anything, MAY_NOT } from './testing/tenant-acts.ts';
import { expectGone, expectGrown, expectSound, followAsGuard, look, type Seen } from './testing/tenant-invariants.ts';
import { createKeyring } from './vault/index.ts';

const { database } = await cloneDatabase();
const DAY = 86_400_000;
let now = NOW;

// A product that names no database: the final backup and the product's rows have suites of their own.
await acting(database)((ctx) => saveProduct(ctx, { ...cutlistProfile(), databases: [] }));
const keyring = createKeyring({ current: 'k', keys: { k: new Secret(randomBytes(32).toString('base64')) } });
const sources = backupSources(keyring);
const folder = await makeTestDirectory();
const backups = { database, sources, self: selfParts(keyring), folder, keysFolder: folder, now: () => now };
const exports = exportDeps({ loginPolicy: tenantPolicy, backups, config: readConfig({ mode: 'test' }, {}) });
const deletions = deletionDeps({ backups, keyring, exports });

/** What the machinery does by itself, all the time. */
async function keep(): Promise<void> {
  await keepTrials(database, async () => undefined, now);
  await keepPlanChanges(database, now);
  await keepOffboardings(database, now);
  await keepDeletions(deletions);
}

/** Whatever is refused is refused in so many words; anything else is a fault of ours. */
const tryAct = (act: Act, actor: Actor, id: string): Promise<string | undefined> =>
  database
    .transaction('operator', (tx) => act.run({ tx, actor, now }, id))
    .then(() => undefined)
    .catch((error: unknown) => {
      if (!isTenantryError(error) || error.kind !== 'refusal') throw error;
      expect(error.message).not.toBe('');
      if (error.code === 'tenant.illegal_transition') {
        expect(error.status).toBe(409);
        expect(error.next).toBeTruthy();
        if (error.facts.possible !== undefined) {
          expect(error.facts.possible).toEqual(Object.keys(TRANSITIONS[error.facts.from as keyof typeof TRANSITIONS]));
        }
      }
      return error.code;
    });

function expectRightly(act: Act, actor: Actor, refusal: string | undefined, { tenant }: Seen): void {
  if (tenant === undefined) return expect(refusal).toMatch(/^(tenant\.not_found|access\.)/);
  if (MAY_NOT.includes(actor)) return expect(refusal).toMatch(/^(tenant\.not_found|access\.)/);
  if (act.isWrong === true) expect(refusal).toBeDefined();
  if (act.sets !== undefined && findTransition(tenant.status, act.sets) === undefined) {
    expect(refusal).toBe('tenant.illegal_transition');
  }
}

const round = fc.record({
  act: anything(exports),
  actor: anybody,
  beside: fc.option(anything(exports), { freq: 4 }),
  days: fc.constantFrom(0, 0, 1, 8, 31, 62),
});

it('LIFE-01, LIFE-35, OFF-05: whatever is done in whatever order, a tenant is as its table, its causes and its history say, guards know it, and no other changes', async () => {
  const seen = { gone: 0, held: 0, refused: 0, done: 0 };
  const { tenant: bystander } = await makeTenant(database, { status: 'active', plan: 'starter' });
  const untouched = await look(database, bystander.id);
  await fc.assert(
    fc.asyncProperty(
      fc.array(round, { minLength: 1, maxLength: 12 }),
      fc.constantFrom('onboarding', 'trial', 'active' as const),
      async (rounds, first) => {
        const guard = await followAsGuard(database, 'cutlist');
        const { tenant } = await makeTenant(database, { status: first, plan: 'starter' });
        let before = await look(database, tenant.id);
        for (const { act, actor, beside, days } of rounds) {
          now = new Date(now.getTime() + days * DAY);
          const both = [act, ...(beside === null ? [] : [beside])];
          const refusals = await Promise.all(both.map((each) => tryAct(each, actor, tenant.id)));
          const acted = await look(database, tenant.id);
          if (beside === null) expectRightly(act, actor, refusals[0], before);
          // What is refused has written nothing.
          if (!refusals.includes(undefined)) expect(acted).toEqual(before);
          for (const refusal of refusals) seen[refusal === undefined ? 'done' : 'refused'] += 1;
          await keep();
          const after = await look(database, tenant.id);
          for (const [earlier, later] of [[before, acted] as const, [acted, after] as const]) {
            expectSound(later);
            expectGrown(earlier, later);
          }
          await guard.expectEqual(after, tenant.id);
          if (before.tenant !== undefined && after.tenant === undefined) await expectGone(database, tenant.id);
          if (after.offboarding?.state === 'offboarded' && after.offboarding.holdReason !== null) seen.held += 1;
          before = after;
        }
        if (before.tenant === undefined) seen.gone += 1;
      },
    ),
    { numRuns: 150, interruptAfterTimeLimit: 200_000 },
  );
  expect(await look(database, bystander.id)).toEqual(untouched);
  // Otherwise what was drawn never came to what is promised.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0);
}, 300_000);
