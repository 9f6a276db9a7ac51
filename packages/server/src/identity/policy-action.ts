/** `user.set_policy`: what the client's security asks of its users' log-ins (INT-11). */
import { canonicalJson } from '@tenantry/contract';
import { z } from 'zod';
import { type Ctx, systemActor } from '../access/index.ts';
import { listAudit } from '../audit/index.ts';
import { type ActionContext, defineAction, isKnown, isWhollyKnown } from '../connectors/kit/index.ts';
import type { Database } from '../db/index.ts';
import { findTenant, tenantOf } from '../tenants/index.ts';
import type { TenantPolicy } from './authentication.ts';
import { policySchema } from './core/policy.ts';
import { setTenantPolicy, tenantPolicy } from './policy.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const input = z.strictObject({
  tenant: z.uuid().optional().describe('Id of the tenant; that of the run unless given'),
  mfa_required: z.boolean().optional().describe('Nobody gets in without a second factor'),
  ip_allow: z.array(z.string()).optional().describe('Ranges such as 192.0.2.0/24; none lets in from everywhere'),
  idle_minutes: z.int().min(1).optional(),
  absolute_hours: z.int().min(1).optional(),
});

const output = z.strictObject({
  mfa_required: z.boolean(),
  ip_allow: z.array(z.string()),
  idle_minutes: z.number(),
  absolute_hours: z.number(),
});

type Input = z.output<typeof input>;
type Output = z.output<typeof output>;

const undoFacts = z.object({ tenant_id: z.string(), before: policySchema });
const written = z.object({ before: policySchema });

const changesOf = ({ mfa_required, ip_allow, idle_minutes, absolute_hours }: Input): Partial<TenantPolicy> => ({
  ...(mfa_required === undefined ? {} : { mfaRequired: mfa_required }),
  ...(ip_allow === undefined ? {} : { ipAllow: ip_allow }),
  ...(idle_minutes === undefined ? {} : { idleMs: idle_minutes * MINUTE }),
  ...(absolute_hours === undefined ? {} : { absoluteMs: absolute_hours * HOUR }),
});

const viewOf = ({ mfaRequired, ipAllow, idleMs, absoluteMs }: TenantPolicy): Output => ({
  mfa_required: mfaRequired,
  ip_allow: [...ipAllow],
  idle_minutes: idleMs / MINUTE,
  absolute_hours: absoluteMs / HOUR,
});

const isSame = (a: TenantPolicy, b: TenantPolicy): boolean => canonicalJson(a) === canonicalJson(b);

/** What this run found when it first set the policy: an attempt cut off before it could say so. */
async function foundByThisRun(step: Ctx, ctx: ActionContext, tenantId: string): Promise<TenantPolicy | undefined> {
  const filter = { tenantId, runId: ctx.run.id, action: 'tenant.policy_changed' };
  const { rows } = await listAudit({ ...step, actor: systemActor('identity') }, filter, { limit: 100 });
  return rows.map(({ detail }) => written.safeParse(detail).data?.before).findLast((before) => before !== undefined);
}

export const policyAction = ({ database }: { readonly database: Database }) => {
  const asStep = <T>(ctx: ActionContext, fn: (step: Ctx) => Promise<T>): Promise<T> =>
    database.transaction('worker', (tx) =>
      fn({ tx, now: ctx.now, actor: { kind: 'run', runId: ctx.run.id, stepId: ctx.step.id } }),
    );

  return defineAction<Input, Output>({
    name: 'user.set_policy',
    version: 1,
    summary: "Sets what the tenant asks of its users' log-ins",
    delivery: 'idempotent',
    undoability: 'reversible',
    input,
    output,

    async plan(ctx, given) {
      const name = ctx.tenant?.slug ?? 'a tenant';
      const change = { verb: 'change' as const, kind: 'login policy', name };
      const tenantId = ctx.tenant?.id;
      if (!isKnown(given) || !isWhollyKnown(given) || tenantId === undefined) return { changes: [change] };
      const before = await database.transaction('worker', (tx) => tenantPolicy(tx, tenantId));
      const after = { ...before, ...changesOf(given as Input) };
      return { changes: isSame(before, after) ? [] : [{ ...change, before: viewOf(before), after: viewOf(after) }] };
    },

    async apply(ctx, given) {
      const tenantId = tenantOf(ctx, given.tenant);
      return asStep(ctx, async (step) => {
        const now = await tenantPolicy(step.tx, tenantId);
        const mine = await foundByThisRun(step, ctx, tenantId);
        const before = mine ?? now;
        const after = { ...now, ...changesOf(given) };
        if (!isSame(now, after)) await setTenantPolicy(step, { tenantId, changes: changesOf(given) });
        const resource = {
          kind: 'login policy',
          externalId: tenantId,
          name: ctx.tenant?.slug ?? tenantId,
          claim: isSame(before, after) && mine === undefined ? ('adopted' as const) : ('changed' as const),
          undo: { tenant_id: tenantId, before: { ...before, ipAllow: [...before.ipAllow] } },
        };
        return { output: viewOf(after), resources: [resource] };
      });
    },

    async verify(ctx, given, { output: made }) {
      const now = await asStep(ctx, ({ tx }) => tenantPolicy(tx, tenantOf(ctx, given.tenant)));
      const expected = viewOf({ ...now, ...changesOf(given) });
      const actual = viewOf(now);
      return { ok: canonicalJson(actual) === canonicalJson(expected), expected, actual, output: made };
    },

    async undo(ctx, resource) {
      if (resource.claim === 'adopted') return { outcome: 'left', note: 'it was so before the step' };
      const { tenant_id: tenantId, before } = undoFacts.parse(resource.undo);
      return asStep(ctx, async (step) => {
        if ((await findTenant(step.tx, tenantId)) === undefined) return { outcome: 'absent' };
        if (isSame(await tenantPolicy(step.tx, tenantId), before)) return { outcome: 'absent' };
        await setTenantPolicy(step, { tenantId, changes: before, reason: 'rolled back' });
        return { outcome: 'removed' };
      });
    },
  });
};
