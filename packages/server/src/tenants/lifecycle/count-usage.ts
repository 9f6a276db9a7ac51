/**
 * Each night the application is asked what every tenant really uses, and what is known here is set right (PLAN-09). An
 * application that does not answer costs nobody anything but that night: it is said, and the next one asks again.
 */
import { isTenantryError, TenantryError } from '@tenantry/contract';
import { type Ctx, systemActor } from '../../access/index.ts';
import { recordAudit } from '../../audit/index.ts';
import type { Database, Tx } from '../../db/index.ts';
import { loadProduct, type Profile } from '../../products/index.ts';
import { reportUsage } from './usage.ts';
import type { UsageTelling } from './usage-notices.ts';

export type UsageCounts = NonNullable<Profile['usage_counts']>;

/** What one application is asked, for as long as one pass takes. */
export interface UsageSource extends AsyncDisposable {
  /** By name of the limit. @throws one of the `connector.*` codes */
  count(tenantId: string): Promise<Readonly<Record<string, number>>>;
}

export interface CountDeps {
  readonly database: Database;
  readonly now: () => Date;
  readonly open: (productId: string, counts: UsageCounts) => Promise<UsageSource>;
  readonly operators: UsageTelling['operators'];
}

const NIGHT = systemActor('usage counts');
const BATCH = 40;
const CONCURRENT = 4;
/** So many failures on end, and the application is down: nobody else is asked in this pass. */
const FAILURES_MAX = 5;
const ATTEMPTS_MAX = 3;
/** A count that was begun and not ended belongs to a process that died; one that failed is tried again then. */
const AGAIN_AFTER_MINUTES = 30;
const KEEP_DAYS = 90;

/** Does what is left of the night. Answers how many tenants were counted. */
export async function keepUsageCounts(deps: CountDeps): Promise<number> {
  const { database, now } = deps;
  const { rows } = await database.transaction('worker', (tx) =>
    tx.query<{ id: string }>(`select id from products where profile ? 'usage_counts' order by id`),
  );
  let counted = 0;
  for (const { id } of rows) {
    const counts = (await database.transaction('worker', (tx) => loadProduct(tx, id))).profile.usage_counts;
    if (counts === undefined || now().getUTCHours() < counts.at_hour) continue;
    counted += await countProduct(deps, id, counts);
  }
  await database.transaction('worker', (tx) =>
    tx.query(`delete from tenant_usage_counts where night < $1::date - ${KEEP_DAYS}`, [now()]),
  );
  return counted;
}

async function countProduct(deps: CountDeps, productId: string, counts: UsageCounts): Promise<number> {
  const night = deps.now().toISOString().slice(0, 10);
  let counted = 0;
  let failures = 0;
  let source: UsageSource | undefined;
  try {
    for (;;) {
      const batch = await claim(deps, productId, night);
      if (batch.length === 0) return counted;
      if (source === undefined) {
        const opened = await deps.open(productId, counts).catch(expected);
        if (opened instanceof TenantryError) {
          await giveUp(deps, productId, night, opened);
          return counted;
        }
        source = opened;
      }
      const asked = source;
      for (let start = 0; start < batch.length; start += CONCURRENT) {
        const outcomes = await Promise.all(
          batch.slice(start, start + CONCURRENT).map(async (tenantId) => {
            try {
              await countTenant(deps, asked, tenantId, night);
              return undefined;
            } catch (error) {
              const known = expected(error);
              await fail(deps, tenantId, night, known);
              return known;
            }
          }),
        );
        counted += outcomes.filter((error) => error === undefined).length;
        // Only what the whole application has: an answer that is wrong for one tenant says nothing of the next.
        failures = outcomes.every((error) => error?.kind === 'failure') ? failures + outcomes.length : 0;
        const down = outcomes.find((error) => error?.kind === 'failure');
        if (failures >= FAILURES_MAX && down !== undefined) {
          await giveUp(deps, productId, night, down);
          return counted;
        }
      }
    }
  } finally {
    await source?.[Symbol.asyncDispose]();
  }
}

function expected(error: unknown): TenantryError {
  if (isTenantryError(error) && error.kind !== 'bug') return error;
  throw error;
}

const UNDER_WAY = { code: 'internal.under_way', message: 'It is being counted, or whoever counted died.' };

