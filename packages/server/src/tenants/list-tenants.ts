import { TenantryError } from '@tenantry/contract';
import { and, asc, eq, gt, sql } from 'drizzle-orm';
import { type Ctx, permit, type Reach, reachOf } from '../access/index.ts';
import type { Tx } from '../db/index.ts';
import type { Plan } from '../products/index.ts';
import { searchTerms } from './core/search.ts';
import type { Status } from './core/status.ts';
import type { Tenant } from './load.ts';
import { tenants } from './tables.ts';

export interface TenantFilter {
  readonly productId?: string | undefined;
  readonly clientId?: string | undefined;
  readonly status?: Status | undefined;
  readonly plan?: Plan | undefined;
  /** Beginnings of words of the name or slug; every word must match. */
  readonly search?: string | undefined;
  readonly cursor?: string | undefined;
  /** 1 to 200; 50 unless told. */
  readonly limit?: number | undefined;
}

export interface TenantPage {
  readonly tenants: readonly Tenant[];
  /** Asks for the next page; undefined on the last. */
  readonly cursor: string | undefined;
}

const LIMIT = 50;
const LIMIT_MAX = 200;

/**
 * Tenants by slug, as far as the reader's grants reach; a client's person sees their own client's only.
 *
 * @throws access.forbidden; request.invalid for a cursor that is none of ours
 */
export async function listTenants(ctx: Pick<Ctx, 'tx' | 'actor'>, filter: TenantFilter = {}): Promise<TenantPage> {
  permit(ctx.actor, 'tenants:read');
  const reach = reachOf(ctx.actor, 'tenants:read');
  const limit = Math.min(Math.max(Math.trunc(filter.limit ?? LIMIT), 1), LIMIT_MAX);
  const rows = await selectTenants(ctx.tx, filter, limit + 1, reach);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { tenants: page, cursor: rows.length > limit && last !== undefined ? writeCursor(last.slug) : undefined };
}

/** The statement itself, so that its plan can be looked at. */
export function selectTenants(tx: Tx, filter: TenantFilter, limit: number, reach: Reach = 'everything') {
  const searched = filter.search === undefined ? undefined : matches(filter.search);
  return tx.orm
    .select()
    .from(tenants)
    .where(
      and(
        withinReach(reach),
        filter.clientId === undefined ? undefined : eq(tenants.clientId, filter.clientId),
        filter.productId === undefined ? undefined : eq(tenants.productId, filter.productId),
        filter.status === undefined ? undefined : eq(tenants.status, filter.status),
        filter.plan === undefined ? undefined : eq(tenants.plan, filter.plan),
        searched,
        filter.cursor === undefined ? undefined : gt(tenants.slug, readCursor(filter.cursor)),
      ),
    )
    .orderBy(searched === undefined ? asc(tenants.slug) : BY_SLUG_WITHOUT_INDEX)
    .limit(limit);
}

/** Reaching everything costs no condition, so the index of slugs alone decides. */
const withinReach = (reach: Reach) =>
  reach === 'everything'
    ? undefined
    : sql`exists (
        select from unnest(${sql.param(reach.products)}::text[], ${sql.param(reach.clients)}::uuid[])
          as reach (product_id, client_id)
        where (reach.product_id is null or reach.product_id = ${tenants.productId})
          and (reach.client_id is null or reach.client_id = ${tenants.clientId}))`;

/**
 * PostgreSQL cannot guess how rare a word is, and would walk the index of slugs past every tenant to find one. An
 * expression has no index, so it looks the word up first and sorts what it finds.
 */
const BY_SLUG_WITHOUT_INDEX = sql`${tenants.slug} || ''`;

const matches = (search: string) => {
  const terms = searchTerms(search);
  return terms === '' ? undefined : sql`search @@ to_tsquery('simple', ${terms})`;
};

const writeCursor = (slug: string): string => Buffer.from(slug).toString('base64url');

function readCursor(cursor: string): string {
  const slug = Buffer.from(cursor, 'base64url').toString();
  if (slug !== '' && writeCursor(slug) === cursor) return slug;
  throw new TenantryError('request.invalid', 'The cursor is not one of ours.', {
    faults: [{ path: 'cursor', message: 'not a cursor' }],
    next: 'Use the cursor of the page before as it was given.',
  });
}
