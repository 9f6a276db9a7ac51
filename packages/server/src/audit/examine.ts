import { chainHash, GENESIS, type HashedRow, rowHash } from './row-hash.ts';
import type { AuditProblem, AuditVerdict, Checkpoint } from './types.ts';

/** A link of the chain beside the row it points at; the row's columns are null where it is gone. */
export type LinkRow = {
  readonly position: string;
  readonly linked_seq: string;
  readonly row_id: string;
  readonly row_hash: Buffer;
  readonly chain_hash: Buffer;
  readonly erased: boolean;
  readonly payload_fits: boolean;
} & (HashedRow | { readonly id: null });

export interface HeldCheckpoint extends Checkpoint {
  /** Came from outside the database. */
  readonly exported: boolean;
  readonly signed: boolean;
}

export interface Examiner {
  /** Position of the last link that was handed in. */
  position(): number;
  /** `next` is the link after it, where it is at hand. */
  link(row: LinkRow, next: LinkRow | undefined): void;
  /** A row the sealer has passed and that is in no link. */
  unlinked(rowId: string): void;
  verdict(pending: number): AuditVerdict;
}

const PROBLEMS_KEPT = 100;

/**
 * Judges the chain link by link. After a break it goes on from the stored hash, so that one fault is told once and
 * those behind it are found too.
 */
export function createExaminer(held: {
  readonly checkpoints: readonly HeldCheckpoint[];
  readonly erasures: ReadonlyMap<string, bigint>;
}): Examiner {
  const problems: AuditProblem[] = [];
  let problemsTotal = 0;
  let position = 0;
  let links = 0;
  let erased = 0;
  let previous = GENESIS;
  let previousSeq = 0n;
  const signed = held.checkpoints.filter((checkpoint) => checkpoint.signed);
  const byPosition = new Map<number, HeldCheckpoint[]>();
  for (const one of signed) byPosition.set(one.position, [...(byPosition.get(one.position) ?? []), one]);

  const report = (kind: AuditProblem['kind'], at: number | undefined, rowId: string | undefined, message: string) => {
    problemsTotal += 1;
    if (problems.length < PROBLEMS_KEPT) problems.push({ kind, position: at, rowId, message });
  };

  for (const checkpoint of held.checkpoints) {
    if (!checkpoint.signed) {
      report(
        'bad_signature',
        checkpoint.position,
        undefined,
        `${name(checkpoint)} is not signed with the trusted key.`,
      );
    }
  }

  return {
    position: () => position,
    link(row, next) {
      const at = Number(row.position);
      if (at !== position + 1) report('removed', position + 1, undefined, gap(position + 1, at - 1));
      else if (!chainHash(previous, row.row_hash).equals(row.chain_hash)) {
        const kind = isOutOfOrder(previousSeq, row, next) ? 'reordered' : 'altered';
        report(kind, at, row.row_id, 'The link does not follow from the one before it.');
      }
      const fault = faultOf(row, held.erasures);
      if (fault !== undefined) report(fault.kind, at, row.row_id, fault.message);
      for (const checkpoint of byPosition.get(at) ?? []) {
        if (checkpoint.chainHash !== row.chain_hash.toString('hex')) {
          report('altered', at, row.row_id, `The chain up to here is not the one that ${name(checkpoint)} states.`);
        }
      }
      if (row.erased && row.id !== null) erased += 1;
      links += 1;
      position = at;
      previous = row.chain_hash;
      previousSeq = BigInt(row.linked_seq);
    },
    unlinked: (rowId) =>
      report('unsealed', undefined, rowId, 'The row is in no link, though the sealer has passed its place.'),
    verdict(pending) {
      for (const checkpoint of signed.filter((one) => one.position > position)) {
        report('truncated', position + 1, undefined, `The chain ends at ${position}; ${name(checkpoint)} states more.`);
      }
      return { ok: problemsTotal === 0, rows: links, sealedTo: position, pending, erased, problems, problemsTotal };
    },
  };
}

const name = ({ exported, position, at }: HeldCheckpoint): string =>
  `the ${exported ? 'exported' : 'stored'} checkpoint of ${at} at position ${position}`;

const gap = (first: number, last: number): string =>
  first === last ? `Link ${first} is missing.` : `Links ${first} to ${last} are missing.`;

/** Only asked where a link is broken: sound links may be out of order too, when transactions were. */
const isOutOfOrder = (previousSeq: bigint, row: LinkRow, next: LinkRow | undefined): boolean =>
  BigInt(row.linked_seq) < previousSeq || (next !== undefined && BigInt(next.linked_seq) < BigInt(row.linked_seq));

function faultOf(
  row: LinkRow,
  erasures: ReadonlyMap<string, bigint>,
): { readonly kind: AuditProblem['kind']; readonly message: string } | undefined {
  if (row.id === null) return { kind: 'removed', message: 'The row of this link is gone.' };
  if (row.id !== row.row_id) return { kind: 'reordered', message: `The place of this row holds the row ${row.id}.` };
  if (!rowHash(row).equals(row.row_hash))
    return { kind: 'altered', message: 'The row is not the one that was sealed.' };
  if (!row.payload_fits) return { kind: 'altered', message: 'The payload of the row is not the one that was sealed.' };
  const erasedBefore = row.tenant_id === null ? undefined : erasures.get(row.tenant_id);
  if (row.erased && (erasedBefore === undefined || erasedBefore <= BigInt(row.seq))) {
    return { kind: 'altered', message: 'The payload of the row is gone, and no erasure of it is recorded.' };
  }
  return undefined;
}
