import { TenantryError } from '@tenantry/contract';
import { and, asc, eq, sql } from 'drizzle-orm';
import type { Tx } from '../db/index.ts';
import { users } from './tables.ts';

/** A user of a tenant, without what proves that it is them. */
export interface User {
  readonly id: string;
  readonly tenantId: string;
  readonly email: string;
  readonly fullName: string;
  readonly role: string;
  readonly status: 'active' | 'disabled';
  readonly mustChangePassword: boolean;
  readonly temporaryExpiresAt: Date | null;
}

export type UserRow = typeof users.$inferSelect;

export const toUser = (row: UserRow): User => ({
  id: row.id,
  tenantId: row.tenantId,
  email: row.email,
  fullName: row.fullName,
  role: row.role,
  status: row.status,
  mustChangePassword: row.mustChangePassword,
  temporaryExpiresAt: row.temporaryExpiresAt,
});

/** Upper and lower case are one address. */
export async function findUserByEmail(tx: Tx, tenantId: string, email: string): Promise<UserRow | undefined> {
  const [row] = await tx.orm
    .select()
    .from(users)
    .where(and(eq(users.tenantId, tenantId), sql`lower(${users.email}) = lower(${email})`));
  return row;
}

/** The user made under a key; undefined without one. */
export async function findUserByKey(tx: Tx, tenantId: string, key: string | undefined): Promise<UserRow | undefined> {
  if (key === undefined) return undefined;
  const [row] = await tx.orm
    .select()
    .from(users)
    .where(and(eq(users.tenantId, tenantId), eq(users.createdKey, key)));
  return row;
}

export async function findUser(tx: Tx, tenantId: string, userId: string): Promise<UserRow | undefined> {
  const [row] = await tx.orm
    .select()
    .from(users)
    .where(and(eq(users.tenantId, tenantId), eq(users.id, userId)));
  return row;
}

export async function listUsers(tx: Tx, tenantId: string): Promise<readonly User[]> {
  const rows = await tx.orm.select().from(users).where(eq(users.tenantId, tenantId)).orderBy(asc(users.email));
  return rows.map(toUser);
}

/** @throws user.not_found */
export async function loadUser(tx: Tx, tenantId: string, userId: string): Promise<User> {
  const row = await findUser(tx, tenantId, userId);
  if (row !== undefined) return toUser(row);
  throw new TenantryError('user.not_found', `The tenant has no user ${userId}.`, { next: 'Check the id.' });
}
