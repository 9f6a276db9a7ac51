import type { Session } from './session.ts';

/**
 * Whether no policy hides a row of this table from the role: none binds it, or one of its own lets every row
 * through and none restricts it further.
 */
export async function seesEveryRow(session: Session, table: { readonly quoted: string }): Promise<boolean> {
  const { rows } = await session.query(
    `select not row_security_active($1::regclass) or (
       exists (select from pg_policy p where p.polrelid = $1::regclass and p.polpermissive and p.polcmd in ('*', 'r')
               and pg_get_expr(p.polqual, p.polrelid) = 'true'
               and exists (select from unnest(p.polroles) as role where role = 0 or pg_has_role(role, 'usage')))
       and not exists (select from pg_policy p where p.polrelid = $1::regclass and not p.polpermissive)) as sees_all`,
    [table.quoted],
  );
  return rows[0]?.sees_all === true;
}
