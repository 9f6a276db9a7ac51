import { and, asc, eq, gt, sql } from 'drizzle-orm';
import { type Ctx, permit } from '../access/index.ts';
import { type Person, people } from './tables.ts';

export interface PeopleRequest {
  /** The address of the last person of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** What the unique index is on, so that a page is read from it. */
const address = sql<string>`lower(${people.email})`;

/**
 * People by e-mail address, the disabled ones too. A client's person sees those of their own client.
 *
 * @throws access.forbidden
 */
export async function listPeople(ctx: Ctx, { after, limit }: PeopleRequest): Promise<readonly Person[]> {
  permit(ctx.actor, 'keys:write');
  const own = ctx.actor.kind === 'person' ? ctx.actor.clientId : undefined;
  return ctx.tx.orm
    .select()
    .from(people)
    .where(
      and(
        own === undefined ? undefined : eq(people.clientId, own),
        after === undefined ? undefined : gt(address, after.toLowerCase()),
      ),
    )
    .orderBy(asc(address))
    .limit(limit);
}
