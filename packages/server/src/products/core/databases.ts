/** The databases of a product: what a backup, an export and an erasure have to go through. */
import { z } from 'zod';

const tableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?$/, 'table or schema.table');
const connection = z.string().regex(/^[a-z][a-z0-9_]*$/, 'the name of a postgres connection of the environment');

export const databaseSchema = z.strictObject({
  /** What it is called in names of files and in lists. */
  name: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'lower-case letters, digits and underscores, a letter first'),
  /** Its role sees every row, and writes those of any tenant. */
  connection,
  /** Where whole databases are brought back, which takes TRUNCATE: the same unless given. */
  restore_connection: connection.optional(),
  /** A database of the same schema in which restores are tested: the database itself unless given. */
  test_connection: connection.optional(),
  /** The table with one row for each tenant, and the column of it that holds the tenant's id. */
  tenants: z.strictObject({ table: tableName, column: z.string().min(1) }).optional(),
  /** The column by which every other table says whose a row is. */
  tenant_column: z.string().min(1).default('tenant_id'),
  /** Tables whose rows are not worth keeping, such as sessions: neither saved nor brought back. */
  leave_out: z.array(tableName).default([]),
});

export type ProductDatabase = z.infer<typeof databaseSchema>;
