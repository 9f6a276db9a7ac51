import { TenantryError } from '@tenantry/contract';
import { and, asc, eq, gt, sql } from 'drizzle-orm';
import { columnsOf, type Tx } from '../db/index.ts';
import type { SessionUser } from './authentication.ts';
import { type UserStatus, users } from './tables.ts';

/** A user of a tenant, without what proves that it is them. */
export interface User {
  readonly id: string;
  readonly tenantId: string;
  readonly email: string;
  readonly fullName: string;
  readonly role: string;
  readonly status: UserStatus;
  readonly pilot: boolean;
  readonly mustChangePassword: boolean;
  readonly temporaryExpiresAt: Date | null;
  readonly emailVerifiedAt: Date | null;
  readonly lastLoginAt: Date | null;
  readonly createdAt: Date;
}

export type UserRow = typeof users.$inferSelect;

export const toUser = (row: UserRow): User => ({
  id: row.id,
  tenantId: row.tenantId,
  email: row.email,
  fullName: row.fullName,
  role: row.role,
  status: row.status,
  pilot: row.pilot,
  mustChangePassword: row.mustChangePassword,
  temporaryExpiresAt: row.temporaryExpiresAt,
  emailVerifiedAt: row.emailVerifiedAt,
  lastLoginAt: row.lastLoginAt,
  createdAt: row.createdAt,
});

export const toSessionUser = (row: UserRow): SessionUser => ({
  id: row.id,
  tenantId: row.tenantId,
  email: row.email,
  fullName: row.fullName,
  role: row.role,
  emailVerified: row.emailVerifiedAt !== null,
  mustChangePassword: row.mustChangePassword,
});

const COLUMNS = columnsOf(users);

const BY_EMAIL = {
  name: 'identity-user-by-email',
  text: `select ${COLUMNS} from users where tenant_id = $1 and lower(email) = lower($2)`,
};

const LOCK = {
  name: 'identity-user-lock',
  text: `select ${COLUMNS} from users where tenant_id = $1 and id = $2 for update`,
};

/** Upper and lower case are one address. */
export async function findUserByEmail(tx: Tx, tenantId: string, email: string): Promise<UserRow | undefined> {
  const { rows } = await tx.query<UserRow>(BY_EMAIL, [tenantId, email]);
  return rows[0];
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

/** The user, held until the transaction ends. @throws user.not_found */
export async function lockUser(tx: Tx, tenantId: string, userId: string): Promise<UserRow> {
  const { rows } = await tx.query<UserRow>(LOCK, [tenantId, userId]);
  const [row] = rows;
  if (row === undefined) throw notFound(userId);
  return row;
}

export interface UserPageRequest {
  readonly limit: number;
  /** Address of the last user of the page before, in lower case. */
  readonly after?: string | undefined;
}

/** By address, in lower case. */
export async function listUsers(
  tx: Tx,
  tenantId: string,
  { limit, after }: UserPageRequest = { limit: 1_000 },
): Promise<readonly User[]> {
  const address = sql<string>`lower(${users.email})`;
  const rows = await tx.orm
    .select()
    .from(users)
    .where(and(eq(users.tenantId, tenantId), ...(after === undefined ? [] : [gt(address, after)])))
    .orderBy(asc(address))
    .limit(limit);
  return rows.map(toUser);
}

/** @throws user.not_found */
export async function loadUser(tx: Tx, tenantId: string, userId: string): Promise<User> {
  const row = await findUser(tx, tenantId, userId);
  if (row !== undefined) return toUser(row);
  throw notFound(userId);
}

export const notFound = (userId: string): TenantryError =>
  new TenantryError('user.not_found', `The tenant has no user ${userId}.`, { next: 'Check the id.' });
