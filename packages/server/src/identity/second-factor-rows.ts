import { and, eq } from 'drizzle-orm';
import type { Tx } from '../db/index.ts';
import { userTotp } from './tables.ts';

export type TotpRow = typeof userTotp.$inferSelect;

const NOBODY = '00000000-0000-0000-0000-000000000000';

export async function findTotp(tx: Tx, tenantId: string, userId: string | undefined): Promise<TotpRow | undefined> {
  const [row] = await tx.orm
    .select()
    .from(userTotp)
    .where(and(eq(userTotp.tenantId, tenantId), eq(userTotp.userId, userId ?? NOBODY)));
  return row;
}

/** One that was confirmed; asks the same without a user, and answers no. */
export const hasSecondFactor = async (tx: Tx, tenantId: string, userId: string | undefined): Promise<boolean> =>
  ((await findTotp(tx, tenantId, userId))?.confirmedAt ?? null) !== null;
