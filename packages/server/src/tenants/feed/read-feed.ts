/** What guards are told, read from the rows themselves: the log holds positions only, so nothing in it can be out of date. */
import type { GuardGoneView, GuardTenantView } from '@tenantry/contract';
import type { Tx } from '../../db/index.ts';
import { loadProduct, type PlanTable } from '../../products/index.ts';
import { effectiveFeatures, resolveLimits } from '../core/entitlements.ts';
import type { Tenant } from '../load.ts';

export interface FeedHead {
  readonly epoch: string;
  /** Every change up to it is visible, and none up to it will ever appear later. */
  readonly position: number;
}

const HEAD = {
  name: 'guard-head',
  text: 'select epoch, (select coalesce(max(position), 0) from guard_changes)::text as position from guard_feed',
};

export async function readHead(tx: Tx): Promise<FeedHead> {
  const { rows } = await tx.query<{ epoch: string; position: string }>(HEAD);
  return { epoch: rows[0]?.epoch ?? '', position: Number(rows[0]?.position ?? 0) };
}

type State = Pick<Tenant, 'plan' | 'status' | 'accessMode' | 'settings'>;

interface Row extends State {
  readonly id: string;
  readonly position: string;
  readonly closed: boolean;
  /** False where the tenant is gone, or is another product's now. */
  readonly there: boolean;
}

const COLUMNS = `t.plan, t.status, t.access_mode as "accessMode", t.settings, t.closed_at is not null as closed`;

const CHANGES = {
  name: 'guard-changes',
  // A few changes among very many tenants: each is looked up by itself. The plan is made without knowing $2 and $3, and
  // would otherwise read every tenant for each change; "offset 0" keeps the two from being joined as a whole.
  text: `select c.tenant_id as id, c.position, t.id is not null as there, ${COLUMNS}
         from (select tenant_id, product_id, position from guard_changes
               where product_id = $1 and position > $2 order by position limit $3) c
         left join lateral (select * from tenants
                            where id = c.tenant_id and product_id = c.product_id offset 0) t on true
         order by c.position`,
};

const PAGE = {
  name: 'guard-page',
  text: `select t.id, coalesce(c.position, 0) as position, true as there, ${COLUMNS}
         from tenants t left join guard_changes c on c.tenant_id = t.id and c.product_id = t.product_id
         where t.product_id = $1 and ($2::uuid is null or t.id > $2) order by t.id limit $3`,
};

export interface Changes {
  readonly tenants: readonly (GuardTenantView | GuardGoneView)[];
  /** Everything up to here is in it. */
  readonly to: number;
}

/** @throws product.not_found */
export async function readChanges(tx: Tx, productId: string, after: number, limit: number): Promise<Changes> {
  // Sent together and answered in this order: what follows the head sees at least as much as it does.
  const [head, { rows }, product] = await Promise.all([
    readHead(tx),
    tx.query<Row>(CHANGES, [productId, after, limit]),
    loadProduct(tx, productId),
  ]);
  const { plans } = product.profile;
  const tenants = rows.map((row) => viewRow(row, plans));
  const last = tenants.at(-1)?.position ?? after;
  return { tenants, to: rows.length < limit ? Math.max(last, head.position, after) : last };
}

/** Tenants by id, after one. @throws product.not_found */
export async function readTenantPage(
  tx: Tx,
  productId: string,
  afterId: string | undefined,
  limit: number,
): Promise<readonly GuardTenantView[]> {
  const { rows } = await tx.query<Row>(PAGE, [productId, afterId ?? null, limit]);
  const { plans } = (await loadProduct(tx, productId)).profile;
  return rows.map((row) => viewTenant(row, plans));
}

const viewRow = (row: Row, plans: PlanTable): GuardTenantView | GuardGoneView =>
  row.there ? viewTenant(row, plans) : { id: row.id, position: Number(row.position), removed: true };

const viewTenant = ({ id, position, plan, status, accessMode, closed, settings }: Row, plans: PlanTable) => ({
  id,
  position: Number(position),
  plan,
  status,
  access_mode: accessMode,
  closed,
  limits: { ...resolveLimits(plans, plan, settings.limits).limits },
  features: { ...effectiveFeatures(plans, plan, settings.features) },
});
