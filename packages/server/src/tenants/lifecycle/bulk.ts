/**
 * One act on many tenants: suspend or reinstate them. Each tenant is a row that is done, or says why not, in the transaction
 * that does it. So it goes on wherever it was broken off, nobody is done twice, and one bad tenant stops no other.
 */
import { randomUUID } from 'node:crypto';
import { isTenantryError, TenantryError } from '@tenantry/contract';
import { type Actor, actorId, actorLabel, type Ctx, permit, reachOf } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import type { Database, Tx } from '../../db/index.ts';
import type { AccessMode } from '../core/status.ts';
import { type Cause, decideSuspension } from '../core/suspension.ts';
import { isWithinReach } from '../load.ts';
import { reinstateTenant } from './reinstate-tenant.ts';
import { suspendTenant } from './suspend-tenant.ts';

export type BulkAct =
  | {
      readonly kind: 'suspend';
      readonly cause: Cause;
      readonly reason: string;
      readonly accessMode?: AccessMode | undefined;
      readonly authority?: string | undefined;
    }
  | {
      readonly kind: 'reinstate';
      readonly cause: Cause;
      readonly resolution: string;
      readonly authority?: string | undefined;
    };

export interface BulkInput {
  readonly act: BulkAct;
  /** Ids or slugs; or else everybody of the product the act can be done to. */
  readonly tenants?: readonly string[] | undefined;
  readonly productId?: string | undefined;
  readonly plan?: string | undefined;
  /** How many the caller believes they are; refused when they are not. */
  readonly expect?: number | undefined;
}

export interface BulkOperation {
  readonly id: string;
  readonly kind: BulkAct['kind'];
  readonly request: BulkAct;
  readonly askedBy: string;
  readonly askedAt: Date;
  readonly endedAt: Date | null;
  readonly stoppedBy: string | null;
  readonly counts: Readonly<Record<'waiting' | 'done' | 'refused' | 'skipped', number>>;
}

/** More than that is asked for in parts. */
export const BULK_MAX = 50_000;
const PASS = 500;
const CONCURRENT = 4;

/** Of whom it would be; changes nothing. @throws request.invalid naming what is not there, or without any choice */
export async function chooseTenants(ctx: Ctx, input: BulkInput): Promise<readonly string[]> {
  permit(ctx.actor, 'tenants:write');
  if (input.act.kind === 'suspend') {
    const { cause, reason, accessMode, authority } = input.act;
    decideSuspension({ cause, reason, accessMode, authority, byMachine: false });
  }
  if ((input.tenants === undefined) === (input.productId === undefined)) {
    throw new TenantryError('request.invalid', 'Name the tenants, or a product whose tenants are meant.', {
      faults: [{ path: 'tenants', message: 'or else product' }],
    });
  }
  const found = await findChosen(ctx, input);
  assertAllFound(input, found);
  if (found.length > BULK_MAX) {
    throw new TenantryError('request.invalid', `${found.length} tenants are more than ${BULK_MAX} at once.`, {
      faults: [{ path: 'tenants', message: `at most ${BULK_MAX}` }],
    });
  }
  if (input.expect === undefined || input.expect === found.length) return found.map(({ id }) => id);
  throw new TenantryError('request.invalid', `They are ${found.length} tenants, not ${input.expect}.`, {
    faults: [{ path: 'expect', message: `is ${input.expect}, and they are ${found.length}` }],
    next: 'Look at whom it means, then ask with the right number.',
  });
}

interface Chosen {
  readonly id: string;
  readonly slug: string;
  readonly productId: string;
  readonly clientId: string | null;
}

async function findChosen(ctx: Ctx, { act, tenants, productId, plan }: BulkInput): Promise<readonly Chosen[]> {
  const statuses = act.kind === 'suspend' ? ['active', 'trial'] : ['suspended'];
  const cause = act.kind === 'reinstate' ? act.cause : null;
  const { rows } = await ctx.tx.query<Chosen>(
    tenants === undefined
      ? `select id, slug, product_id as "productId", client_id as "clientId" from tenants t
         where product_id = $1 and status = any ($2) and ($3::text is null or plan = $3)
           and ($4::text is null or exists (select from tenant_suspensions s
             where s.tenant_id = t.id and s.ended_at is null and s.cause = $4)) order by id`
      : `select id, slug, product_id as "productId", client_id as "clientId" from tenants
         where id::text = any ($1) or slug = any ($1) order by id`,
    tenants === undefined ? [productId, statuses, plan ?? null, cause] : [[...tenants]],
  );
  // What lies outside somebody's reach is not there for them.
  return rows.filter((tenant) => isWithinReach(ctx.actor, 'tenants:write', tenant));
}

