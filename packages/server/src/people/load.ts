import { TenantryError } from '@tenantry/contract';
import { eq } from 'drizzle-orm';
import type { Actor, Ctx } from '../access/index.ts';
import { apiKeys, type Person, people } from './tables.ts';

/**
 * The person, or a refusal that does not tell a client's people who else exists.
 *
 * @throws access.person_not_found
 */
export async function loadPerson(ctx: Ctx, personId: string): Promise<Person> {
  const [person] = await ctx.tx.orm.select().from(people).where(eq(people.id, personId));
  if (person !== undefined && canSee(ctx.actor, person)) return person;
  throw new TenantryError('access.person_not_found', `There is no person ${personId}.`, {
    next: 'Check the id.',
    facts: { personId },
  });
}

/** @throws access.key_not_found */
export async function loadKey(ctx: Ctx, keyId: string) {
  const [row] = await ctx.tx.orm
    .select({ id: apiKeys.id, name: apiKeys.name, revokedAt: apiKeys.revokedAt, person: people })
    .from(apiKeys)
    .innerJoin(people, eq(people.id, apiKeys.personId))
    .where(eq(apiKeys.id, keyId));
  if (row !== undefined && canSee(ctx.actor, row.person)) return row;
  throw new TenantryError('access.key_not_found', `There is no key ${keyId}.`, {
    next: 'Take the id from the list of keys.',
    facts: { keyId },
  });
}

const canSee = (actor: Actor, person: Person): boolean =>
  actor.kind !== 'user' &&
  (actor.kind !== 'person' || actor.clientId === undefined || actor.clientId === person.clientId);
