import { createHash } from 'node:crypto';
import { canonicalJson, toWireId } from '@tenantry/contract';
import type { CheckpointSigner } from '../../../audit/index.ts';
import type { PackFile } from './pack-files.ts';
import type { RecordedRun } from './recorded-run.ts';

export interface ManifestEntry {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

export interface Manifest {
  readonly schema: 'tenantry.evidence-manifest/1';
  readonly run: string;
  readonly revision: number;
  /** Every file but this one and its signature, by name. */
  readonly files: readonly ManifestEntry[];
  /** SHA-256 of the lines `SHA256  NAME\n` of the files, in order: the output of `sha256sum`. */
  readonly root: string;
}

export interface ManifestSignature {
  readonly schema: 'tenantry.evidence-signature/1';
  readonly run: string;
  readonly revision: number;
  readonly manifestSha256: string;
  readonly keyId: string;
  /** Ed25519, SPKI DER in base64. */
  readonly publicKey: string;
  /** Over the canonical JSON (RFC 8785) of the members above it, base64. */
  readonly signature: string;
}

export function manifestOf(run: RecordedRun, files: readonly PackFile[]): Manifest {
  const entries = files
    .map(({ name, bytes }) => ({ name, size: bytes.byteLength, sha256: sha256(bytes) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    schema: 'tenantry.evidence-manifest/1',
    run: toWireId('run', run.id),
    revision: run.revision,
    files: entries,
    root: sha256(entries.map((entry) => `${entry.sha256}  ${entry.name}\n`).join('')),
  };
}

/** The schema stands in what is signed, so that no signature of a checkpoint passes for one of a pack. */
export function signatureOf(run: RecordedRun, manifest: Uint8Array, signer: CheckpointSigner): ManifestSignature {
  const unsigned = {
    schema: 'tenantry.evidence-signature/1',
    run: toWireId('run', run.id),
    revision: run.revision,
    manifestSha256: sha256(manifest),
    keyId: signer.keyId,
    publicKey: signer.publicKey,
  } as const;
  const signature = signer.sign(Buffer.from(canonicalJson(unsigned)));
  return { ...unsigned, signature: Buffer.from(signature).toString('base64') };
}

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');
