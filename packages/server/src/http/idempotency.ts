import { createHash } from 'node:crypto';
import { canonicalJson, TenantryError } from '@tenantry/contract';
import type { Ctx } from '../access/index.ts';
import type { Tx } from '../db/index.ts';
import type { HttpServer } from './http-server.ts';

/** How long an answer is kept. */
export const KEPT_FOR_MS = 24 * 60 * 60 * 1_000;

export interface OnceRequest {
  readonly personId: string;
  readonly key: string;
  /** Method and address. */
  readonly route: string;
  readonly bodyHash: Buffer;
  /** Members of the answer that are not kept. */
  readonly onceShown: readonly string[];
}

export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON as it was sent; null for an answer without a body. */
  readonly body: string | null;
}

interface KeptRow {
  readonly route: string;
  readonly body_hash: Buffer;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/**
 * Waits while another transaction holds the same key, because the primary key makes it. An expired row is taken over
 * as if it were not there.
 */
const CLAIM = {
  name: 'http-idempotency-claim',
  text: `insert into idempotency_keys as kept (person_id, key, route, body_hash, created_at)
         values ($1, $2, $3, $4, $5)
         on conflict (person_id, key) do update
           set route = excluded.route, body_hash = excluded.body_hash, created_at = excluded.created_at,
               status = null, headers = null, body = null
           where kept.created_at <= $6
         returning true as claimed`,
};
const FIND = {
  name: 'http-idempotency-find',
  text: 'select route, body_hash, status, headers, body from idempotency_keys where person_id = $1 and key = $2',
};
const KEEP = {
  name: 'http-idempotency-keep',
  text: 'update idempotency_keys set status = $3, headers = $4, body = $5 where person_id = $1 and key = $2',
};

/**
 * Makes the answer, or finds the one made for the same request before. The row is claimed in the transaction of the
 * effect: when that fails or the process dies, the claim is gone with it.
 *
 * @throws request.idempotency_reused for the same key with another address or body
 */
export async function answerOnce(
  { tx, now }: Pick<Ctx, 'tx' | 'now'>,
  { personId, key, route, bodyHash, onceShown }: OnceRequest,
  make: () => Promise<KeptAnswer>,
): Promise<{ kept: KeptAnswer; replayed: boolean }> {
  const expired = new Date(now.getTime() - KEPT_FOR_MS);
  const claim = await tx.query(CLAIM, [personId, key, route, bodyHash, now, expired]);
  if (claim.rowCount === 0) return { kept: await findKept(tx, personId, key, route, bodyHash), replayed: true };
  const kept = await make();
  const body = kept.body === null ? null : withoutMembers(kept.body, onceShown);
  await tx.query(KEEP, [personId, key, kept.status, kept.headers, body]);
  return { kept, replayed: false };
}

async function findKept(tx: Tx, personId: string, key: string, route: string, bodyHash: Buffer): Promise<KeptAnswer> {
  const { rows } = await tx.query<KeptRow>(FIND, [personId, key]);
  const row = rows[0];
  if (row === undefined) {
    throw new TenantryError('run.conflict', 'The answer kept for this Idempotency-Key has just expired.', {
      retry: { afterMs: 1_000 },
      next: 'Send the request again if its effect is still wanted.',
    });
  }
  if (row.route === route && row.body_hash.equals(bodyHash)) return row;
  throw new TenantryError(
    'request.idempotency_reused',
    `The Idempotency-Key was used for another request: ${row.route}.`,
    {
      next: 'Use a new key for every new request, and the same key only to repeat one unchanged.',
    },
  );
}

const withoutMembers = (json: string, names: readonly string[]): string => {
  if (names.length === 0) return json;
  const body: unknown = JSON.parse(json);
  if (typeof body !== 'object' || body === null) return json;
  return JSON.stringify(Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name))));
};

/** Notes what a repeatable request carries before validation fills in defaults and turns text into other types. */
export function hashBodies(server: HttpServer): void {
  server.decorateRequest('bodyHash', undefined);
  server.addHook('preValidation', async (request) => {
    if (request.headers['idempotency-key'] === undefined) return;
    request.bodyHash = createHash('sha256')
      .update(canonicalJson(request.body ?? null))
      .digest();
  });
}

/** Deletes the answers that are no longer kept; returns how many. For a schedule, under the worker's role. */
export async function purgeIdempotencyKeys({ tx, now }: Pick<Ctx, 'tx' | 'now'>): Promise<number> {
  const expired = new Date(now.getTime() - KEPT_FOR_MS);
  const { rowCount } = await tx.query('delete from idempotency_keys where created_at <= $1', [expired]);
  return rowCount;
}
