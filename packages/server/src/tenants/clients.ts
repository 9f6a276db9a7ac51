import { canonicalJson, TenantryError, toWireId } from '@tenantry/contract';
import { and, asc, eq, gt, sql } from 'drizzle-orm';
import { type Ctx, covers, permit, type Reach, reachOf } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Tx } from '../db/index.ts';
import { type ClientInput, clientSchema } from './core/client.ts';
import { searchTerms } from './core/search.ts';
import { clients } from './tables.ts';

export type Client = typeof clients.$inferSelect;

/**
 * Creates a client, or brings the one of that reference up to date. Nothing is written when nothing differs.
 *
 * @throws request.invalid, access.forbidden
 */
export async function upsertClient(ctx: Ctx, input: ClientInput): Promise<Client> {
  permit(ctx.actor, 'tenants:write');
  const wanted = parseClient(input);
  const fresh = covers(ctx.actor, 'tenants:write', { clientId: null }) ? await insertClient(ctx, wanted) : undefined;
  if (fresh !== undefined) return fresh;
  const [before] = await ctx.tx.orm.select().from(clients).where(eq(clients.reference, wanted.reference)).for('update');
  // An actor who may change certain clients only makes no new ones, and the others are not theirs to touch.
  permit(ctx.actor, 'tenants:write', { clientId: before?.id ?? null });
  if (before === undefined) return upsertClient(ctx, input);
  const held = Object.fromEntries(Object.keys(wanted).map((name) => [name, before[name as keyof typeof wanted]]));
  if (canonicalJson(held) === canonicalJson(wanted)) return before;
  const [after] = await ctx.tx.orm
    .update(clients)
    .set({ ...wanted, version: before.version + 1, updatedAt: ctx.now })
    .where(eq(clients.id, before.id))
    .returning();
  await recordAudit(ctx, {
    action: 'client.changed',
    subject: { kind: 'client', id: before.id, name: wanted.legalName },
    detail: { from: held, to: wanted },
  });
  return after as Client;
}

function parseClient(input: ClientInput) {
  const parsed = clientSchema.safeParse(input);
  if (!parsed.success) {
    throw new TenantryError('request.invalid', 'The client cannot be kept: a field does not fit.', {
      faults: parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
      next: 'Correct the fields named.',
    });
  }
  const { reference, legal_name: legalName, contacts, language, time_zone: timeZone, contract } = parsed.data;
  return { reference, legalName, contacts, language, timeZone, contract };
}

/** Undefined when another client has the reference. */
async function insertClient(ctx: Ctx, wanted: ReturnType<typeof parseClient>): Promise<Client | undefined> {
  const [row] = await ctx.tx.orm
    .insert(clients)
    .values({ ...wanted, createdAt: ctx.now, updatedAt: ctx.now })
    .onConflictDoNothing({ target: clients.reference })
    .returning();
  if (row === undefined) return undefined;
  await recordAudit(ctx, {
    action: 'client.created',
    subject: { kind: 'client', id: row.id, name: row.legalName },
    detail: wanted,
  });
  return row;
}

/** @throws client.not_found */
export async function loadClient(tx: Tx, id: string): Promise<Client> {
  const [row] = await tx.orm.select().from(clients).where(eq(clients.id, id));
  if (row !== undefined) return row;
  throw clientNotFound(id);
}

const clientNotFound = (id: string): TenantryError =>
  new TenantryError('client.not_found', `There is no client ${toWireId('client', id)}.`, { next: 'Check the id.' });

/**
 * A client for somebody who asks to see it. What lies outside the reader's grants answers as if it did not exist: a
 * limit to a product reaches the clients with a tenant of it, and a client's person sees their own.
 *
 * @throws client.not_found, access.forbidden
 */
export async function readClient(ctx: Pick<Ctx, 'tx' | 'actor'>, id: string): Promise<Client> {
  permit(ctx.actor, 'tenants:read');
  const [row] = await ctx.tx.orm
    .select()
    .from(clients)
    .where(and(eq(clients.id, id), withinReach(reachOf(ctx.actor, 'tenants:read'))));
  if (row !== undefined) return row;
  throw clientNotFound(id);
}

export interface ClientPageRequest {
  /** The last reference of the page before. */
  readonly after?: string | undefined;
  /** 100 unless told. */
  readonly limit?: number | undefined;
  /** Beginnings of words of the name or reference; every word must match. */
  readonly search?: string | undefined;
}

/** By reference, as far as the reader's grants reach. @throws access.forbidden */
export async function listClients(
  ctx: Pick<Ctx, 'tx' | 'actor'>,
  request: ClientPageRequest = {},
): Promise<readonly Client[]> {
  permit(ctx.actor, 'tenants:read');
  return selectClients(ctx.tx, request, reachOf(ctx.actor, 'tenants:read'));
}

/** The statement itself, so that its plan can be looked at. */
export function selectClients(
  tx: Tx,
  { after = '', limit = 100, search = '' }: ClientPageRequest,
  reach: Reach = 'everything',
) {
  const terms = searchTerms(search);
  return tx.orm
    .select()
    .from(clients)
    .where(
      and(
        gt(clients.reference, after),
        withinReach(reach),
        terms === '' ? undefined : sql`${SEARCHED} @@ to_tsquery('simple', ${terms})`,
      ),
    )
    .orderBy(terms === '' ? asc(clients.reference) : BY_REFERENCE_WITHOUT_INDEX)
    .limit(limit);
}

/** Word for word the expression of the index `clients_search`. */
const SEARCHED = sql`to_tsvector('simple'::regconfig, regexp_replace(${clients.legalName} || ' ' || ${clients.reference}, '[^[:alnum:]]+', ' ', 'g'))`;

/** As of tenants: PostgreSQL cannot guess how rare a word is, and would walk past every client to find one. */
const BY_REFERENCE_WITHOUT_INDEX = sql`${clients.reference} || ''`;

const withinReach = (reach: Reach) =>
  reach === 'everything'
    ? undefined
    : sql`exists (
        select from unnest(${sql.param(reach.products)}::text[], ${sql.param(reach.clients)}::uuid[])
          as reach (product_id, client_id)
        where (reach.client_id is null or reach.client_id = ${clients.id})
          and (reach.product_id is null or exists (
            select from tenants where tenants.client_id = ${clients.id} and tenants.product_id = reach.product_id)))`;
