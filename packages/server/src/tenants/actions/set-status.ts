import { canonicalJson, isTenantryError } from '@tenantry/contract';
import { z } from 'zod';
import { type Applied, defineAction, isKnown, isWhollyKnown } from '../../connectors/kit/index.ts';
import { ACCESS_MODES, STATUSES, type StatusState } from '../core/status.ts';
import { findTenant, lockTenant } from '../load.ts';
import { setStatus, statusOf, undoStatus } from '../set-status.ts';
import { asStep, plannedTenantOf, reading, type TenantActionDeps, tenantField, tenantOf } from './context.ts';

const input = z.strictObject({
  tenant: tenantField,
  status: z.enum(STATUSES),
  /** For `suspended`: how far the tenant is shut out. */
  access_mode: z.enum(ACCESS_MODES).optional(),
  reason: z.string().optional(),
});

const state = z.strictObject({
  status: z.enum(STATUSES),
  access_mode: z.enum(ACCESS_MODES).nullable(),
  reason: z.string().nullable(),
});

const output = z.strictObject({ tenant_id: z.string(), changed: z.boolean(), previous: state, current: state });

type Input = z.output<typeof input>;
type Output = z.output<typeof output>;

const undoFacts = z.object({ tenant_id: z.string(), history_id: z.int() });

const shown = ({ status, accessMode, statusReason }: StatusState): z.output<typeof state> => ({
  status,
  access_mode: accessMode,
  reason: statusReason,
});

/** `tenant.set_status`: one step along the lifecycle; undo puts the status before it back. */
export const setStatusAction = ({ database }: TenantActionDeps) =>
  defineAction<Input, Output>({
    name: 'tenant.set_status',
    version: 1,
    summary: 'Moves the tenant to another status',
    delivery: 'idempotent',
    undoability: 'reversible',
    input,
    output,

    async plan(ctx, wanted) {
      const given = isKnown(wanted) ? wanted.tenant : undefined;
      const tenantId = plannedTenantOf(ctx, given);
      return reading(database, async (tx) => {
        const tenant = tenantId === undefined ? undefined : await findTenant(tx, tenantId);
        const name = tenant?.slug ?? ctx.tenant?.slug ?? 'a tenant';
        const change = { kind: 'tenant status', name };
        if (!isKnown(wanted) || !isWhollyKnown(wanted)) return { changes: [{ verb: 'change' as const, ...change }] };
        const status = (wanted as Input).status;
        const after = { status };
        // The tenant may be one that an earlier step of this run creates or moves: its status now binds nothing.
        if (tenant === undefined) return { changes: [{ verb: 'change' as const, ...change, after }] };
        const verb = tenant.status === status ? ('none' as const) : ('change' as const);
        return { changes: [{ verb, ...change, before: { status: tenant.status }, after }] };
      });
    },

    async apply(ctx, wanted) {
      const tenantId = tenantOf(ctx, wanted.tenant);
      return asStep(database, ctx, async (step): Promise<Applied<Output>> => {
        const tenant = await lockTenant(step, tenantId);
        const change = await setStatus(step, {
          tenantId,
          status: wanted.status,
          accessMode: wanted.access_mode,
          reason: wanted.reason,
          key: ctx.key,
          unlessAlready: true,
        });
        const { previous, current, historyId } = change;
        const changed = historyId !== undefined;
        return {
          output: { tenant_id: tenantId, changed, previous: shown(previous), current: shown(current) },
          resources: [
            {
              kind: 'tenant_status',
              externalId: `${tenantId}/${historyId ?? current.status}`,
              name: `${tenant.slug} ${current.status}`,
              claim: changed ? 'changed' : 'adopted',
              undo: { tenant_id: tenantId, ...(historyId === undefined ? {} : { history_id: historyId }) },
            },
          ],
        };
      });
    },

    async verify(ctx, wanted, { output: made }) {
      const tenant = await reading(database, (tx) => findTenant(tx, tenantOf(ctx, wanted.tenant)));
      const expected = made.current;
      const actual = tenant === undefined ? null : shown(statusOf(tenant));
      const ok = canonicalJson(actual) === canonicalJson(expected);
      return { ok, expected, actual, output: { ...made, current: actual ?? made.current } };
    },

    async undo(ctx, resource) {
      if (resource.claim !== 'changed') return { outcome: 'left', note: 'the tenant had this status before the step' };
      const { tenant_id: tenantId, history_id: historyId } = undoFacts.parse(resource.undo);
      try {
        const line = await asStep(database, ctx, (step) => undoStatus(step, { tenantId, historyId }));
        return line === undefined ? { outcome: 'absent', note: 'it was undone before' } : { outcome: 'removed' };
      } catch (error) {
        if (isTenantryError(error) && error.code === 'tenant.not_found') return { outcome: 'absent' };
        throw error;
      }
    },
  });
