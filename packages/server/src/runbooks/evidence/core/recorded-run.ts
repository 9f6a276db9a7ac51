/** What the database holds of one run, as the pack tells it. Times are ISO 8601 in UTC. */
import type { Json, Runbook, RunEvent, RunFacts, RunState } from '@tenantry/runbook';
import type { Checkpoint } from '../../../audit/index.ts';
import type { RunMeta } from '../../runs/index.ts';

export interface RecordedRun {
  readonly id: string;
  readonly revision: number;
  readonly meta: Omit<RunMeta, 'createdAt'>;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly endedAt: string | null;
  readonly runbook: RecordedRunbook;
  /** What the events are replayed from. */
  readonly factsAtStart: RunFacts;
  readonly state: RunState;
  readonly attempts: readonly RecordedAttempt[];
  readonly evidence: readonly RecordedEvidence[];
  readonly artifacts: readonly RecordedArtifact[];
  readonly resources: readonly RecordedResource[];
  readonly events: readonly RecordedEvent[];
}

export interface RecordedRunbook {
  readonly hash: string;
  readonly definition: Runbook;
  /** Definitions the run had before it was migrated, by version. */
  readonly earlier: Readonly<Record<string, Runbook>>;
  readonly files: Readonly<Record<string, string>>;
  readonly approvals: readonly RecordedApproval[];
}

export interface RecordedApproval {
  readonly role: string;
  readonly name: string;
  readonly at: string;
  /** Given by a seeded identity: counts in development only. */
  readonly development: boolean;
}

export interface RecordedAttempt {
  readonly step: string;
  readonly round: number;
  readonly try: number;
  readonly verb: string;
  readonly name: string;
  readonly environment: string;
  readonly input: Json;
  readonly status: string;
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

export interface RecordedEvidence {
  readonly id: string;
  readonly step: string;
  readonly round: number;
  readonly try: number;
  readonly kind: string;
  readonly ok: boolean | null;
  readonly expected: Json;
  readonly actual: Json;
  readonly actor: RecordedActor;
  readonly at: string;
}

/** Who acted, without addresses, keys and scopes. */
export interface RecordedActor {
  readonly kind: string;
  readonly id: string;
  readonly name: string;
  readonly development: boolean;
}

export interface RecordedArtifact {
  readonly id: string;
  readonly step: string;
  readonly round: number;
  /** As it was given; may hold anything. */
  readonly name: string;
  readonly mediaType: string;
  readonly sha256: string;
  readonly link: string | null;
  readonly bytes: Uint8Array | null;
  readonly at: string;
}

export interface RecordedResource {
  readonly step: string;
  readonly action: string;
  readonly actionVersion: number;
  readonly environment: string;
  readonly kind: string;
  readonly externalId: string;
  readonly name: string;
  readonly claim: string;
  readonly status: string;
  readonly madeAt: string;
  readonly undoneAt: string | null;
}

export interface RecordedEvent {
  readonly revision: number;
  readonly event: RunEvent;
  readonly steps: readonly { readonly step: string; readonly status: string }[];
}

/** The audit rows of the run, and the links that tie them to signed checkpoints. Hashes are hex. */
export interface RecordedAudit {
  readonly rows: readonly RecordedAuditRow[];
  /**
   * Row hashes of every link from the first row of the run to the last checkpoint within reach, so that anyone can
   * recompute the chain between. Null when nothing is sealed or the stretch is too long to carry.
   */
  readonly links: RecordedLinks | null;
  /** The first checkpoint at or after the last row of the run. */
  readonly covering: Checkpoint | null;
  readonly newest: Checkpoint | null;
}

export interface RecordedLinks {
  /** Position of the first row hash. */
  readonly from: number;
  /** Chain hash of the position before. */
  readonly previous: string;
  readonly rowHashes: readonly string[];
}

/** The columns a row hash covers, the text its payload hash covers, and its place in the chain. */
export interface RecordedAuditRow {
  readonly seq: string;
  readonly id: string;
  /** Microseconds since 1970. */
  readonly atUs: string;
  readonly actorKind: string;
  readonly actorId: string;
  readonly action: string;
  readonly tenantId: string | null;
  readonly runId: string | null;
  readonly subjectKind: string;
  readonly subjectId: string;
  /** The very text that was hashed; null once erased. */
  readonly payload: string | null;
  readonly payloadHash: string;
  /** Null while the sealer has not linked the row yet. */
  readonly link: {
    readonly position: number;
    readonly rowHash: string;
    readonly previousChainHash: string;
    readonly chainHash: string;
  } | null;
}
