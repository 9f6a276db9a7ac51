import type { Checkpoint } from '../../audit/index.ts';
import type { Tx } from '../../db/index.ts';
import type { RecordedAudit, RecordedAuditRow, RecordedLinks } from './core/recorded-run.ts';

/** Links carried in a pack at most (66 bytes each in JSON): past it the rows show their neighbours only. */
const LINKS_MAX = 20_000;
/** The chain hash before the first link. */
const GENESIS = '0'.repeat(64);

/** The audit rows of a run, and what ties them to the checkpoints. `given` stands for the newest one. */
export async function readRecordedAudit(tx: Tx, runId: string, given: Checkpoint | undefined): Promise<RecordedAudit> {
  const rows = await readRows(tx, runId);
  const positions = rows.flatMap((row) => (row.link === null ? [] : [row.link.position]));
  const newest = given ?? (await readCheckpoint(tx, 'order by k.position desc limit 1', []));
  if (positions.length === 0) return { rows, links: null, covering: null, newest };
  const [first, last] = [Math.min(...positions), Math.max(...positions)];
  const stored = await readCheckpoint(tx, 'where k.position >= $1 order by k.position limit 1', [last]);
  const covering = stored ?? (newest !== null && newest.position >= last ? newest : null);
  const reach = newest !== null && newest.position - first < LINKS_MAX ? newest.position : (covering?.position ?? last);
  return { rows, links: await readLinks(tx, first, Math.max(last, reach)), covering, newest };
}

interface Row extends Omit<RecordedAuditRow, 'link'> {
  readonly position: string | null;
  readonly row_hash: string;
  readonly chain_hash: string;
  readonly previous: string | null;
}

async function readRows(tx: Tx, runId: string): Promise<readonly RecordedAuditRow[]> {
  const { rows } = await tx.query<Row>(
    `select l.seq::text, l.id, (extract(epoch from l.at) * 1000000)::bigint::text as "atUs",
            l.actor_kind as "actorKind", l.actor_id as "actorId", l.action, l.tenant_id as "tenantId",
            l.run_id as "runId", l.subject_kind as "subjectKind", l.subject_id as "subjectId",
            l.payload::text as payload, encode(l.payload_hash, 'hex') as "payloadHash", c.position::text,
            encode(c.row_hash, 'hex') as row_hash, encode(c.chain_hash, 'hex') as chain_hash,
            encode(p.chain_hash, 'hex') as previous
     from audit_log l left join audit_chain c on c.seq = l.seq left join audit_chain p on p.position = c.position - 1
     where l.run_id = $1 order by l.seq`,
    [runId],
  );
  return rows.map(({ position, row_hash, chain_hash, previous, ...row }) => ({
    ...row,
    link:
      position === null
        ? null
        : {
            position: Number(position),
            rowHash: row_hash,
            previousChainHash: previous ?? GENESIS,
            chainHash: chain_hash,
          },
  }));
}

async function readLinks(tx: Tx, from: number, to: number): Promise<RecordedLinks | null> {
  if (to - from >= LINKS_MAX) return null;
  const { rows } = await tx.query<{ row_hash: string; previous: string | null }>(
    `select encode(c.row_hash, 'hex') as row_hash, encode(p.chain_hash, 'hex') as previous
     from audit_chain c left join audit_chain p on p.position = c.position - 1
     where c.position between $1 and $2 order by c.position`,
    [from, to],
  );
  return { from, previous: rows[0]?.previous ?? GENESIS, rowHashes: rows.map((row) => row.row_hash) };
}

interface CheckpointRow {
  readonly position: string;
  readonly chain_hash: string;
  readonly at: Date;
  readonly key_id: string;
  readonly public_key: string;
  readonly signature: string;
}

async function readCheckpoint(tx: Tx, which: string, values: readonly unknown[]): Promise<Checkpoint | null> {
  const { rows } = await tx.query<CheckpointRow>(
    `select k.position::text, encode(k.chain_hash, 'hex') as chain_hash, k.at, k.key_id, k.public_key, k.signature
     from audit_checkpoints k ${which}`,
    values,
  );
  const row = rows[0];
  if (row === undefined) return null;
  return {
    version: 1,
    position: Number(row.position),
    chainHash: row.chain_hash,
    at: row.at.toISOString(),
    keyId: row.key_id,
    publicKey: row.public_key,
    signature: row.signature,
  };
}
