/** Whatever can be done to a tenant's life, by anybody, as a property test draws it. */
import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { type Actor, type Ctx, systemActor } from '../access/index.ts';
import { type ExportDeps, exportTenant } from '../export/index.ts';
import {
  CAUSES,
  cancelOffboarding,
  cancelPlanChange,
  changePlan,
  closeAccess,
  hastenDeletion,
  offboardTenant,
  openAccess,
  reinstateTenant,
  reportUsage,
  type Status,
  setLegalHold,
  setStatus,
  setTrialEnd,
  suspendTenant,
} from '../tenants/index.ts';
import { clientPerson, operator, reader } from '../tenants/testing/registry.ts';

const DAY = 86_400_000;

export interface Act {
  readonly name: string;
  /** Asks for this status and for nothing else. */
  readonly sets?: Status;
  /** What no state of a tenant makes right. */
  readonly isWrong?: true;
  run(ctx: Ctx, tenantId: string): Promise<unknown>;
}

/** May do all of it, as a person and as the machinery. */
const MAY: readonly Actor[] = [{ ...operator, scopes: [...operator.scopes, 'metrics:write'] }, systemActor('billing')];
/** May look only; somebody of a client that is not the tenant's. */
export const MAY_NOT: readonly Actor[] = [reader, clientPerson(randomUUID())];

export const anybody: fc.Arbitrary<Actor> = fc.oneof(
  { arbitrary: fc.constantFrom(...MAY), weight: 5 },
  { arbitrary: fc.constantFrom(...MAY_NOT), weight: 1 },
);

const suspend: fc.Arbitrary<Act> = fc.constantFrom(...CAUSES).map((cause) => ({
  name: `suspend ${cause}`,
  run: (ctx, tenantId) => suspendTenant(ctx, { tenantId, cause, reason: 'r', authority: 'Ann' }),
}));
const reinstate: fc.Arbitrary<Act> = fc.option(fc.constantFrom(...CAUSES), { nil: undefined }).map((cause) => ({
  name: `reinstate ${cause ?? 'all'}`,
  run: (ctx, tenantId) => reinstateTenant(ctx, { tenantId, cause, resolution: 'r' }),
}));
const set: fc.Arbitrary<Act> = fc.constantFrom<Status>('trial', 'active', 'offboarded', 'onboarding').map((status) => ({
  name: `set ${status}`,
  sets: status,
  run: (ctx, tenantId) => setStatus(ctx, { tenantId, status }),
}));
const plan: fc.Arbitrary<Act> = fc
  .record({
    name: fc.constantFrom('free', 'starter', 'professional', 'enterprise', 'gold'),
    due: fc.constantFrom(undefined, 1, 20),
  })
  .map(({ name, due }) => ({
    name: `plan ${name} ${due === undefined ? 'now' : `in ${due} days`}`,
    ...(name === 'gold' ? { isWrong: true } : {}),
    run: (ctx, tenantId) =>
      changePlan(ctx, {
        tenantId,
        plan: name,
        reason: 'r',
        ...(due === undefined ? {} : { dueAt: new Date(ctx.now.getTime() + due * DAY) }),
      }),
  }));
const offboard: fc.Arbitrary<Act> = fc
  .record({
    cause: fc.constantFrom('customer_request', 'contract_end', 'non_payment', 'terms_violation' as const),
    two: fc.boolean(),
    deleteData: fc.boolean(),
  })
  .map(({ cause, two, deleteData }) => ({
    name: `offboard ${cause}${two ? ' by two' : ''}${deleteData ? '' : ' and keep'}`,
    run: (ctx, tenantId) =>
      offboardTenant(ctx, {
        tenantId,
        cause,
        reason: 'r',
        authority: 'Ann',
        secondAuthority: two ? 'Bob' : undefined,
        deleteData,
      }),
  }));
/** 0 and a limit passed are counts like others; what is negative, fractional, no number or of tomorrow is none. */
const usage: fc.Arbitrary<Act> = fc
  .record({ used: fc.constantFrom(0, 3, 1_000, -1, 1.5, Number.NaN), aheadMs: fc.constantFrom(0, 0, DAY) })
  .map(({ used, aheadMs }) => ({
    name: `use ${used}`,
    ...(Number.isSafeInteger(used) && used >= 0 && aheadMs === 0 ? {} : { isWrong: true }),
    run: (ctx, tenant) =>
      reportUsage(ctx, {
        tenant,
        meter: 'projects',
        used,
        source: 's',
        countedAt: new Date(ctx.now.getTime() + aheadMs),
      }),
  }));

const simple = (name: string, run: Act['run']): fc.Arbitrary<Act> => fc.constant({ name, run });

/** `exports`: what an export reads from; it goes to its end, and is held against nothing here. */
export const anything = (exports: ExportDeps): fc.Arbitrary<Act> =>
  fc.oneof(
    suspend,
    suspend,
    reinstate,
    set,
    plan,
    offboard,
    offboard,
    usage,
    simple('cancel', (ctx, tenantId) => cancelOffboarding(ctx, { tenantId, reason: 'r' })),
    simple('hasten', (ctx, tenantId) => hastenDeletion(ctx, { tenantId, reason: 'r' })),
    simple('hold', (ctx, tenantId) => setLegalHold(ctx, { tenantId, hold: true, reason: 'r' })),
    simple('lift', (ctx, tenantId) => setLegalHold(ctx, { tenantId, hold: false, reason: 'r' })),
    simple('keep plan', (ctx, tenantId) => cancelPlanChange(ctx, { tenantId, reason: 'r' })),
    simple('prolong', (ctx, tenantId) =>
      setTrialEnd(ctx, { tenantId, endsAt: new Date(ctx.now.getTime() + 9 * DAY), reason: 'r' }),
    ),
    simple('close', (ctx, tenant) => closeAccess(ctx, { tenant, reason: 'r' })),
    simple('open', (ctx, tenant) => openAccess(ctx, { tenant, reason: 'r' })),
    simple('export', async ({ actor }, tenant) =>
      buffer((await exportTenant(exports, actor, { tenant, format: 'json' })).stream),
    ),
  );
