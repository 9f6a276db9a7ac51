import { eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import { type Ctx, permit, type Scope } from '../access/index.ts';
import { createKey } from './create-key.ts';
import { createPerson, type NewPerson } from './create-person.ts';
import { type NewGrant, newGrantSchema, writeGrants } from './operators/index.ts';
import { grants, people } from './tables.ts';

export interface DevelopmentIdentity extends Omit<NewPerson, 'development'> {
  readonly key: { readonly name: string; readonly scopes: readonly Scope[] };
  /** Platform roles of a person of the vendor; an owner when left out. */
  readonly grants?: readonly NewGrant[];
}

export interface SeededIdentity {
  readonly id: string;
  readonly email: string;
  /** The key, if one was issued now: always for a new person, else only when asked, as no text is kept. */
  readonly key?: string;
}

/**
 * Makes sure that stand-ins for people exist, so that a first start needs nobody: each is flagged, and what it
 * approves counts in development only. May be called at every start. Earlier keys stay valid when new ones are issued.
 *
 * @throws access.forbidden, access.email_taken when the address is a real person's
 */
export async function seedDevelopmentIdentities(
  ctx: Ctx,
  identities: readonly DevelopmentIdentity[],
  options: { readonly reissueKeys?: boolean } = {},
): Promise<readonly SeededIdentity[]> {
  permit(ctx.actor, 'keys:write');
  // Two processes may start at once on an empty database.
  await ctx.tx.query(`select pg_advisory_xact_lock(hashtext('tenantry.seed_development_identities'))`);
  const seeded: SeededIdentity[] = [];
  for (const identity of identities) seeded.push(await seedOne(ctx, identity, options.reissueKeys === true));
  return seeded;
}

async function seedOne(ctx: Ctx, identity: DevelopmentIdentity, reissueKey: boolean): Promise<SeededIdentity> {
  const { key, grants: wanted = [{ role: 'owner' }], ...person } = identity;
  const [existing] = await ctx.tx.orm
    .select({ id: people.id, development: people.development })
    .from(people)
    .where(eq(sql`lower(${people.email})`, person.email.toLowerCase()));
  const found = existing?.development === true ? existing : undefined;
  // For a real person's address this is refused with access.email_taken.
  const { id } = found ?? (await createPerson(ctx, { ...person, development: true }));
  if (person.party === 'vendor') await giveOnce(ctx, id, wanted);
  if (found !== undefined && !reissueKey) return { id, email: person.email };
  const created = await createKey(ctx, { personId: id, name: key.name, scopes: [...key.scopes] });
  return { id, email: person.email, key: created.key };
}

/** Only while there are none: what was changed by hand since stays. */
async function giveOnce(ctx: Ctx, personId: string, wanted: readonly NewGrant[]): Promise<void> {
  const [held] = await ctx.tx.orm.select({ id: grants.id }).from(grants).where(eq(grants.personId, personId)).limit(1);
  if (held !== undefined) return;
  const full = z.array(newGrantSchema).parse(wanted);
  await writeGrants(ctx, personId, full, { replace: [], write: 'setup' });
}
