/** `tenant.suspend` and `tenant.reinstate`: a suspension for a cause, and its resolution. */
import { isTenantryError } from '@tenantry/contract';
import { z } from 'zod';
import { type Applied, defineAction, isKnown, isWhollyKnown } from '../../connectors/kit/index.ts';
import { ACCESS_MODES, STATUSES } from '../core/status.ts';
import { CAUSE_FACTS, CAUSES, decideSuspension } from '../core/suspension.ts';
import { reinstateTenant, undoSuspension } from '../lifecycle/reinstate-tenant.ts';
import { suspendTenant } from '../lifecycle/suspend-tenant.ts';
import { findSuspension, listOpenSuspensions } from '../lifecycle/suspension-rows.ts';
import { findTenant, loadTenant } from '../load.ts';
import { asStep, plannedTenantOf, reading, type TenantActionDeps, tenantField, tenantOf } from './context.ts';

const suspendInput = z.strictObject({
  tenant: tenantField,
  cause: z.enum(CAUSES),
  reason: z.string().min(1),
  access_mode: z.enum(ACCESS_MODES).optional().describe('That of the cause unless given'),
  authority: z.string().optional(),
});
const suspendOutput = z.strictObject({
  tenant_id: z.string(),
  suspension_id: z.string(),
  access_mode: z.enum(ACCESS_MODES),
});
type SuspendIn = z.output<typeof suspendInput>;
type SuspendOut = z.output<typeof suspendOutput>;

const undoFacts = z.object({ tenant_id: z.string(), suspension_id: z.string() });

export const suspendAction = ({ database }: TenantActionDeps) =>
  defineAction<SuspendIn, SuspendOut>({
    name: 'tenant.suspend',
    version: 1,
    summary: 'Suspends the tenant for a cause; its administrators are told',
    delivery: 'idempotent',
    undoability: 'reversible',
    input: suspendInput,
    output: suspendOutput,

    async plan(ctx, wanted) {
      const tenantId = plannedTenantOf(ctx, isKnown(wanted) ? wanted.tenant : undefined);
      const tenant = tenantId === undefined ? undefined : await reading(database, (tx) => findTenant(tx, tenantId));
      const change = { verb: 'change' as const, kind: 'tenant status', name: tenant?.slug ?? 'a tenant' };
      if (!isKnown(wanted) || !isWhollyKnown(wanted)) return { changes: [change] };
      const { cause, reason, access_mode: accessMode, authority } = wanted as SuspendIn;
      const mode = decideSuspension({ cause, reason, accessMode, authority, byMachine: false });
      const before = tenant === undefined ? {} : { before: { status: tenant.status, access_mode: tenant.accessMode } };
      return { changes: [{ ...change, ...before, after: { status: 'suspended', access_mode: mode, cause } }] };
    },

    async apply(ctx, { cause, reason, access_mode: accessMode, authority, tenant }) {
      const tenantId = tenantOf(ctx, tenant);
      return asStep(database, ctx, async (step): Promise<Applied<SuspendOut>> => {
        const made = await suspendTenant(step, { tenantId, cause, reason, accessMode, authority, key: ctx.key });
        const { slug } = await loadTenant(step.tx, tenantId);
        const facts = { tenant_id: tenantId, suspension_id: made.id };
        return {
          output: { ...facts, access_mode: made.accessMode },
          resources: [
            { kind: 'suspension', externalId: made.id, name: `${slug} for ${cause}`, claim: 'created', undo: facts },
          ],
        };
      });
    },

    async verify(_ctx, { cause }, { output }) {
      const { tenant, found } = await reading(database, async (tx) => ({
        tenant: await findTenant(tx, output.tenant_id),
        found: await findSuspension(tx, output.tenant_id, output.suspension_id),
      }));
      const expected = { status: 'suspended', cause, open: true };
      const actual = { status: tenant?.status ?? null, cause: found?.cause ?? null, open: found?.endedAt === null };
      const ok = actual.status === expected.status && actual.cause === cause && actual.open;
      return { ok, expected, actual, output };
    },

    async undo(ctx, resource) {
      const { tenant_id: tenantId, suspension_id: suspensionId } = undoFacts.parse(resource.undo);
      try {
        const undone = await asStep(database, ctx, (step) => undoSuspension(step, { tenantId, suspensionId }));
        return undone ? { outcome: 'removed' } : { outcome: 'absent', note: 'it was resolved before' };
      } catch (error) {
        if (isTenantryError(error) && error.code === 'tenant.not_found') return { outcome: 'absent' };
        throw error;
      }
    },
  });

const reinstateInput = z.strictObject({
  tenant: tenantField,
  resolution: z.string().min(1).describe('How the issue was resolved'),
  cause: z.enum(CAUSES).optional().describe('Where the tenant is suspended for more than one'),
  authority: z.string().optional(),
});
const reinstateOutput = z.strictObject({
  tenant_id: z.string(),
  status: z.enum(STATUSES),
  remaining: z.array(z.enum(CAUSES)).describe('Causes that still hold'),
});
type ReinstateIn = z.output<typeof reinstateInput>;
type ReinstateOut = z.output<typeof reinstateOutput>;

export const reinstateAction = ({ database }: TenantActionDeps) =>
  defineAction<ReinstateIn, ReinstateOut>({
    name: 'tenant.reinstate',
    version: 1,
    summary: 'Resolves a cause of the suspension, and opens the tenant when it was the last',
    delivery: 'idempotent',
    // What goes back on it is another suspension, with a reason of its own.
    undoability: 'none',
    input: reinstateInput,
    output: reinstateOutput,

    async plan(ctx, wanted) {
      const tenantId = plannedTenantOf(ctx, isKnown(wanted) ? wanted.tenant : undefined);
      return reading(database, async (tx) => {
        const tenant = tenantId === undefined ? undefined : await findTenant(tx, tenantId);
        const open = tenant === undefined ? [] : await listOpenSuspensions(tx, tenant.id);
        const causes = open.map(({ cause }) => `${cause} (${CAUSE_FACTS[cause].priority})`);
        const before = tenant === undefined ? {} : { before: { status: tenant.status, causes } };
        return { changes: [{ verb: 'change', kind: 'tenant status', name: tenant?.slug ?? 'a tenant', ...before }] };
      });
    },

    async apply(ctx, { resolution, cause, authority, tenant }) {
      const tenantId = tenantOf(ctx, tenant);
      return asStep(database, ctx, async (step): Promise<Applied<ReinstateOut>> => {
        const { current, remaining } = await reinstateTenant(step, {
          tenantId,
          resolution,
          cause,
          authority,
          key: ctx.key,
        });
        const { slug } = await loadTenant(step.tx, tenantId);
        return {
          output: { tenant_id: tenantId, status: current.status, remaining: remaining.map((each) => each.cause) },
          resources: [
            { kind: 'reinstatement', externalId: `${tenantId}/${ctx.key}`, name: slug, claim: 'changed', undo: {} },
          ],
        };
      });
    },

    async verify(_ctx, _wanted, { output }) {
      const tenant = await reading(database, (tx) => findTenant(tx, output.tenant_id));
      const [expected, actual] = [{ status: output.status }, { status: tenant?.status ?? null }];
      return { ok: actual.status === expected.status, expected, actual, output };
    },

    undo: async () => ({ outcome: 'left', note: 'suspend the tenant again, for a reason of its own' }),
  });
