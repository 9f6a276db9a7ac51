import { TenantryError, toWireId } from '@tenantry/contract';
import { and, eq } from 'drizzle-orm';
import type { Ctx } from '../../access/index.ts';
import { type Person, people } from '../tables.ts';

/** A person of the vendor. @throws access.person_not_found, also for people of clients */
export async function loadOperator({ tx }: Pick<Ctx, 'tx'>, personId: string): Promise<Person> {
  const [person] = await tx.orm
    .select()
    .from(people)
    .where(and(eq(people.id, personId), eq(people.party, 'vendor')));
  if (person !== undefined) return person;
  throw new TenantryError('access.person_not_found', `There is no operator ${toWireId('person', personId)}.`, {
    next: 'Take the id from tenantry operator list.',
    facts: { personId },
  });
}
