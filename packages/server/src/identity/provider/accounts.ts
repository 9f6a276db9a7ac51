import type { Database, Tx } from '../../db/index.ts';
import type { TenantPolicy } from '../authentication.ts';
import { tenantPolicy } from '../policy.ts';

/** A user as tokens tell of them. */
export interface AccountFacts {
  readonly userId: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly name: string;
  readonly role: string;
  readonly tenantId: string;
  readonly tenantSlug: string;
  readonly productId: string;
  readonly policy: TenantPolicy;
}

interface Row extends Omit<AccountFacts, 'policy'> {}

/** Nobody who is disabled, and nobody of a tenant that is closed, has an account: their tokens end at the next use. */
const FIND = {
  name: 'oidc-account-find',
  text: `select u.id as "userId", u.email, u.email_verified_at is not null as "emailVerified", u.full_name as name, u.role,
                t.id as "tenantId", t.slug as "tenantSlug", t.product_id as "productId"
         from users u join tenants t on t.id = u.tenant_id
         where u.id = $1 and u.status = 'active' and not u.must_change_password
           and t.status <> 'offboarded' and coalesce(t.access_mode, '') <> 'blocked' and t.closed_at is null`,
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export async function findAccountFacts(database: Database, userId: string): Promise<AccountFacts | undefined> {
  if (!UUID.test(userId)) return undefined;
  return database.transaction('operator', async (tx: Tx) => {
    const { rows } = await tx.query<Row>(FIND, [userId]);
    const [row] = rows;
    return row === undefined ? undefined : { ...row, policy: await tenantPolicy(tx, row.tenantId) };
  });
}

/** OpenID Connect Core 5.1, and where the user belongs. A user is of one tenant, so no two can mix. */
export const claimsOf = (account: AccountFacts): Readonly<Record<string, unknown>> & { readonly sub: string } => ({
  sub: account.userId,
  email: account.email,
  email_verified: account.emailVerified,
  name: account.name,
  tenant_id: account.tenantId,
  tenant_slug: account.tenantSlug,
  role: account.role,
});
