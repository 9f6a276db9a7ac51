import type { Tx } from '../db/index.ts';
import { IMPORTED_COST_MAX } from './core/password.ts';

/** Of the tenant `$1`. */
export const IMPORTED_COST = `select max(substring(password_hash from 5 for 2)::int) as cost from users
  where tenant_id = $1 and password_hash like '$2%'`;

export const toImportedCost = (cost: number | null | undefined): number | undefined =>
  typeof cost === 'number' ? Math.min(cost, IMPORTED_COST_MAX) : undefined;

/** The highest cost among the bcrypt hashes of a tenant; undefined where it has none. */
export async function findImportedCost(tx: Tx, tenantId: string): Promise<number | undefined> {
  const statement = { name: 'identity-imported-cost', text: IMPORTED_COST };
  const { rows } = await tx.query<{ cost: number | null }>(statement, [tenantId]);
  return toImportedCost(rows[0]?.cost);
}
