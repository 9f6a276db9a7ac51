/** What every change of a user's address needs. */
import { bug, TenantryError } from '@tenantry/contract';
import { and, eq } from 'drizzle-orm';
import { z } from 'zod';
import type { Ctx } from '../access/index.ts';
import { findUserByEmail, type UserRow } from './load.ts';
import { users } from './tables.ts';

/** @throws request.invalid */
export function parseEmail(text: string): string {
  const parsed = z.email().max(320).safeParse(text.trim());
  if (parsed.success) return parsed.data;
  throw invalidEmail('is not an e-mail address');
}

export const invalidEmail = (message: string): TenantryError =>
  new TenantryError('request.invalid', `The address cannot be changed: it ${message}.`, {
    faults: [{ path: 'email', message }],
    next: 'Give another address.',
  });

/** Upper and lower case are one address. */
export const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

/** Whether another user of the tenant has the address. */
export async function isTaken({ tx }: Pick<Ctx, 'tx'>, { tenantId, id }: UserRow, email: string): Promise<boolean> {
  const holder = await findUserByEmail(tx, tenantId, email);
  return holder !== undefined && holder.id !== id;
}

/** Whoever has another address than they registered with has not registered with that one (CH-63). */
export async function writeEmail(
  { tx, now }: Pick<Ctx, 'tx' | 'now'>,
  user: UserRow,
  change: Partial<typeof users.$inferInsert>,
): Promise<UserRow> {
  const [row] = await tx.orm
    .update(users)
    .set({ ...change, selfRegistered: false, version: user.version + 1, updatedAt: now })
    .where(and(eq(users.id, user.id), eq(users.tenantId, user.tenantId)))
    .returning();
  if (row === undefined) throw bug('The user whose address changes is gone.');
  return row;
}
