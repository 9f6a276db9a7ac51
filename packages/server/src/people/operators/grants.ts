/** The rows of `grants`, and the invariants every change of them keeps. */
import { bug, TenantryError } from '@tenantry/contract';
import { and, eq, inArray } from 'drizzle-orm';
import { z } from 'zod';
import { type Ctx, PLATFORM_ROLE_NAMES } from '../../access/index.ts';
import type { Tx } from '../../db/index.ts';
import { grants, type Person } from '../tables.ts';

export const newGrantSchema = z
  .strictObject({
    role: z.enum(PLATFORM_ROLE_NAMES),
    productId: z.string().max(50).nullable().default(null),
    clientId: z.uuid().nullable().default(null),
    expiresAt: z.date().nullable().default(null),
  })
  .refine(({ role, productId, clientId }) => role !== 'owner' || (productId === null && clientId === null), {
    path: ['role'],
    message: 'owner reaches every product and client: it cannot be limited',
  });

export type NewGrant = z.input<typeof newGrantSchema>;
export type WantedGrant = z.output<typeof newGrantSchema>;
export type GrantSource = 'person' | 'idp' | 'setup';

/**
 * Held until the transaction ends by whoever changes grants or disables people, so that two owners who remove each
 * other at the same moment do it one after the other.
 */
export const lockGrants = (tx: Tx): Promise<unknown> =>
  tx.query(`select pg_advisory_xact_lock(hashtext('tenantry.grants'))`);

/**
 * After `lockGrants`: what the actor held when the request came may be gone by now.
 *
 * @throws access.forbidden
 */
export async function assertStillOwner({ tx, actor, now }: Ctx): Promise<void> {
  if (actor.kind === 'system') return;
  if (actor.kind === 'person' && (await isOwner(tx, actor.id, now))) return;
  throw new TenantryError('access.forbidden', 'Only an owner gives and takes roles.', { next: 'Ask an owner.' });
}

async function isOwner(tx: Tx, personId: string, now: Date): Promise<boolean> {
  const { rowCount } = await tx.query(
    `select from grants g join people p on p.id = g.person_id
     where p.id = $1 and p.disabled_at is null and g.role = 'owner' and (g.expires_at is null or g.expires_at > $2)`,
    [personId, now],
  );
  return rowCount > 0;
}

/**
 * After the change: somebody is still there who can give roles. A role that expires leaves nobody one day, and a
 * seeded stand-in is no owner where there are real ones.
 *
 * @throws access.last_owner
 */
export async function assertOwnerRemains(tx: Tx, changed: Pick<Person, 'name' | 'development'>): Promise<void> {
  const { rowCount } = await tx.query(
    `select from grants g join people p on p.id = g.person_id
     where g.role = 'owner' and g.expires_at is null and p.disabled_at is null and (not p.development or $1) limit 1`,
    [changed.development],
  );
  if (rowCount > 0) return;
  throw new TenantryError('access.last_owner', `${changed.name} is the last owner.`, {
    next: 'Make somebody else an owner first.',
  });
}

/** Whether the person is an owner for good: only then can a change of theirs leave nobody. */
export async function isLastingOwner(tx: Tx, personId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `select from grants where person_id = $1 and role = 'owner' and expires_at is null limit 1`,
    [personId],
  );
  return rowCount > 0;
}

/** @throws request.invalid for a role that would be over already, the same one twice, or a product or client that is not there */
export async function assertGrantsFit(
  { tx, now }: Pick<Ctx, 'tx' | 'now'>,
  wanted: readonly WantedGrant[],
): Promise<void> {
  const faults = wanted.flatMap(({ expiresAt }, index) =>
    expiresAt !== null && expiresAt <= now
      ? [{ path: `grants.${index}.expiresAt`, message: 'expects a time to come' }]
      : [],
  );
  const places = wanted.map(({ role, productId, clientId }) => `${role} ${productId} ${clientId}`);
  places.forEach((place, index) => {
    if (places.indexOf(place) !== index) faults.push({ path: `grants.${index}`, message: 'is there twice' });
  });
  const { rows } = await tx.query<{ index: number; what: string }>(
    `select (w.place - 1)::int as index,
            case when w.product_id is not null and p.id is null then 'productId' else 'clientId' end as what
     from unnest($1::text[], $2::uuid[]) with ordinality as w (product_id, client_id, place)
     left join products p on p.id = w.product_id left join clients c on c.id = w.client_id
     where (w.product_id is not null and p.id is null) or (w.client_id is not null and c.id is null)`,
    [wanted.map(({ productId }) => productId), wanted.map(({ clientId }) => clientId)],
  );
  for (const { index, what } of rows) faults.push({ path: `grants.${index}.${what}`, message: 'is not there' });
  if (faults.length === 0) return;
  throw new TenantryError('request.invalid', 'The roles cannot be given as they are written.', {
    faults,
    next: 'Correct the fields named in the faults.',
  });
}

/** Puts the wanted grants in the place of those from these sources. */
export async function writeGrants(
  ctx: Ctx,
  personId: string,
  wanted: readonly WantedGrant[],
  sources: { readonly replace: readonly GrantSource[]; readonly write: GrantSource },
): Promise<void> {
  await ctx.tx.orm
    .delete(grants)
    .where(and(eq(grants.personId, personId), inArray(grants.source, [...sources.replace])));
  if (wanted.length === 0) return;
  const grantedBy = ctx.actor.kind === 'person' ? ctx.actor.id : null;
  const written = await ctx.tx.orm
    .insert(grants)
    .values(wanted.map((grant) => ({ ...grant, personId, source: sources.write, grantedBy, at: ctx.now })))
    .returning({ id: grants.id });
  if (written.length !== wanted.length) throw bug('Not every grant was written.');
}

/** How a grant stands in the audit log. */
export const grantForAudit = ({ role, productId, clientId, expiresAt }: WantedGrant) => ({
  role,
  productId,
  clientId,
  expiresAt: expiresAt?.toISOString() ?? null,
});

export async function readGrants(tx: Tx, personId: string, sources: readonly GrantSource[]): Promise<WantedGrant[]> {
  return tx.orm
    .select({ role: grants.role, productId: grants.productId, clientId: grants.clientId, expiresAt: grants.expiresAt })
    .from(grants)
    .where(and(eq(grants.personId, personId), inArray(grants.source, [...sources])))
    .orderBy(grants.role, grants.productId, grants.clientId);
}
