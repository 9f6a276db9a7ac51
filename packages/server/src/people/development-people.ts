/** The seeded stand-ins of a development installation, for the page that signs in as one of them. */
import { TenantryError } from '@tenantry/contract';
import { and, asc, eq, isNull } from 'drizzle-orm';
import type { Tx } from '../db/index.ts';
import { people } from './tables.ts';

export interface DevelopmentPerson {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
}

const isStandIn = and(eq(people.development, true), eq(people.party, 'vendor'), isNull(people.disabledAt));
const columns = { id: people.id, name: people.name, roles: people.roles };

export const listDevelopmentPeople = (tx: Tx): Promise<readonly DevelopmentPerson[]> =>
  tx.orm.select(columns).from(people).where(isStandIn).orderBy(asc(people.name));

/** @throws request.not_found also for a real person: nobody is impersonated */
export async function findDevelopmentPerson(tx: Tx, id: string): Promise<DevelopmentPerson> {
  const [found] = await tx.orm
    .select(columns)
    .from(people)
    .where(and(isStandIn, eq(people.id, id)));
  if (found !== undefined) return found;
  throw new TenantryError('request.not_found', 'There is no such stand-in.', { next: 'Pick one of those shown.' });
}
