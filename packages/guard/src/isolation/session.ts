/** One session of one role: every call reaches the same connection. */
export interface Session {
  query(
    text: string,
    values?: readonly unknown[],
  ): Promise<{ readonly rows: readonly Row[]; readonly rowCount: number }>;
}

export type Row = Readonly<Record<string, unknown>>;

/** How tenants are told apart in this database. */
export interface Tenancy {
  readonly column: string;
  /** The setting that holds the tenant, such as `app.current_tenant_id`. */
  readonly setting: string;
}

/** The context of one tenant, until the end of the transaction. */
export async function setTenant(session: Session, { setting }: Tenancy, tenant: string): Promise<void> {
  await session.query('select set_config($1, $2, true)', [setting, tenant]);
}

/** Quotes one identifier (PostgreSQL, section 4.1.1). @throws TypeError for what can be none */
export function quoteName(name: string): string {
  if (name === '' || name.includes('\0') || new TextEncoder().encode(name).length > 63) {
    throw new TypeError(`"${name}" is no name of a table, column or role`);
  }
  return `"${name.replaceAll('"', '""')}"`;
}

/** `table` or `schema.table`. */
export const quoteTable = (table: string): string => table.split('.').map(quoteName).join('.');

/** SQLSTATE of what a driver throws; undefined for what did not come from the server. */
export function stateOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code) ? error.code : undefined;
}
