import type { Tx } from '../db/index.ts';

export interface RoleRequest {
  readonly role: string;
  readonly productId: string | null;
  readonly clientId: string | null;
  /** False leaves seeded identities out, whose addresses nobody reads but the mailbox of a development installation. */
  readonly development?: boolean;
  /** Ids of people who are left out. */
  readonly except?: readonly string[];
}

/**
 * E-mail addresses of who acts in a role of a runbook: people of the vendor whose grants reach the product and client,
 * and people of that client. Sorted; empty when there is nobody.
 */
export async function addressesOfRole(
  tx: Tx,
  { role, productId, clientId, development = true, except = [] }: RoleRequest,
): Promise<readonly string[]> {
  const { rows } = await tx.query<{ email: string }>(
    `select p.email from people p
     where p.disabled_at is null and $1 = any(p.roles) and ($4 or not p.development) and not p.id::text = any($5::text[])
       and case when p.party = 'client' then p.client_id = $3::uuid
         else exists (select from grants g where g.person_id = p.id and (g.expires_at is null or g.expires_at > now())
           and (g.product_id is null or g.product_id = $2) and (g.client_id is null or g.client_id = $3::uuid)) end
     order by p.email`,
    [role, productId, clientId, development, except],
  );
  return rows.map(({ email }) => email);
}
