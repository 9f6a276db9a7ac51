import type { ClientBase, Pool } from 'pg';

export type CutlistRole = 'cutlist_app' | 'cutlist_provisioner';

/**
 * Lets one of the two roles log in with this password. Run by whoever installs the application, as the owner.
 * The quoting is PostgreSQL's own: ALTER ROLE takes no parameters.
 */
export async function allowLogin(client: ClientBase, role: CutlistRole, password: string): Promise<void> {
  const { rows } = await client.query<{ statement: string }>(
    `select format('alter role %I login password %L', $1::text, $2::text) as statement`,
    [role, password],
  );
  for (const row of rows) await client.query(row.statement);
}

interface RoleFacts {
  readonly role: string;
  readonly superuser: boolean;
  readonly bypasses_rls: boolean;
  readonly owns_tables: boolean;
}

/** Refuses to serve under a role for which row-level security would not hold (PDB-07). */
export async function assertRowSecurityHolds(pool: Pool): Promise<void> {
  const { rows } = await pool.query<RoleFacts>(
    `select current_user as role, rolsuper as superuser, rolbypassrls as bypasses_rls,
            exists (select from pg_class
                     where relname = 'tenants' and relkind = 'r'
                       and pg_has_role(current_user, relowner, 'member')) as owns_tables
       from pg_roles where rolname = current_user`,
  );
  const facts = rows[0];
  if (facts === undefined || facts.superuser || facts.bypasses_rls || facts.owns_tables) {
    throw new Error(
      `Role "${facts?.role ?? 'unknown'}" is a superuser, bypasses row-level security or owns the tables. ` +
        'Connect the application as cutlist_app.',
    );
  }
}
