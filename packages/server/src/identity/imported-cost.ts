import type { Tx } from '../db/index.ts';
import { IMPORTED_COST_MAX } from './core/password.ts';

/** The highest cost among the bcrypt hashes of a tenant; undefined where it has none. */
export async function findImportedCost(tx: Tx, tenantId: string): Promise<number | undefined> {
  const { rows } = await tx.query<{ cost: number | null }>(
    {
      name: 'identity-imported-cost',
      text: `select max(substring(password_hash from 5 for 2)::int) as cost from users
             where tenant_id = $1 and password_hash like '$2%'`,
    },
    [tenantId],
  );
  const cost = rows[0]?.cost ?? undefined;
  return cost === undefined ? undefined : Math.min(cost, IMPORTED_COST_MAX);
}
