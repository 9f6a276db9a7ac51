import { canonicalJson } from '@tenantry/contract';
import { z } from 'zod';
import { chainHashOf, isSignedWith, keyIdOf, sha256 } from './hashes.ts';
import type { AuditDocument, PackAuditRow, PackCheckpoint, RunDocument } from './pack-documents.ts';
import { type PackProblem, problem } from './pack-problem.ts';

const FILE = 'audit.json';

/**
 * Recomputes each row and its place in the chain, and, where the links between are carried, the chain from the first
 * row up to the signed checkpoints. Answers notes.
 */
export function checkAudit(
  run: RunDocument,
  audit: AuditDocument,
  trusted: string | undefined,
  problems: PackProblem[],
): readonly string[] {
  const report = (message: string): void => {
    problems.push(problem('audit', FILE, message));
  };
  if (audit.run !== run.run.id) report('These are rows of another run.');
  checkRows(run, audit, report);
  checkRunbookHash(run, audit, report);
  const checkpoints = [audit.covering, audit.newest].filter((checkpoint) => checkpoint !== null);
  for (const checkpoint of checkpoints) checkCheckpoint(checkpoint, trusted, report);
  const reached = checkLinks(audit, checkpoints, report);
  return notesOf(audit, reached);
}

type Report = (message: string) => void;

function checkRows(run: RunDocument, audit: AuditDocument, report: Report): void {
  const seen = new Set<string>();
  let before: PackAuditRow | undefined;
  for (const row of audit.rows) {
    if (seen.has(row.id)) report(`Row ${row.seq} stands twice.`);
    seen.add(row.id);
    if (`run_${row.runId}` !== run.run.id) report(`Row ${row.seq} is of another run.`);
    if (before !== undefined && BigInt(before.seq) >= BigInt(row.seq)) report(`Row ${row.seq} is out of order.`);
    if (row.payload !== null && sha256(row.payload) !== row.payloadHash) {
      report(`The payload of row ${row.seq} is not the one that was recorded.`);
    }
    checkLink(row, report);
    before = row;
  }
}

function checkLink(row: PackAuditRow, report: Report): void {
  const { link } = row;
  if (link === null) return;
  if (rowHashOf(row) !== link.rowHash) report(`Row ${row.seq} is not the one that was sealed.`);
  if (chainHashOf(link.previousChainHash, link.rowHash) !== link.chainHash) {
    report(`The link of row ${row.seq} does not follow from the one before it.`);
  }
}

/** The format `tenantry/audit-row/v1`. */
const rowHashOf = (row: PackAuditRow): string =>
  sha256(
    canonicalJson([
      'tenantry/audit-row/v1',
      row.seq,
      row.id,
      row.atUs,
      row.actorKind,
      row.actorId,
      row.action,
      row.tenantId,
      row.runId,
      row.subjectKind,
      row.subjectId,
      row.payloadHash,
    ]),
  );

/** The run recorded, when it was made, which runbook it pinned. */
function checkRunbookHash(run: RunDocument, audit: AuditDocument, report: Report): void {
  const created = audit.rows.filter((row) => row.action === 'run.created');
  if (created.length !== 1) report(`It has ${created.length} rows of the making of the run; there is one.`);
  const payload = created[0]?.payload;
  if (payload === null || payload === undefined) return;
  const made = madeSchema.safeParse(JSON.parse(payload));
  if (made.data?.detail.hash !== run.runbook.hash) {
    report('The run was made with another runbook than run.json holds.');
  }
}

const madeSchema = z.object({ detail: z.object({ hash: z.string() }) });

function checkCheckpoint(checkpoint: PackCheckpoint, trusted: string | undefined, report: Report): void {
  const { signature, ...unsigned } = checkpoint;
  const name = `The checkpoint of ${checkpoint.at} at position ${checkpoint.position}`;
  if (trusted !== undefined && checkpoint.publicKey !== trusted)
    report(`${name} is of another key than the one given.`);
  const named = checkpoint.keyId === keyIdOf(checkpoint.publicKey);
  if (!named || !isSignedWith(checkpoint.publicKey, canonicalJson(unsigned), signature)) {
    report(`${name} is not signed with the key it names.`);
  }
}

/** Walks the links that are carried; answers the last position they reach. */
function checkLinks(audit: AuditDocument, checkpoints: readonly PackCheckpoint[], report: Report): number {
  const held = new Map(audit.rows.flatMap(({ link }) => (link === null ? [] : [[link.position, link]])));
  const { links } = audit;
  if (links === null) return 0;
  let chain = links.previous;
  let position = links.from - 1;
  for (const rowHash of links.rowHashes) {
    position += 1;
    const link = held.get(position);
    if (link !== undefined && (link.rowHash !== rowHash || link.previousChainHash !== chain)) {
      report(`The chain at position ${position} is not the one its row names.`);
    }
    chain = chainHashOf(chain, rowHash);
    for (const checkpoint of checkpoints) {
      if (checkpoint.position === position && checkpoint.chainHash !== chain) {
        report(`The chain at position ${position} is not the one the checkpoint of ${checkpoint.at} states.`);
      }
    }
  }
  for (const at of held.keys()) {
    if (at < links.from || at > position) report(`The links do not reach the row at position ${at}.`);
  }
  return position;
}

function notesOf(audit: AuditDocument, reached: number): readonly string[] {
  const notes: string[] = [];
  const unsealed = audit.rows.filter((row) => row.link === null).length;
  const erased = audit.rows.filter((row) => row.payload === null).length;
  const last = Math.max(0, ...audit.rows.map((row) => row.link?.position ?? 0));
  if (unsealed > 0) notes.push(`${unsealed} audit rows were not sealed yet when the pack was written.`);
  if (erased > 0) notes.push(`The payload of ${erased} audit rows was erased.`);
  if (audit.covering === null || audit.covering.position < last) {
    notes.push('No signed checkpoint covers the last audit row of the run yet.');
  } else if (reached < audit.covering.position) {
    notes.push('The links from the audit rows to the checkpoint are too many to carry: rows were checked one by one.');
  }
  return notes;
}