function assertAllFound({ tenants = [] }: BulkInput, found: readonly Chosen[]): void {
  const known = new Set(found.flatMap(({ id, slug }) => [id, slug]));
  const missing = tenants.filter((name) => !known.has(name));
  if (missing.length === 0) return;
  throw new TenantryError(
    'request.invalid',
    `${missing.length} of them are no tenants: ${missing.slice(0, 10).join(', ')}.`,
    {
      faults: missing.slice(0, 100).map((name) => ({ path: 'tenants', message: `there is no tenant ${name}` })),
      next: 'Nothing was done. Correct the list and send it again.',
    },
  );
}

/** Takes it down; `keepBulk` of any process carries it out. @throws as `chooseTenants`; request.invalid for nobody */
export async function startBulk(ctx: Ctx, input: BulkInput): Promise<BulkOperation> {
  const chosen = await chooseTenants(ctx, input);
  if (chosen.length === 0) {
    throw new TenantryError('request.invalid', 'Nobody is meant by that.', {
      faults: [{ path: 'product', message: 'has no tenant this can be done to' }],
    });
  }
  const id = randomUUID();
  await ctx.tx.query(
    `insert into bulk_operations (id, kind, request, actor, asked_by, asked_at) values ($1, $2, $3, $4, $5, $6)`,
    [id, input.act.kind, JSON.stringify(input.act), JSON.stringify(ctx.actor), actorLabel(ctx.actor), ctx.now],
  );
  await ctx.tx.query(`insert into bulk_items (operation_id, tenant_id) select $1, unnest($2::uuid[])`, [
    id,
    [...chosen],
  ]);
  await audit(ctx, id, `tenants.${input.act.kind}_many`, { tenants: chosen.length, ...input.act });
  return loadBulk(ctx, id);
}

const audit = (ctx: Ctx, id: string, action: string, detail: object): Promise<void> =>
  recordAudit(ctx, { action, subject: { kind: 'bulk_operation', id }, detail });

const SELECT = `
  select o.id, o.kind, o.request, o.asked_by as "askedBy", o.asked_at as "askedAt", o.ended_at as "endedAt",
    o.stopped_by as "stoppedBy", (select jsonb_object_agg(state, n) from
      (select state, count(*)::int as n from bulk_items i where i.operation_id = o.id group by state) c) as counts
  from bulk_operations o`;

const SHOWN = `($1::text is null or o.actor ->> 'id' = $1)`;

/** Of whom alone the work is shown; null where all of it is. */
const ownOnly = ({ actor }: Ctx): string | null =>
  reachOf(actor, 'tenants:write') === 'everything' ? null : actorId(actor);

const EMPTY = { waiting: 0, done: 0, refused: 0, skipped: 0 } as const;

/**
 * Work is shown to whoever asked for it, and to whom every tenant is in reach: it names tenants of any client.
 *
 * @throws tenant.bulk_not_found, access.forbidden
 */
export async function loadBulk(ctx: Ctx, id: string): Promise<BulkOperation> {
  permit(ctx.actor, 'tenants:write');
  const { rows } = await ctx.tx.query<BulkOperation>(`${SELECT} where o.id::text = $2 and ${SHOWN}`, [
    ownOnly(ctx),
    id,
  ]);
  const [row] = rows;
  if (row !== undefined) return { ...row, counts: { ...EMPTY, ...row.counts } };
  throw new TenantryError('tenant.bulk_not_found', `There is no such work on many tenants: ${id}.`, {
    next: 'List it: tenantry tenant many.',
  });
}

/** Newest first. */
export async function listBulk(ctx: Ctx): Promise<readonly BulkOperation[]> {
  permit(ctx.actor, 'tenants:write');
  const { rows } = await ctx.tx.query<BulkOperation>(
    `${SELECT} where ${SHOWN} order by o.asked_at desc, o.id limit 50`,
    [ownOnly(ctx)],
  );
  return rows.map((row) => ({ ...row, counts: { ...EMPTY, ...row.counts } }));
}

