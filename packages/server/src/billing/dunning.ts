/**
 * The clock that runs while a tenant owes something (CH-75): mails on their days, and a suspension for it on its own. What
 * follows thirty days later, the offboarding, is the tenants' own affair.
 */
import { randomUUID } from 'node:crypto';
import { isTenantryError } from '@tenantry/contract';
import { type Ctx, systemActor } from '../access/index.ts';
import type { Database, Tx } from '../db/index.ts';
import { billingRulesOf, type DunningStep, loadProduct } from '../products/index.ts';
import {
  cancelOffboarding,
  findOffboarding,
  findSuspension,
  listOpenSuspensions,
  loadTenant,
  lockTenant,
  reinstateTenant,
  suspendTenant,
  type Tenant,
} from '../tenants/index.ts';
import type { BillingDeps } from './billing-deps.ts';
import { dueSteps, suspendsAt } from './core/dunning.ts';
import { unpaidInvoices } from './object-rows.ts';

export const BILLING = systemActor('billing');
const BATCH = 200;

export interface Dunning {
  readonly id: string;
  readonly tenantId: string;
  readonly beganAt: Date;
  readonly steps: readonly DunningStep[];
  readonly stepsDone: number;
  readonly nextAt: Date | null;
  readonly suspensionId: string | null;
}

const COLUMNS = `id, tenant_id as "tenantId", began_at as "beganAt", steps, steps_done as "stepsDone",
  next_at as "nextAt", suspension_id as "suspensionId"`;

/** The one that runs. */
export async function findDunning(tx: Tx, tenantId: string): Promise<Dunning | undefined> {
  const { rows } = await tx.query<Dunning>(
    `select ${COLUMNS} from billing_dunnings where tenant_id = $1 and ended_at is null for update`,
    [tenantId],
  );
  return rows[0];
}

type Tell = Pick<BillingDeps, 'tellAdmins'>;

/**
 * Begins the clock of a tenant, or leaves the one that runs, and takes the steps that are due. The tenant is locked.
 *
 * @throws whatever keeps the tenant from being suspended
 */
export async function beginDunning(ctx: Ctx, tell: Tell, tenant: Tenant): Promise<Dunning> {
  const running = await findDunning(ctx.tx, tenant.id);
  if (running !== undefined) return running;
  const { dunning: steps } = billingRulesOf((await loadProduct(ctx.tx, tenant.productId)).profile);
  const { rows } = await ctx.tx.query<Dunning>(
    `insert into billing_dunnings (id, tenant_id, product_id, began_at, steps, next_at)
     values ($1, $2, $3, $4, $5, $4) returning ${COLUMNS}`,
    [randomUUID(), tenant.id, tenant.productId, ctx.now, JSON.stringify(steps)],
  );
  return takeSteps(ctx, tell, tenant, rows[0] as Dunning);
}

async function takeSteps(ctx: Ctx, tell: Tell, tenant: Tenant, dunning: Dunning): Promise<Dunning> {
  const due = dueSteps(dunning, ctx.now);
  const suspensionId = due.suspend ? await suspend(ctx, tenant) : dunning.suspensionId;
  const { rows } = await ctx.tx.query<Dunning>(
    `update billing_dunnings set steps_done = $2, next_at = $3, suspension_id = $4 where id = $1 returning ${COLUMNS}`,
    [dunning.id, due.stepsDone, due.nextAt, suspensionId],
  );
  const after = rows[0] as Dunning;
  if (due.mail !== undefined) await mail(ctx, tell, after, due.mail);
  return after;
}

/** Undefined where a person has suspended it for a payment already: then a person lifts that. */
async function suspend(ctx: Ctx, tenant: Tenant): Promise<string | null> {
  const open = await listOpenSuspensions(ctx.tx, tenant.id);
  if (open.some(({ cause }) => cause === 'payment_failure')) return null;
  const owed = await unpaidInvoices(ctx.tx, tenant.id);
  const names = owed.map(({ number, id }) => number ?? id).join(', ');
  const { id } = await suspendTenant(ctx, {
    tenantId: tenant.id,
    cause: 'payment_failure',
    reason: `The payment of invoice ${names} has failed.`,
    authority: 'billing system',
  });
  return id;
}