const CLAIM = `
  insert into tenant_usage_counts as kept (tenant_id, night, state, error, counted_at)
  select t.id, $2::date, 'failed', $4::jsonb, $3 from tenants t
  where t.product_id = $1 and t.status in ('active', 'trial', 'suspended')
    and not exists (select from tenant_usage_counts c where c.tenant_id = t.id and c.night = $2::date
      and (c.state = 'done' or c.attempts >= ${ATTEMPTS_MAX}
        or c.counted_at > $3::timestamptz - interval '${AGAIN_AFTER_MINUTES} minutes'))
  order by t.id limit $5
  on conflict (tenant_id, night) do update
    set error = excluded.error, counted_at = excluded.counted_at, attempts = kept.attempts + 1
    where kept.state = 'failed' and kept.counted_at <= excluded.counted_at - interval '${AGAIN_AFTER_MINUTES} minutes'
  returning tenant_id`;

/** Tenants that nobody else counts at the moment. */
const claim = ({ database, now }: CountDeps, productId: string, night: string): Promise<readonly string[]> =>
  database.transaction('worker', async (tx) => {
    const { rows } = await tx.query<{ tenant_id: string }>(CLAIM, [
      productId,
      night,
      now(),
      JSON.stringify(UNDER_WAY),
      BATCH,
    ]);
    return rows.map((row) => row.tenant_id);
  });

async function countTenant({ database, now }: CountDeps, source: UsageSource, tenantId: string, night: string) {
  // Taken before it is asked: what the application reports meanwhile is newer, and holds.
  const countedAt = now();
  const counts = await source.count(tenantId);
  await database.transaction('worker', async (tx) => {
    const ctx = { tx, actor: NIGHT, now: now() };
    const drift = await driftOf(tx, tenantId, counts);
    for (const [meter, used] of Object.entries(counts)) {
      await reportUsage(ctx, { tenant: tenantId, meter, used, source: 'count of the night', countedAt });
    }
    await tx.query(
      `update tenant_usage_counts set state = 'done', error = null, drift = $3, counted_at = $4
       where tenant_id = $1 and night = $2`,
      [tenantId, night, JSON.stringify(drift), countedAt],
    );
    if (Object.keys(drift).length > 0) await auditDrift(ctx, tenantId, drift);
  });
}

type Drift = Readonly<Record<string, { readonly known: number; readonly counted: number }>>;

/** What nobody had told before is no drift. */
async function driftOf(tx: Tx, tenantId: string, counts: Readonly<Record<string, number>>): Promise<Drift> {
  const { rows } = await tx.query<{ meter: string; used: string }>(
    'select meter, used::text from tenant_usage where tenant_id = $1',
    [tenantId],
  );
  return Object.fromEntries(
    rows.flatMap(({ meter, used }) => {
      const counted = counts[meter];
      return counted === undefined || counted === Number(used) ? [] : [[meter, { known: Number(used), counted }]];
    }),
  );
}

const auditDrift = (ctx: Ctx, tenantId: string, drift: Drift): Promise<void> =>
  recordAudit(ctx, {
    action: 'tenant.usage_corrected',
    tenantId,
    subject: { kind: 'tenant', id: tenantId },
    detail: { drift },
  });

const faultOf = ({ code, message }: TenantryError) => JSON.stringify({ code, message });

const fail = ({ database, now }: CountDeps, tenantId: string, night: string, error: TenantryError) =>
  database.transaction('worker', (tx) =>
    tx.query('update tenant_usage_counts set error = $3, counted_at = $4 where tenant_id = $1 and night = $2', [
      tenantId,
      night,
      faultOf(error),
      now(),
    ]),
  );

/** Says of everybody who is left why they were not counted, and tells the operators once. */
const giveUp = ({ database, now, operators }: CountDeps, productId: string, night: string, error: TenantryError) =>
  database.transaction('worker', async (tx) => {
    await tx.query(CLAIM, [productId, night, now(), faultOf(error), null]);
    await tx.query(
      `update tenant_usage_counts c set error = $3 from tenants t
       where t.id = c.tenant_id and t.product_id = $1 and c.night = $2 and c.state = 'failed' and c.error ->> 'code' = $4`,
      [productId, night, faultOf(error), UNDER_WAY.code],
    );
    await operators(
      { tx, actor: NIGHT, now: now() },
      {
        productId,
        clientId: null,
        key: `usage-counts:${productId}/${night}`,
        subject: `What tenants of ${productId} use could not be counted on ${night}`,
        text: `${error.message} What was known before holds until the application answers; it is asked again in half an hour, and each night.`,
        next: `tenantry tenant usage-nights ${productId}`,
      },
    );
  });
