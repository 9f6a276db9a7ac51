import { TenantryError } from '@tenantry/contract';
import { readTenantTables, type TenantTable } from '@tenantry/guard/isolation';
import type { Session } from './session.ts';
import { quoteTable } from './sql.ts';

/**
 * The tables of tenants: those asked for, or every one that has the tenant column and that the role may use.
 *
 * @throws TenantryError `connector.not_found` for a table that is missing or has no tenant column
 */
export async function loadTenantTables(
  session: Session,
  tenantColumn: string,
  asked: readonly string[] | undefined,
): Promise<readonly TenantTable[]> {
  for (const name of asked ?? []) quoteTable(name);
  const { tables, missing } = await readTenantTables(session, tenantColumn, asked);
  if (missing.length === 0) return tables;
  throw new TenantryError(
    'connector.not_found',
    `Of ${asked?.join(', ')}, these do not exist or have no column ${tenantColumn}: ${missing.join(', ')}.`,
    {
      facts: { effect: 'none' },
      next: 'Correct the list of tables or tenant_column, or run the migrations of the application first.',
    },
  );
}
