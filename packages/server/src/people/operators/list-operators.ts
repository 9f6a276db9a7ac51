import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { type Ctx, permit } from '../../access/index.ts';
import { grants, operatorSessions, type Person, people } from '../tables.ts';
import type { GrantSource, WantedGrant } from './grants.ts';
import { loadOperator } from './load-operator.ts';

export interface GrantRow extends WantedGrant {
  readonly source: GrantSource;
  readonly grantedBy: string | null;
  readonly at: Date;
}

export interface Operator extends Person {
  readonly grants: readonly GrantRow[];
  readonly signedInAt: Date | null;
}

const address = sql<string>`lower(${people.email})`;

/** People of the vendor by e-mail address, with what each may do; the disabled ones too. @throws access.forbidden */
export async function listOperators(
  ctx: Ctx,
  { after, limit }: { readonly after?: string | undefined; readonly limit: number },
): Promise<readonly Operator[]> {
  permit(ctx.actor, 'operators:read');
  const rows = await ctx.tx.orm
    .select()
    .from(people)
    .where(and(eq(people.party, 'vendor'), after === undefined ? undefined : gt(address, after.toLowerCase())))
    .orderBy(asc(address))
    .limit(limit);
  return withGrants(ctx, rows);
}

/** @throws access.forbidden, access.person_not_found */
export async function readOperator(ctx: Ctx, personId: string): Promise<Operator> {
  permit(ctx.actor, 'operators:read');
  const person = await loadOperator(ctx, personId);
  const [operator] = await withGrants(ctx, [person]);
  return operator ?? { ...person, grants: [], signedInAt: null };
}

async function withGrants({ tx }: Ctx, rows: readonly Person[]): Promise<readonly Operator[]> {
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0) return [];
  const granter = alias(people, 'granter');
  const held = await tx.orm
    .select({ grant: grants, granter: granter.name })
    .from(grants)
    .leftJoin(granter, eq(granter.id, grants.grantedBy))
    .where(inArray(grants.personId, ids))
    .orderBy(grants.role, grants.productId, grants.clientId);
  const seen = await tx.orm
    .select({
      personId: operatorSessions.personId,
      at: sql<Date>`max(${operatorSessions.createdAt})`.mapWith(operatorSessions.createdAt),
    })
    .from(operatorSessions)
    .where(inArray(operatorSessions.personId, ids))
    .groupBy(operatorSessions.personId);
  return rows.map((person) => ({
    ...person,
    grants: held
      .filter(({ grant }) => grant.personId === person.id)
      .map(({ grant, granter: grantedBy }) => ({ ...grant, grantedBy })),
    signedInAt: seen.find(({ personId }) => personId === person.id)?.at ?? null,
  }));
}
