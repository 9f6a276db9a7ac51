import type { Database, Tx } from '../db/index.ts';
import { isSignedBy, readCheckpoints } from './checkpoint.ts';
import { createExaminer, type Examiner, type LinkRow } from './examine.ts';
import { HASHED_COLUMNS } from './row-hash.ts';
import type { AuditVerdict, Checkpoint } from './types.ts';

export interface VerifyOptions {
  /** One that was exported earlier: only it can show that the newest part of the log was cut off. */
  readonly checkpoint?: Checkpoint;
  /**
   * The keys checkpoints may be signed with, known from outside the database. Without them the key of the exported
   * checkpoint is taken, and failing that each stored checkpoint is held against the key it came with, which proves
   * little.
   */
  readonly publicKeys?: readonly string[];
}

const PAGE = 5_000;
/** Action under which an erasure of payloads is recorded. */
export const ERASED_ACTION = 'audit.payloads_erased';

/**
 * Reads the whole chain and every row it links, and tells what does not fit: rows altered, removed, put in another
 * place, slipped in past the sealer, cut off at the end. Works while others write.
 */
export async function verifyAudit(database: Database, options: VerifyOptions = {}): Promise<AuditVerdict> {
  const examiner = createExaminer({
    checkpoints: await trustedCheckpoints(database, options),
    erasures: await database.transaction('operator', readErasures),
  });
  for (;;) {
    const rows = await database.transaction('operator', (tx) => readLinks(tx, examiner.position()));
    for (const [index, row] of rows.entries()) examiner.link(row, rows[index + 1]);
    if (rows.length < PAGE) break;
  }
  const pending = await database.transaction('operator', (tx) => examineUnlinked(tx, examiner));
  return examiner.verdict(pending);
}

async function trustedCheckpoints(database: Database, { checkpoint, publicKeys }: VerifyOptions) {
  const stored = await readCheckpoints(database);
  const given = checkpoint === undefined ? [] : [checkpoint];
  const trusted = publicKeys ?? (checkpoint === undefined ? undefined : [checkpoint.publicKey]);
  return [...stored, ...given].map((one) => ({
    ...one,
    exported: one === checkpoint,
    signed: (trusted ?? [one.publicKey]).some((key) => isSignedBy(one, key)),
  }));
}

/** Tenant -> seq of its latest recorded erasure: rows before it may lack their payload. */
async function readErasures(tx: Tx): Promise<ReadonlyMap<string, bigint>> {
  const { rows } = await tx.query<{ tenant_id: string; seq: string }>(
    `select l.tenant_id, max(l.seq)::text as seq from audit_log l join audit_chain c on c.seq = l.seq
     where l.action = $1 and l.tenant_id is not null group by l.tenant_id`,
    [ERASED_ACTION],
  );
  return new Map(rows.map((row) => [row.tenant_id, BigInt(row.seq)]));
}

async function readLinks(tx: Tx, after: number): Promise<readonly LinkRow[]> {
  const { rows } = await tx.query<LinkRow>(
    `select c.position::text, c.seq::text as linked_seq, c.row_id, c.row_hash, c.chain_hash,
            l.payload is null as erased,
            l.payload is null or sha256(convert_to(l.payload::text, 'UTF8')) = l.payload_hash as payload_fits,
            ${HASHED_COLUMNS}
     from audit_chain c left join audit_log l on l.seq = c.seq
     where c.position > $1 order by c.position limit ${PAGE}`,
    [after],
  );
  return rows;
}

/**
 * Rows outside the chain: below the sealer's floor nothing can have appeared later, so such a row was slipped in or its
 * link was taken away. Above it they wait for the sealer; answers how many.
 */
async function examineUnlinked(tx: Tx, examiner: Examiner): Promise<number> {
  const unlinked = 'from audit_log l where not exists (select from audit_chain c where c.seq = l.seq)';
  const slipped = await tx.query<{ id: string }>(
    `select l.id ${unlinked} and l.seq <= (select floor_seq from audit_sealer) order by l.seq`,
  );
  for (const row of slipped.rows) examiner.unlinked(row.id);
  const waiting = await tx.query<{ pending: number }>(
    `select count(*)::int as pending ${unlinked} and l.seq > (select floor_seq from audit_sealer)`,
  );
  return waiting.rows[0]?.pending ?? 0;
}