async function mail(ctx: Ctx, { tellAdmins }: Tell, dunning: Dunning, place: number): Promise<void> {
  const owed = await unpaidInvoices(ctx.tx, dunning.tenantId);
  const lines = owed.map(
    ({ number, id, amountDue, currency, payUrl }) =>
      `${number ?? id}: ${moneyText(amountDue, currency)}${payUrl === null ? '' : `, to be paid at ${payUrl}`}`,
  );
  const date = suspendsAt(dunning);
  await tellAdmins(ctx, {
    tenantId: dunning.tenantId,
    template: 'payment-overdue',
    key: `dunning:${dunning.id}/${place}`,
    values: {
      since: dunning.beganAt.toISOString().slice(0, 10),
      invoices: lines.join('; '),
      follows:
        date === undefined
          ? 'Your users can log in and read until it is paid. If nothing is paid for 30 days, the end of the service begins.'
          : `If it is not paid before ${date.toISOString().slice(0, 10)}, your users can only read from then on.`,
    },
  });
}

/** As people write money: the unit of a currency may have no hundredths, as that of JPY. */
export function moneyText(amount: number, currency: string): string {
  try {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency: currency.toUpperCase() });
    const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
    return format.format(amount / 10 ** digits);
  } catch {
    return `${amount} ${currency}`;
  }
}

/**
 * Ends the clock once nothing is owed, and lifts what it has brought: the suspension it made, that one cause and no other,
 * and the end it would have come to. Answers what came of it, in words.
 *
 * @throws whatever keeps the tenant from being reinstated
 */
export async function endDunning(ctx: Ctx, tenant: Tenant, paid: string): Promise<string> {
  if ((await unpaidInvoices(ctx.tx, tenant.id)).length > 0) return 'Other invoices are still unpaid.';
  const dunning = await findDunning(ctx.tx, tenant.id);
  if (dunning === undefined) return 'Nothing was owed.';
  await ctx.tx.query('update billing_dunnings set ended_at = $2, outcome = $3, next_at = null where id = $1', [
    dunning.id,
    ctx.now,
    paid,
  ]);
  return lift(ctx, tenant, dunning, paid);
}

async function lift(ctx: Ctx, tenant: Tenant, { suspensionId }: Dunning, paid: string): Promise<string> {
  const { id: tenantId } = tenant;
  const leaving = await findOffboarding(ctx.tx, tenantId);
  if (leaving?.state === 'grace' && leaving.cause === 'non_payment' && leaving.authority === 'dunning') {
    await cancelOffboarding(ctx, { tenantId, reason: paid, authority: 'billing system' });
  }
  const made = suspensionId === null ? undefined : await findSuspension(ctx.tx, tenantId, suspensionId);
  const { status } = await loadTenant(ctx.tx, tenantId);
  if (made === undefined || made.endedAt !== null || status !== 'suspended') {
    const open = await listOpenSuspensions(ctx.tx, tenantId);
    return open.some(({ cause }) => cause === 'payment_failure')
      ? 'Paid. A person has suspended the tenant for a payment, and lifts that.'
      : `Paid. The tenant is ${status}.`;
  }
  const { current, remaining } = await reinstateTenant(ctx, {
    tenantId,
    cause: 'payment_failure',
    resolution: paid,
    authority: 'billing system',
  });
  return remaining.length === 0
    ? `Paid. The tenant is ${current.status} again.`
    : `Paid. The tenant stays suspended for ${remaining.map(({ cause }) => cause).join(', ')}.`;
}

/** Takes the steps that are due, each tenant in a transaction of its own. Answers how many were dealt with. */
export async function keepDunnings(database: Database, tell: Tell, now: Date): Promise<number> {
  const { rows } = await database.transaction('worker', (tx) =>
    tx.query<{ tenantId: string }>(
      `select tenant_id as "tenantId" from billing_dunnings where next_at <= $1 order by next_at limit ${BATCH}`,
      [now],
    ),
  );
  for (const { tenantId } of rows) {
    try {
      await database.transaction('worker', (tx) => stepOf({ tx, actor: BILLING, now }, tell, tenantId));
    } catch (error) {
      if (!isTenantryError(error) || error.kind !== 'refusal') throw error;
      // A tenant that can be suspended no more, such as one that has left: nothing is left to be dunned.
      await database.transaction('worker', (tx) =>
        tx.query(
          `update billing_dunnings set ended_at = $2, next_at = null, outcome = $3 where tenant_id = $1 and ended_at is null`,
          [tenantId, now, error.message],
        ),
      );
    }
  }
  return rows.length;
}

async function stepOf(ctx: Ctx, tell: Tell, tenantId: string): Promise<void> {
  const tenant = await lockTenant(ctx, tenantId);
  // It may have been paid since it was looked up.
  const dunning = await findDunning(ctx.tx, tenantId);
  if (dunning?.nextAt != null && dunning.nextAt.getTime() <= ctx.now.getTime())
    await takeSteps(ctx, tell, tenant, dunning);
}
