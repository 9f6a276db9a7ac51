import { bug } from '@tenantry/contract';
import type { Database, Tx } from '../db/index.ts';
import { chainHash, GENESIS, HASHED_COLUMNS, type HashedRow, rowHash } from './row-hash.ts';

export interface SealOptions {
  /** Rows linked in one transaction. */
  readonly batch?: number;
}

export interface SealReport {
  /** Rows this call linked. */
  readonly sealed: number;
  /** Position of the last link; not looked up, and 0, when `busy`. */
  readonly sealedTo: number;
  /** True when another process was sealing, so this one left it alone. */
  readonly busy: boolean;
}

const BATCH_DEFAULT = 2_000;
/** Spells "audt"; nothing else in the database takes it. */
const LOCK_KEY = 0x61756474;

interface SealerState {
  readonly floor_seq: string;
  readonly candidate_seq: string;
  readonly newest_seq: string;
  /** The candidate's transactions have all ended, so no row up to it can still appear. */
  readonly candidate_settled: boolean;
}

interface Head {
  readonly position: number;
  readonly hash: Buffer;
}

/**
 * Links every committed row that is not in the chain yet, in order of `seq`, in batches of one transaction each.
 * Writers are never waited for and never wait: the sealer takes an advisory lock of its own and only reads
 * `audit_log`.
 *
 * Transactions commit in another order than they draw their `seq`, so a lower number can appear after a higher one
 * was sealed. Each call therefore looks at all rows above a floor and links those the chain lacks. The floor rises to
 * a `seq` only when every transaction that was running while that `seq` was the newest has ended. A restore into
 * another cluster, whose transaction numbers start afresh, only makes the floor start over.
 */
export async function sealAudit(database: Database, { batch = BATCH_DEFAULT }: SealOptions = {}): Promise<SealReport> {
  let sealed = 0;
  for (;;) {
    const pass = await database.transaction('worker', (tx) => sealBatch(tx, batch));
    if (pass === undefined) return { sealed, sealedTo: 0, busy: true };
    sealed += pass.sealed;
    if (pass.sealed < batch) return { sealed, sealedTo: pass.sealedTo, busy: false };
  }
}

async function sealBatch(tx: Tx, batch: number): Promise<{ sealed: number; sealedTo: number } | undefined> {
  if (!(await takeLock(tx))) return undefined;
  const [state, head] = await Promise.all([readState(tx), readHead(tx)]);
  const rows = await readUnsealed(tx, state.floor_seq, batch);
  const sealedTo = await append(tx, head, rows);
  const exhausted = rows.length < batch;
  await raiseFloor(tx, state, exhausted ? undefined : rows.at(-1)?.seq);
  return { sealed: rows.length, sealedTo };
}

async function takeLock(tx: Tx): Promise<boolean> {
  const { rows } = await tx.query<{ taken: boolean }>(
    { name: 'audit-seal-lock', text: 'select pg_try_advisory_xact_lock($1) as taken' },
    [LOCK_KEY],
  );
  return rows[0]?.taken === true;
}

async function readState(tx: Tx): Promise<SealerState> {
  const { rows } = await tx.query<SealerState>({
    name: 'audit-seal-state',
    text: `select floor_seq::text, candidate_seq::text,
                  (select coalesce(max(seq), 0) from audit_log)::text as newest_seq,
                  candidate_xact <= pg_snapshot_xmin(pg_current_snapshot()) as candidate_settled
           from audit_sealer`,
  });
  const state = rows[0];
  if (state === undefined) throw bug('The audit sealer has lost its row.');
  return state;
}

/** Ordered by the qualified name: a bare `position` would be the text that is selected, and "9" comes after "10". */
async function readHead(tx: Tx): Promise<Head> {
  const { rows } = await tx.query<{ position: string; chain_hash: Buffer }>({
    name: 'audit-seal-head',
    text: 'select position::text, chain_hash from audit_chain order by audit_chain.position desc limit 1',
  });
  const last = rows[0];
  return last === undefined
    ? { position: 0, hash: GENESIS }
    : { position: Number(last.position), hash: last.chain_hash };
}

async function readUnsealed(tx: Tx, floor: string, batch: number): Promise<readonly HashedRow[]> {
  const { rows } = await tx.query<HashedRow>(
    {
      name: 'audit-seal-rows',
      text: `select ${HASHED_COLUMNS} from audit_log l
             where l.seq > $1
               and not exists (select from audit_chain c where c.seq = l.seq and c.seq > $1)
             order by l.seq limit $2`,
    },
    [floor, batch],
  );
  return rows;
}

async function append(tx: Tx, head: Head, rows: readonly HashedRow[]): Promise<number> {
  if (rows.length === 0) return head.position;
  let { position, hash } = head;
  const links = rows.map((row) => {
    const own = rowHash(row);
    hash = chainHash(hash, own);
    position += 1;
    return { position, own, hash };
  });
  await tx.query(
    {
      name: 'audit-seal-append',
      text: `insert into audit_chain (position, seq, row_id, row_hash, chain_hash)
             select * from unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::bytea[], $5::bytea[])`,
    },
    [
      links.map((link) => link.position),
      rows.map((row) => row.seq),
      rows.map((row) => row.id),
      links.map((link) => link.own),
      links.map((link) => link.hash),
    ],
  );
  return position;
}

/**
 * `sealedUpTo` is the last row of a full batch: rows after it are still to be linked. Undefined when the batch took
 * all there was.
 */
async function raiseFloor(tx: Tx, state: SealerState, sealedUpTo: string | undefined): Promise<void> {
  if (!state.candidate_settled) {
    await forgetForeignCandidate(tx);
    return;
  }
  const candidate = BigInt(state.candidate_seq);
  const floor = sealedUpTo === undefined || candidate < BigInt(sealedUpTo) ? candidate : BigInt(sealedUpTo);
  const next = floor === candidate ? BigInt(state.newest_seq) : candidate;
  // An idle log writes nothing.
  if (floor === BigInt(state.floor_seq) && next === candidate) return;
  await tx.query(
    {
      name: 'audit-seal-floor',
      text: `update audit_sealer set floor_seq = $1, candidate_seq = $2, candidate_xact =
               case when $3 then pg_snapshot_xmax(pg_current_snapshot()) else candidate_xact end`,
    },
    [String(floor), String(next), next !== candidate],
  );
}

/** A candidate from the future was saved in another cluster: it would not be settled for a very long time. */
async function forgetForeignCandidate(tx: Tx): Promise<void> {
  await tx.query({
    name: 'audit-seal-forget',
    text: `update audit_sealer set candidate_seq = floor_seq, candidate_xact = pg_snapshot_xmax(pg_current_snapshot())
           where candidate_xact > pg_snapshot_xmax(pg_current_snapshot())`,
  });
}
