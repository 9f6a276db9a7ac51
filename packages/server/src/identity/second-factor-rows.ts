import { columnsOf, type Tx } from '../db/index.ts';
import { userTotp } from './tables.ts';

export type TotpRow = typeof userTotp.$inferSelect;

const FIND = {
  name: 'identity-totp',
  text: `select ${columnsOf(userTotp)} from user_totp where tenant_id = $1 and user_id = $2`,
};

/** SQL: whether a user of the tenant `$1` has one that was confirmed. */
export const hasConfirmedTotp = (userId: string): string =>
  `exists (select from user_totp where tenant_id = $1 and user_id = ${userId} and confirmed_at is not null)`;

export async function findTotp(tx: Tx, tenantId: string, userId: string): Promise<TotpRow | undefined> {
  const { rows } = await tx.query<TotpRow>(FIND, [tenantId, userId]);
  return rows[0];
}

/** One that was confirmed. */
export const hasSecondFactor = async (tx: Tx, tenantId: string, userId: string): Promise<boolean> =>
  ((await findTotp(tx, tenantId, userId))?.confirmedAt ?? null) !== null;
