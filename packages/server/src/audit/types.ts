import type { Actor } from '../access/index.ts';

/**
 * What a row is about: `{ kind: 'tenant', id: uuid, name: 'acme' }`. An erasure takes `name` and leaves `id`, so an id
 * never is a person's name or address.
 */
export interface AuditSubject {
  readonly kind: string;
  readonly id: string;
  readonly name?: string;
}

/** What a mutation says of itself; who and when come from its context. */
export interface AuditEntry {
  /** `entity.verb` in the past tense: `tenant.created`. */
  readonly action: string;
  /** Defaults to the tenant of the transaction, if it has one. */
  readonly tenantId?: string;
  /** Defaults to the run that acts, if one does. */
  readonly runId?: string;
  readonly subject: AuditSubject;
  readonly reason?: string;
  /** Plain JSON. A Secret in it is written as `[redacted]`. */
  readonly detail?: object;
}

/** A row as it is read back. The four last members are undefined once the payload was erased. */
export interface AuditRow {
  readonly id: string;
  /** Order of writing; gaps are rolled-back transactions. */
  readonly seq: string;
  readonly at: Date;
  readonly action: string;
  readonly actorKind: Actor['kind'];
  /** Id of the person, user or run, or the name of the part. */
  readonly actorId: string;
  readonly tenantId: string | null;
  readonly runId: string | null;
  readonly subject: AuditSubject;
  readonly erased: boolean;
  readonly actor: Readonly<Record<string, unknown>> | undefined;
  readonly reason: string | undefined;
  readonly detail: unknown;
}

export interface AuditFilter {
  readonly tenantId?: string;
  readonly runId?: string;
  /** Matches the start of the action: `tenant.` or `tenant.created`. */
  readonly action?: string;
  /** Id of the person, user or run, or the name of the part. */
  readonly actorId?: string;
  /** Inclusive. */
  readonly from?: Date;
  /** Exclusive. */
  readonly to?: Date;
}

/** Newest first. `cursor` asks for the next page; it is undefined on the last one. */
export interface AuditPage {
  readonly rows: readonly AuditRow[];
  readonly cursor: string | undefined;
}

/** A signed statement of how the chain stood; kept outside the installation, it shows later truncation. */
export interface Checkpoint {
  readonly version: 1;
  readonly position: number;
  /** Hex of the chain hash at `position`. */
  readonly chainHash: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** First 16 hex digits of the SHA-256 of `publicKey`. */
  readonly keyId: string;
  /** Ed25519 public key, SPKI DER in base64. */
  readonly publicKey: string;
  /** Ed25519 signature over the canonical JSON of the members above it, base64. */
  readonly signature: string;
}

/** Signs checkpoints. The vault makes one (`loadCheckpointSigner`), so that audit knows nothing of keys at rest. */
export interface CheckpointSigner {
  readonly keyId: string;
  readonly publicKey: string;
  sign(bytes: Uint8Array): Uint8Array;
}

export interface AuditProblem {
  readonly kind: 'altered' | 'removed' | 'reordered' | 'truncated' | 'unsealed' | 'bad_signature';
  /** Place in the chain; undefined where the row is not in it. */
  readonly position: number | undefined;
  readonly rowId: string | undefined;
  readonly message: string;
}

export interface AuditVerdict {
  readonly ok: boolean;
  /** Links of the chain that were read. */
  readonly rows: number;
  /** Position of the last link; 0 when nothing is sealed. */
  readonly sealedTo: number;
  /** Rows written so recently that the sealer has not linked them yet: no problem. */
  readonly pending: number;
  /** Rows whose payload was erased with a record of the erasure. */
  readonly erased: number;
  /** The first hundred; `problemsTotal` counts all. */
  readonly problems: readonly AuditProblem[];
  readonly problemsTotal: number;
}
