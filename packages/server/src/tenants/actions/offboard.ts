/** `tenant.offboard` announces the end of a tenant; `tenant.offboarding` tells how far it came. */
import { isTenantryError } from '@tenantry/contract';
import { z } from 'zod';
import { type Applied, defineAction, defineCheck, isKnown, isWhollyKnown } from '../../connectors/kit/index.ts';
import { decideOffboarding, OFFBOARDING_CAUSES } from '../core/offboarding.ts';
import { cancelOffboarding, offboardTenant } from '../lifecycle/offboard-tenant.ts';
import { findOffboarding } from '../lifecycle/offboarding-rows.ts';
import { findTenant } from '../load.ts';
import { countVisibleResidue, unexpectedResidue } from '../residue.ts';
import { asStep, plannedTenantOf, reading, type TenantActionDeps, tenantField, tenantOf } from './context.ts';

const input = z.strictObject({
  tenant: tenantField,
  cause: z.enum(OFFBOARDING_CAUSES),
  reason: z.string().min(1),
  authority: z.string().min(1),
  second_authority: z.string().optional().describe('Empty: nobody'),
  delete_data: z.boolean().default(true),
  erasure_request: z.boolean().default(false),
});
const output = z.strictObject({ tenant_id: z.string(), offboarding_id: z.string(), ends_at: z.iso.datetime() });
type Input = z.output<typeof input>;
type Output = z.output<typeof output>;

const undoFacts = z.object({ tenant_id: z.string(), offboarding_id: z.string() });

export const offboardAction = ({ database }: TenantActionDeps) =>
  defineAction<Input, Output>({
    name: 'tenant.offboard',
    version: 1,
    summary: 'Announces the end of the tenant; its administrators are told',
    delivery: 'idempotent',
    undoability: 'reversible',
    input,
    output,

    async plan(ctx, wanted) {
      const tenantId = plannedTenantOf(ctx, isKnown(wanted) ? wanted.tenant : undefined);
      const tenant = tenantId === undefined ? undefined : await reading(database, (tx) => findTenant(tx, tenantId));
      const change = { verb: 'change' as const, kind: 'offboarding', name: tenant?.slug ?? 'a tenant' };
      if (!isKnown(wanted) || !isWhollyKnown(wanted)) return { changes: [change] };
      const { cause, reason, authority, second_authority: second, erasure_request: erasureRequest } = wanted as Input;
      const secondAuthority = second || undefined;
      const { endsAt } = decideOffboarding({ cause, reason, authority, secondAuthority, erasureRequest }, ctx.now);
      return { changes: [{ ...change, after: { cause, ends_at: endsAt.toISOString() } }] };
    },

    async apply(ctx, { tenant, second_authority: second, delete_data, erasure_request, ...wish }) {
      const tenantId = tenantOf(ctx, tenant);
      return asStep(database, ctx, async (step): Promise<Applied<Output>> => {
        const made = await offboardTenant(step, {
          tenantId,
          ...wish,
          secondAuthority: second || undefined,
          deleteData: delete_data,
          erasureRequest: erasure_request,
          key: ctx.key,
        });
        const facts = { tenant_id: tenantId, offboarding_id: made.id };
        return {
          output: { ...facts, ends_at: made.endsAt.toISOString() },
          resources: [{ kind: 'offboarding', externalId: made.id, name: made.slug, claim: 'created', undo: facts }],
        };
      });
    },

    async verify(_ctx, { cause }, { output: made }) {
      const found = await reading(database, (tx) => findOffboarding(tx, made.tenant_id));
      const expected = { id: made.offboarding_id, cause, ends_at: made.ends_at, cancelled: false };
      const actual = {
        id: found?.id ?? null,
        cause: found?.cause ?? null,
        ends_at: found?.endsAt.toISOString() ?? null,
        cancelled: found?.state === 'cancelled',
      };
      const ok = actual.id === expected.id && actual.ends_at === expected.ends_at && !actual.cancelled;
      return { ok, expected, actual, output: made };
    },

    async undo(ctx, resource) {
      const { tenant_id: tenantId, offboarding_id: id } = undoFacts.parse(resource.undo);
      const found = await reading(database, (tx) => findOffboarding(tx, tenantId));
      if (found === undefined || found.id !== id || found.state === 'cancelled') return { outcome: 'absent' };
      try {
        await asStep(database, ctx, (step) =>
          cancelOffboarding(step, { tenantId, reason: 'The offboarding was taken back.' }),
        );
        return { outcome: 'removed' };
      } catch (error) {
        if (isTenantryError(error) && error.code === 'tenant.not_found') {
          return { outcome: 'left', note: 'the data of the tenant is deleted' };
        }
        throw error;
      }
    },
  });

const found = z.strictObject({
  state: z.enum(['none', 'grace', 'offboarded', 'deleting', 'deleted', 'cancelled']),
  may_log_in: z.boolean(),
  ends_at: z.iso.datetime().optional(),
  /** Missing while the data is kept. */
  delete_after: z.iso.datetime().optional(),
  ended_at: z.iso.datetime().optional(),
  /** In tables of the control plane that must not keep any. */
  rows_left: z.int(),
  obstacle: z.string().optional(),
  certificate_sha256: z.string().optional(),
  /** Backups that still hold rows, in words. */
  backups_text: z.string(),
});

const backupList = z.array(z.object({ of: z.string(), stamp: z.string(), keep_until: z.string() }));
const certificate = z.object({ sha256: z.string(), backups_that_still_hold_rows: backupList });
const checkInput = z.strictObject({ tenant: tenantField });

export const offboardingCheck = ({ database }: TenantActionDeps) =>
  defineCheck<z.output<typeof checkInput>, z.output<typeof found>>({
    name: 'tenant.offboarding',
    version: 1,
    summary: 'How far the end of the tenant came, what is left of it, and the hash of the certificate',
    input: checkInput,
    output: found,
    run: (ctx, { tenant }) =>
      reading(database, async (tx) => {
        const tenantId = tenantOf(ctx, tenant);
        const row = await findOffboarding(tx, tenantId);
        const there = await findTenant(tx, tenantId);
        const left = unexpectedResidue(await countVisibleResidue(tx, tenantId));
        const proof = certificate.safeParse(row?.certificate).data;
        const backups = proof?.backups_that_still_hold_rows ?? [];
        return {
          state: row?.state ?? 'none',
          may_log_in:
            there !== undefined &&
            there.status !== 'offboarded' &&
            there.accessMode !== 'blocked' &&
            there.closedAt === null,
          ...(row === undefined ? {} : { ends_at: row.endsAt.toISOString() }),
          ...(row?.deleteAfter ? { delete_after: row.deleteAfter.toISOString() } : {}),
          ...(row?.endedAt ? { ended_at: row.endedAt.toISOString() } : {}),
          ...(typeof row?.obstacle?.message === 'string' ? { obstacle: row.obstacle.message } : {}),
          ...(proof === undefined ? {} : { certificate_sha256: proof.sha256 }),
          rows_left: left.reduce((sum, { rows }) => sum + rows, 0),
          backups_text:
            backups.length === 0
              ? 'no backup of a whole database'
              : backups
                  .map(({ of, stamp, keep_until }) => `${of} ${stamp} (until ${keep_until.slice(0, 10)})`)
                  .join(', '),
        };
      }),
  });
