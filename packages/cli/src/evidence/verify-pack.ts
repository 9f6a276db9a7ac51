/**
 * Checks an evidence pack by itself: no server, no network, no trust in whoever handed it over. Each part of the
 * check adds what it finds, so that one run names every fault.
 */
import { canonicalJson } from '@tenantry/contract';
import { checkAudit } from './check-audit.ts';
import { checkReplay } from './check-replay.ts';
import { isSignedWith, keyIdOf, sha256 } from './hashes.ts';
import {
  auditDocumentSchema,
  eventsDocumentSchema,
  type Manifest,
  manifestSchema,
  parseDocument,
  type RunDocument,
  runDocumentSchema,
  signatureSchema,
} from './pack-documents.ts';
import { type PackProblem, problem } from './pack-problem.ts';
import { type PackContents, readPack } from './read-pack.ts';

export interface VerifyPackOptions {
  /**
   * Ed25519 key, SPKI DER in base64, as it was noted down from the installation. Without it the pack is held against
   * the key it came with, which proves that nothing was changed since, but not by whom it was made.
   */
  readonly publicKey?: string;
  /** Unpacked size at most; 1 GiB when not given. */
  readonly bytesMax?: number;
}

export interface PackVerdict {
  readonly ok: boolean;
  readonly problems: readonly PackProblem[];
  /** What the check could not prove and that is no fault: rows not sealed yet, no key to hold it against. */
  readonly notes: readonly string[];
  /** The run the pack is about, where that could be read. */
  readonly run: { readonly id: string; readonly title: string; readonly status: string } | undefined;
  /** Id of the key that signed, where the signature holds. */
  readonly keyId: string | undefined;
}

const BYTES_MAX = 2 ** 30;

/** Never throws for a bad pack: whatever is wrong with it is a problem in the verdict. */
export async function verifyEvidencePack(bytes: Uint8Array, options: VerifyPackOptions = {}): Promise<PackVerdict> {
  const { contents, problems } = await readPack(bytes, options.bytesMax ?? BYTES_MAX);
  const manifest = parseDocument(contents, 'manifest.json', manifestSchema, problems);
  if (manifest !== undefined) checkFiles(contents, manifest, problems);
  const keyId = checkSignature(contents, manifest, options.publicKey, problems);
  const notes = options.publicKey === undefined ? ['No public key was given: the pack was held against its own.'] : [];
  const run = checkSafely(contents, manifest, { publicKey: options.publicKey, problems, notes });
  return {
    ok: problems.length === 0,
    problems,
    notes,
    run: run === undefined ? undefined : { id: run.run.id, title: run.run.title, status: run.run.status },
    keyId,
  };
}

const UNLISTED = new Set(['manifest.json', 'manifest.sig.json']);

function checkFiles(contents: PackContents, manifest: Manifest, problems: PackProblem[]): void {
  for (const entry of manifest.files) {
    const bytes = contents.get(entry.name);
    if (bytes === undefined) problems.push(problem('missing', entry.name, 'The manifest lists it, the pack lacks it.'));
    else if (bytes.byteLength !== entry.size || sha256(bytes) !== entry.sha256) {
      problems.push(problem('altered', entry.name, 'It is not the file the manifest lists.'));
    }
  }
  const listed = new Set(manifest.files.map((entry) => entry.name));
  for (const name of contents.keys()) {
    if (!listed.has(name) && !UNLISTED.has(name)) {
      problems.push(problem('unexpected', name, 'The manifest does not list it.'));
    }
  }
  const root = sha256(manifest.files.map((entry) => `${entry.sha256}  ${entry.name}\n`).join(''));
  if (root !== manifest.root)
    problems.push(problem('altered', 'manifest.json', 'Its root hash is not that of its files.'));
}

function checkSignature(
  contents: PackContents,
  manifest: Manifest | undefined,
  trusted: string | undefined,
  problems: PackProblem[],
): string | undefined {
  const file = 'manifest.sig.json';
  const signed = parseDocument(contents, file, signatureSchema, problems);
  const bytes = contents.get('manifest.json');
  if (signed === undefined || bytes === undefined) return undefined;
  const { signature, ...unsigned } = signed;
  const before = problems.length;
  if (
    signed.manifestSha256 !== sha256(bytes) ||
    signed.run !== manifest?.run ||
    signed.revision !== manifest.revision
  ) {
    problems.push(problem('signature', file, 'It is a signature of another manifest.'));
  }
  if (signed.keyId !== keyIdOf(signed.publicKey)) {
    problems.push(problem('signature', file, 'Its key id is not that of its public key.'));
  }
  if (trusted !== undefined && signed.publicKey !== trusted) {
    problems.push(problem('signature', file, `It was made with the key ${signed.keyId}, not with the one given.`));
  }
  if (!isSignedWith(signed.publicKey, canonicalJson(unsigned), signature)) {
    problems.push(problem('signature', file, 'The signature does not hold.'));
  }
  return problems.length === before ? signed.keyId : undefined;
}

interface Findings {
  readonly publicKey: string | undefined;
  readonly problems: PackProblem[];
  readonly notes: string[];
}

/** Documents that no run could have left, such as JSON nested beyond any stack, end the check with a problem. */
function checkSafely(
  contents: PackContents,
  manifest: Manifest | undefined,
  findings: Findings,
): RunDocument | undefined {
  try {
    return checkDocuments(contents, manifest, findings);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    findings.problems.push(
      problem('unreadable', undefined, `The documents cannot be read as those of a run: ${reason}.`),
    );
    return undefined;
  }
}

function checkDocuments(
  contents: PackContents,
  manifest: Manifest | undefined,
  findings: Findings,
): RunDocument | undefined {
  const { problems, notes } = findings;
  const run = parseDocument(contents, 'run.json', runDocumentSchema, problems);
  const events = parseDocument(contents, 'events.json', eventsDocumentSchema, problems);
  const audit = parseDocument(contents, 'audit.json', auditDocumentSchema, problems);
  if (run !== undefined && manifest !== undefined) checkRun(run, manifest, problems);
  if (run !== undefined && events !== undefined) {
    if (events.run !== run.run.id) problems.push(problem('replay', 'events.json', 'These are events of another run.'));
    else notes.push(...checkReplay(run, events, problems));
  }
  if (run !== undefined && audit !== undefined) notes.push(...checkAudit(run, audit, findings.publicKey, problems));
  return run;
}

/** What run.json says of itself and of the files beside it. */
function checkRun(run: RunDocument, manifest: Manifest, problems: PackProblem[]): void {
  const file = 'run.json';
  if (run.run.id !== manifest.run || run.run.revision !== manifest.revision) {
    problems.push(problem('altered', file, 'It tells of another run or revision than the manifest.'));
  }
  const { definition, files, hash } = run.runbook;
  if (sha256(canonicalJson({ definition, files })) !== hash) {
    problems.push(problem('runbook', file, 'The runbook in it is not the one its hash names.'));
  }
  const listed = new Map(manifest.files.map((entry) => [entry.name, entry.sha256]));
  for (const artifact of run.artifacts) {
    if (artifact.file !== null && listed.get(artifact.file) !== artifact.sha256) {
      problems.push(problem('altered', artifact.file, 'It is not the file the run left.'));
    }
  }
}
