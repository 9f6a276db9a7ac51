import { bug } from '@tenantry/contract';
import { z } from 'zod';
import { type Ctx, permit } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import { loadOperator } from '../operators/load-operator.ts';
import { parseInput } from '../parse-input.ts';
import { supportAccess } from '../tables.ts';
import { loadSupportedTenant, lockSupport, mustBePerson, type SupportRow, statusOf } from './load.ts';
import { assertMayGrantSupport, isClientAdmin, refused } from './policy.ts';

const HOUR_MS = 60 * 60_000;

export const supportWishSchema = z.strictObject({
  /** Id or slug. */
  tenant: z.string().max(100),
  reason: z.string().trim().min(10).max(1_000),
  hours: z.int().min(1).max(24),
  /** Somebody else: then it is granted at once, by the actor. */
  personId: z.uuid().optional(),
});

export type SupportWish = z.input<typeof supportWishSchema>;

/**
 * Asks for access to a tenant's data, for oneself, or gives it to another person of the vendor.
 *
 * @throws tenant.not_found, access.forbidden, access.support_refused, access.person_not_found, request.invalid
 */
export async function openSupport(ctx: Ctx, input: SupportWish): Promise<SupportRow> {
  const wish = parseInput(supportWishSchema, input);
  const actor = mustBePerson(ctx.actor);
  const forOther = wish.personId !== undefined && wish.personId !== actor.id;
  permit(actor, forOther ? 'support:grant' : 'support:request');
  const tenant = await loadSupportedTenant(ctx, wish.tenant);
  permit(actor, forOther ? 'support:grant' : 'support:request', {
    productId: tenant.productId,
    clientId: tenant.clientId,
  });
  const person = await loadOperator(ctx, wish.personId ?? actor.id);
  const [row] = await ctx.tx.orm
    .insert(supportAccess)
    .values({ tenantId: tenant.id, personId: person.id, reason: wish.reason, hours: wish.hours, askedAt: ctx.now })
    .returning({ id: supportAccess.id });
  if (row === undefined) throw bug('An INSERT … RETURNING gave no row.');
  await recordAudit(ctx, {
    action: 'support.asked',
    tenantId: tenant.id,
    subject: { kind: 'support_access', id: row.id, name: person.name },
    reason: wish.reason,
    detail: { personId: person.id, hours: wish.hours },
  });
  if (forOther) return grantSupport(ctx, row.id);
  return lockSupport(ctx, row.id);
}

/**
 * Lets the person in from now on, for as long as was asked for. Nobody grants it to themselves, whoever they are.
 *
 * @throws access.forbidden, access.support_not_found, access.support_refused
 */
export async function grantSupport(ctx: Ctx, id: string): Promise<SupportRow> {
  permit(ctx.actor, 'support:grant');
  const actor = mustBePerson(ctx.actor);
  const row = await lockSupport(ctx, id);
  if (row.personId === actor.id) throw refused('Nobody grants support access to themselves.', 'Ask somebody else.');
  await assertMayGrantSupport(ctx, actor, { id: row.tenantId, clientId: row.clientId });
  const status = statusOf(row, ctx.now);
  if (status !== 'asked')
    throw refused(`This support access is not waiting for an answer: it is ${status}.`, 'Ask for a new one.');
  const untilAt = new Date(ctx.now.getTime() + row.hours * HOUR_MS);
  await ctx.tx.query('update support_access set granted_by = $2, from_at = $3, until_at = $4 where id = $1', [
    id,
    actor.id,
    ctx.now,
    untilAt,
  ]);
  await recordAudit(ctx, {
    action: 'support.granted',
    tenantId: row.tenantId,
    subject: { kind: 'support_access', id, name: row.person },
    reason: row.reason,
    detail: { personId: row.personId, until: untilAt.toISOString() },
  });
  return lockSupport(ctx, id);
}

/**
 * Ends it, or answers a request with no: the person themselves, the client's admin, or whoever may grant. A second
 * call changes nothing. Every process refuses the person within `STALE_MS`.
 *
 * @throws access.forbidden, access.support_not_found, access.support_refused
 */
export async function endSupport(
  ctx: Ctx,
  input: { readonly id: string; readonly reason: string },
): Promise<SupportRow> {
  permit(ctx.actor, 'support:read');
  const actor = mustBePerson(ctx.actor);
  const row = await lockSupport(ctx, input.id);
  const own = row.personId === actor.id || isClientAdmin(actor, row);
  // Taking access away needs no policy: any owner may, and the client's admin always.
  if (!own && actor.party === 'client') throw refused(`${actor.name} does not speak for the client.`, 'Ask its admin.');
  if (!own) permit(actor, 'support:grant');
  if (['ended', 'lapsed'].includes(statusOf(row, ctx.now))) return row;
  await ctx.tx.query('update support_access set ended_at = $2, ended_by = $3, ended_reason = $4 where id = $1', [
    input.id,
    ctx.now,
    actor.id,
    input.reason,
  ]);
  await recordAudit(ctx, {
    action: 'support.ended',
    tenantId: row.tenantId,
    subject: { kind: 'support_access', id: input.id, name: row.person },
    reason: input.reason,
    detail: { personId: row.personId },
  });
  return lockSupport(ctx, input.id);
}
