import { TenantryError, toWireId } from '@tenantry/contract';
import { type Ctx, isClientPerson, permit } from '../../access/index.ts';
import type { Checkpoint, CheckpointSigner } from '../../audit/index.ts';
import type { Tx } from '../../db/index.ts';
import { loadRun, refuseStrangers } from '../runs/index.ts';
import { nameArtifacts } from './core/artifact-names.ts';
import { manifestOf, signatureOf } from './core/manifest.ts';
import { auditDocument, eventsDocument, jsonFile, type PackFile, runDocument } from './core/pack-files.ts';
import type { RecordedAudit, RecordedRun } from './core/recorded-run.ts';
import { renderPage } from './page/render-page.ts';
import { readRecordedAudit } from './read-recorded-audit.ts';
import { readRecordedRun } from './read-recorded-run.ts';
import { zipFiles } from './zip-files.ts';

/** Signs the manifest; the key that signs audit checkpoints. */
export type EvidenceSigner = CheckpointSigner;

export interface EvidencePackInput {
  /** Bare uuid. */
  readonly runId: string;
  readonly signer: EvidenceSigner;
  /** The newest checkpoint, where the caller has just signed one; else the newest stored one is taken. */
  readonly checkpoint?: Checkpoint;
}

export interface EvidencePack {
  /** File name to offer: `evidence-acme-run_1f0c….zip`. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Readings of a run that keeps moving before giving up. */
const READINGS_MAX = 5;

/**
 * One ZIP that proves a run without this installation: a page to read, the record, the events that replay to the same
 * state, the audit rows with their place in the chain, every artifact, and a signed manifest. The same run at the same
 * revision, with the same checkpoint, gives the same bytes. `verifyEvidencePack` of the CLI checks it offline.
 *
 * A person of the client gets it without the documents that are internal to the vendor.
 *
 * @throws run.not_found, also for a person of another client; access.forbidden without `runs:read`; run.conflict when
 *   the run moves faster than it can be read.
 */
export async function writeEvidencePack(ctx: Ctx, input: EvidencePackInput): Promise<EvidencePack> {
  permit(ctx.actor, 'runs:read');
  const { run, audit } = await readAtRest(ctx, input);
  const artifacts = nameArtifacts(run.artifacts);
  const files: readonly PackFile[] = [
    { name: 'index.html', bytes: renderPage({ run, audit, artifacts, keyId: input.signer.keyId }) },
    jsonFile('run.json', runDocument(run, artifacts)),
    jsonFile('events.json', eventsDocument(run)),
    jsonFile('audit.json', auditDocument(run, audit)),
    ...artifacts.flatMap(({ file, bytes }) => (file === null || bytes === null ? [] : [{ name: file, bytes }])),
  ];
  const manifest = jsonFile('manifest.json', manifestOf(run, files));
  const signature = jsonFile('manifest.sig.json', signatureOf(run, manifest.bytes, input.signer));
  return {
    name: `evidence-${run.meta.tenantSlug ?? run.runbook.definition.id}-${toWireId('run', run.id)}.zip`,
    bytes: await zipFiles([...files, manifest, signature], run.updatedAt),
  };
}

/** Everything of one revision: each statement sees the newest commit, so a run that moved meanwhile is read again. */
async function readAtRest(
  ctx: Ctx,
  { runId, checkpoint }: EvidencePackInput,
): Promise<{ readonly run: RecordedRun; readonly audit: RecordedAudit }> {
  for (let reading = 0; reading < READINGS_MAX; reading += 1) {
    const record = await loadRun(ctx.tx, runId);
    refuseStrangers(ctx.actor, 'runs:read', record);
    const run = await readRecordedRun(ctx.tx, record, { internal: !isClientPerson(ctx.actor) });
    const audit = await readRecordedAudit(ctx.tx, runId, checkpoint);
    if ((await revisionOf(ctx.tx, runId)) === record.revision) return { run, audit };
  }
  throw new TenantryError('run.conflict', `Run ${toWireId('run', runId)} moves faster than it can be read.`, {
    retry: 'now',
    next: 'Try again when it waits for somebody.',
  });
}

async function revisionOf(tx: Tx, runId: string): Promise<number> {
  const { rows } = await tx.query<{ revision: string }>('select revision::text from runs where id = $1', [runId]);
  return Number(rows[0]?.revision ?? -1);
}
