import { createHash } from 'node:crypto';
import { canonicalJson } from '@tenantry/contract';

/** The columns of a row that its hash covers, as `HASHED_COLUMNS` reads them. */
export interface HashedRow {
  readonly seq: string;
  readonly id: string;
  /** Microseconds since 1970: no time zone or rounding of a client can change them. */
  readonly at_us: string;
  readonly actor_kind: string;
  readonly actor_id: string;
  readonly action: string;
  readonly tenant_id: string | null;
  readonly run_id: string | null;
  readonly subject_kind: string;
  readonly subject_id: string;
  readonly payload_hash: Buffer;
}

export const HASHED_COLUMNS = `l.seq::text, l.id, (extract(epoch from l.at) * 1000000)::bigint::text as at_us,
  l.actor_kind, l.actor_id, l.action, l.tenant_id, l.run_id, l.subject_kind, l.subject_id, l.payload_hash`;

/** What the chain starts from. */
export const GENESIS: Buffer = Buffer.alloc(32);

/**
 * SHA-256 of the canonical JSON of a row. The payload counts through its hash, so a row whose payload was erased
 * keeps its own.
 */
export const rowHash = (row: HashedRow): Buffer =>
  createHash('sha256')
    .update(
      canonicalJson([
        'tenantry/audit-row/v1',
        row.seq,
        row.id,
        row.at_us,
        row.actor_kind,
        row.actor_id,
        row.action,
        row.tenant_id,
        row.run_id,
        row.subject_kind,
        row.subject_id,
        row.payload_hash.toString('hex'),
      ]),
    )
    .digest();

export const chainHash = (previous: Buffer, row: Buffer): Buffer =>
  createHash('sha256').update(previous).update(row).digest();
