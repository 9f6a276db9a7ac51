/** Names and tables in SQL text: the only place where text is put together with what a runbook wrote. */
import { TenantryError } from '@tenantry/contract';

/** Quotes one identifier (PostgreSQL, section 4.1.1). */
export function quoteName(name: string): string {
  if (name === '' || name.includes('\0') || Buffer.byteLength(name) > 63) {
    throw new TenantryError('runbook.invalid', `"${name}" is no name of a table, column or role.`);
  }
  return `"${name.replaceAll('"', '""')}"`;
}

/** `table` or `schema.table`, as a runbook writes it. */
export function quoteTable(table: string): string {
  const parts = table.split('.');
  if (parts.length > 2)
    throw new TenantryError('runbook.invalid', `"${table}" is no table: expected table or schema.table.`);
  return parts.map(quoteName).join('.');
}