export interface BulkItem extends Chosen {
  readonly state: keyof typeof EMPTY;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** What became of each tenant, by id; the page after `after`. */
export async function listBulkItems(
  ctx: Ctx,
  id: string,
  {
    state,
    after,
    limit,
  }: { readonly state?: string | undefined; readonly after?: string | undefined; readonly limit: number },
): Promise<readonly BulkItem[]> {
  await loadBulk(ctx, id);
  const { rows } = await ctx.tx.query<BulkItem>(
    `select t.id, t.slug, t.product_id as "productId", t.client_id as "clientId", i.state, i.error
     from bulk_items i join tenants t on t.id = i.tenant_id
     where i.operation_id::text = $1 and ($2::text is null or i.state = $2) and ($3::uuid is null or t.id > $3)
     order by t.id limit $4`,
    [id, state ?? null, after ?? null, limit],
  );
  return rows;
}

/** Leaves everybody as they are who has not been reached yet. @throws tenant.bulk_not_found */
export async function stopBulk(ctx: Ctx, id: string, reason: string): Promise<BulkOperation> {
  await loadBulk(ctx, id);
  await ctx.tx.query(
    `update bulk_items set state = 'skipped', decided_at = $2 where operation_id::text = $1 and state = 'waiting'`,
    [id, ctx.now],
  );
  await ctx.tx.query(
    `update bulk_operations set ended_at = coalesce(ended_at, $2), stopped_by = coalesce(stopped_by, $3) where id::text = $1`,
    [id, ctx.now, actorLabel(ctx.actor)],
  );
  await audit(ctx, id, 'tenants.many_stopped', { reason });
  return loadBulk(ctx, id);
}

/** How far a pass is: looking from the start each time would step over everybody who is done, again and again. */
interface Place {
  after: string;
}

/** Before every id. */
const FIRST = '00000000-0000-0000-0000-000000000000';

interface Open {
  readonly id: string;
  readonly request: BulkAct;
  readonly actor: Actor;
}

/** Carries on with what is open, a pass at a time; several processes may. Answers how many tenants were dealt with. */
export async function keepBulk(database: Database, now: () => Date): Promise<number> {
  const { rows } = await database.transaction('worker', (tx) =>
    tx.query<Open>('select id, request, actor from bulk_operations where ended_at is null order by asked_at limit 20'),
  );
  let dealt = 0;
  for (const operation of rows) {
    const place: Place = { after: FIRST };
    const lanes = Array.from({ length: CONCURRENT }, async () => {
      let count = 0;
      while (count < PASS / CONCURRENT && (await takeOne(database, operation, place, now()))) count += 1;
      return count;
    });
    dealt += (await Promise.all(lanes)).reduce((sum, count) => sum + count, 0);
    await endIfDone(database, operation.id, now());
  }
  return dealt;
}

/** One tenant, in one transaction with its row. Answers whether there was one. */
async function takeOne(database: Database, operation: Open, place: Place, now: Date): Promise<boolean> {
  let taken: string | undefined;
  try {
    return await database.transaction('worker', async (tx) => {
      taken = await nextItem(tx, operation.id, place);
      if (taken === undefined) return false;
      if (taken > place.after) place.after = taken;
      await carryOut({ tx, actor: operation.actor, now }, operation, taken);
      await decide(tx, operation.id, taken, 'done', null, now);
      return true;
    });
  } catch (error) {
    if (taken === undefined || !isTenantryError(error) || error.kind !== 'refusal') throw error;
    const tenantId = taken;
    const { code, message } = error;
    await database.transaction('worker', (tx) =>
      decide(tx, operation.id, tenantId, 'refused', JSON.stringify({ code, message }), now),
    );
    return true;
  }
}

/** Another lane, or process, holds those it skips: what it leaves behind is found by the next pass. */
async function nextItem(tx: Tx, operationId: string, { after }: Place): Promise<string | undefined> {
  const { rows } = await tx.query<{ tenant_id: string }>(
    `select tenant_id from bulk_items where operation_id = $1 and tenant_id > $2 and state = 'waiting'
     order by tenant_id limit 1 for update skip locked`,
    [operationId, after],
  );
  return rows[0]?.tenant_id;
}

function carryOut(ctx: Ctx, { id, request }: Open, tenantId: string): Promise<unknown> {
  const key = `many:${id}`;
  return request.kind === 'suspend'
    ? suspendTenant(ctx, { tenantId, ...request, key })
    : reinstateTenant(ctx, { tenantId, ...request, key });
}

const decide = (tx: Tx, operationId: string, tenantId: string, state: string, error: string | null, now: Date) =>
  tx.query(
    `update bulk_items set state = $3, error = $4, decided_at = $5
     where operation_id = $1 and tenant_id = $2 and state = 'waiting'`,
    [operationId, tenantId, state, error, now],
  );

const endIfDone = (database: Database, id: string, now: Date): Promise<unknown> =>
  database.transaction('worker', (tx) =>
    tx.query(
      `update bulk_operations o set ended_at = $2 where id = $1 and ended_at is null
         and not exists (select from bulk_items i where i.operation_id = o.id and i.state = 'waiting')`,
      [id, now],
    ),
  );
