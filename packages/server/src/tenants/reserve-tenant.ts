import { randomUUID } from 'node:crypto';
import { TenantryError } from '@tenantry/contract';
import { and, eq, ne } from 'drizzle-orm';
import { type Ctx, permit } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Tx } from '../db/index.ts';
import { loadProduct } from '../products/index.ts';
import { assertSlug } from './core/slug.ts';
import { tenantReservations, tenants } from './tables.ts';

export interface Reservation {
  /** The id the tenant will have: a lower-case UUID v4 (REG-18). */
  readonly id: string;
  readonly slug: string;
  readonly productId: string;
  readonly clientId: string | null;
  readonly runId: string;
}

export interface ReserveInput {
  readonly runId: string;
  readonly slug: string;
  readonly productId: string;
  readonly clientId?: string | undefined;
}

const reserved = {
  id: tenantReservations.id,
  slug: tenantReservations.slug,
  productId: tenantReservations.productId,
  clientId: tenantReservations.clientId,
  runId: tenantReservations.runId,
};

/**
 * Holds an id and a slug for a run from its start, so that what its plan shows stays true. The same run again gets
 * the same id, also after its slug was corrected.
 *
 * @throws tenant.slug_taken, tenant.slug_reserved, request.invalid, product.not_found
 */
export async function reserveTenant(ctx: Ctx, input: ReserveInput): Promise<Reservation> {
  permit(ctx.actor, 'runs:write');
  const { runId, slug, productId } = input;
  const clientId = input.clientId ?? null;
  const { profile } = await loadProduct(ctx.tx, productId);
  assertSlug(slug, profile.reserved_slug_suffixes);
  await lockSlug(ctx.tx, slug);
  const earlier = await findReservation(ctx.tx, runId);
  if (earlier?.slug === slug && earlier.productId === productId && earlier.clientId === clientId) return earlier;
  const id = earlier?.id ?? randomUUID();
  await assertSlugFree(ctx.tx, slug, id);
  if (earlier !== undefined) await dropReservation(ctx.tx, runId);
  const reservation = { id, slug, productId, clientId, runId };
  await ctx.tx.orm.insert(tenantReservations).values({ ...reservation, reservedAt: ctx.now });
  await recordAudit(ctx, {
    action: 'tenant.reserved',
    runId,
    subject: { kind: 'tenant', id, name: slug },
  });
  return reservation;
}

/**
 * What reserving would refuse, without reserving anything: for plans.
 *
 * @throws tenant.slug_taken, tenant.slug_reserved, request.invalid, product.not_found
 */
export async function checkSlugFree(ctx: Ctx, { slug, productId }: Omit<ReserveInput, 'runId'>): Promise<void> {
  const { profile } = await loadProduct(ctx.tx, productId);
  assertSlug(slug, profile.reserved_slug_suffixes);
  await assertSlugFree(ctx.tx, slug, '00000000-0000-4000-8000-000000000000');
}

/** Lets go of what a run holds, when it ends. The tenant, if it was made, keeps id and slug. Safe to repeat. */
export async function releaseReservation(ctx: Ctx, runId: string): Promise<boolean> {
  permit(ctx.actor, 'runs:write');
  const earlier = await dropReservation(ctx.tx, runId);
  if (earlier === undefined) return false;
  await recordAudit(ctx, {
    action: 'tenant.reservation_released',
    runId,
    subject: { kind: 'tenant', id: earlier.id, name: earlier.slug },
  });
  return true;
}

export async function findReservation(tx: Tx, runId: string): Promise<Reservation | undefined> {
  const [row] = await tx.orm.select(reserved).from(tenantReservations).where(eq(tenantReservations.runId, runId));
  return row;
}

async function dropReservation(tx: Tx, runId: string): Promise<Reservation | undefined> {
  const [row] = await tx.orm.delete(tenantReservations).where(eq(tenantReservations.runId, runId)).returning(reserved);
  return row;
}

/**
 * A slug must be free in two tables at once, which no unique constraint can say: whoever takes a slug holds this
 * lock until the transaction ends.
 */
export async function lockSlug(tx: Tx, slug: string): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended('tenant slug ' || $1, 0))", [slug]);
}

/** @throws tenant.slug_taken when a tenant or a reservation other than `ownId` has the slug */
export async function assertSlugFree(tx: Tx, slug: string, ownId: string): Promise<void> {
  const [tenant] = await tx.orm
    .select({ id: tenants.id })
    .from(tenants)
    .where(and(eq(tenants.slug, slug), ne(tenants.id, ownId)));
  const [held] = await tx.orm
    .select({ runId: tenantReservations.runId })
    .from(tenantReservations)
    .where(and(eq(tenantReservations.slug, slug), ne(tenantReservations.id, ownId)));
  if (tenant === undefined && held === undefined) return;
  const holder = tenant === undefined ? 'is held by another run' : 'belongs to another tenant';
  throw new TenantryError('tenant.slug_taken', `The slug "${slug}" ${holder}.`, {
    facts: { slug },
    next: 'Choose another slug in the intake.',
  });
}
