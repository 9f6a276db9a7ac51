import type { Ctx } from '../../access/index.ts';
import type { LinkScope } from './issue-link.ts';

/** The newest link of somebody into the portal of one tenant. */
export interface NewestLink extends LinkScope {
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly revoked: boolean;
}

interface Row {
  readonly tenant_id: string;
  readonly client_id: string;
  readonly product_id: string | null;
  readonly run_id: string;
  readonly person_id: string;
  readonly name: string;
  readonly email: string;
  readonly roles: readonly string[];
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly revoked_at: Date | null;
}

/** Of everybody who is not disabled and fits the condition, one for each person and tenant. */
async function newest(ctx: Pick<Ctx, 'tx'>, condition: string, values: readonly unknown[]): Promise<NewestLink[]> {
  const { rows } = await ctx.tx.query<Row>(
    `select distinct on (l.person_id, l.tenant_id) l.tenant_id, l.client_id, r.product_id, l.run_id, l.person_id, p.name,
            p.email, l.roles, l.created_at, l.expires_at, l.revoked_at
     from portal_links l join people p on p.id = l.person_id join runs r on r.id = l.run_id
     where p.disabled_at is null and p.party = 'client' and p.client_id = l.client_id and ${condition}
     order by l.person_id, l.tenant_id, l.created_at desc, l.id`,
    values,
  );
  return rows.map((row) => ({
    tenantId: row.tenant_id,
    clientId: row.client_id,
    productId: row.product_id,
    runId: row.run_id,
    person: { id: row.person_id, name: row.name, email: row.email },
    roles: row.roles,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revoked: row.revoked_at !== null,
  }));
}

export const newestLinkOf = async (
  ctx: Pick<Ctx, 'tx'>,
  { personId, tenantId }: { readonly personId: string; readonly tenantId: string },
): Promise<NewestLink | undefined> =>
  (await newest(ctx, 'l.person_id = $1 and l.tenant_id = $2', [personId, tenantId]))[0];

/** Whoever the link with this token was made for, by their newest link into the same portal. */
export const newestLinksByToken = (ctx: Pick<Ctx, 'tx'>, tokenHash: Buffer): Promise<NewestLink[]> =>
  newest(
    ctx,
    'exists (select from portal_links old where old.token_hash = $1 and old.person_id = l.person_id and old.tenant_id = l.tenant_id)',
    [tokenHash],
  );

export const newestLinksByEmail = (ctx: Pick<Ctx, 'tx'>, email: string): Promise<NewestLink[]> =>
  newest(ctx, 'lower(p.email) = lower($1)', [email]);

/** A person has one portal in a tenant: a further role is added to those of their newest link. */
export async function rolesWith(
  ctx: Pick<Ctx, 'tx'>,
  whose: { readonly personId: string; readonly tenantId: string },
  role: string,
): Promise<readonly string[]> {
  const link = await newestLinkOf(ctx, whose);
  return [...new Set([...(link === undefined || link.revoked ? [] : link.roles), role])];
}
