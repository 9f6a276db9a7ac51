import type { Database } from '../../db/index.ts';

/** What the log-in pages show and need of a tenant. */
export interface LogInTenant {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  /** BCP 47, of its client. */
  readonly language: string | null;
  /** `#rrggbb` */
  readonly color: string | null;
  readonly productName: string;
}

const COLUMNS = `t.id, t.slug, t.name, c.language, b.color, p.name as "productName"
  from tenants t join products p on p.id = t.product_id
  left join clients c on c.id = t.client_id left join tenant_branding b on b.tenant_id = t.id`;
const BY_SLUG = { name: 'log-in-tenant-by-slug', text: `select ${COLUMNS} where t.slug = $1 and t.product_id = $2` };
const ANY_BY_SLUG = { name: 'log-in-tenant-any-by-slug', text: `select ${COLUMNS} where t.slug = $1` };
const BY_ID = { name: 'log-in-tenant-by-id', text: `select ${COLUMNS} where t.id = $1` };

const one = async (database: Database, statement: typeof BY_ID, values: readonly string[]) =>
  (await database.transaction('operator', (tx) => tx.query<LogInTenant>(statement, values))).rows[0];

/** A tenant of another product is none: an application lets in the users of its own. */
export const findLogInTenant = (
  database: Database,
  slug: string,
  productId?: string,
): Promise<LogInTenant | undefined> =>
  productId === undefined
    ? one(database, ANY_BY_SLUG, [slug.trim().toLowerCase()])
    : one(database, BY_SLUG, [slug.trim().toLowerCase(), productId]);

export const findLogInTenantById = (database: Database, id: string): Promise<LogInTenant | undefined> =>
  one(database, BY_ID, [id]);
