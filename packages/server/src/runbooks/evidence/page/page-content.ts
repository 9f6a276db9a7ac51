import type { NamedArtifact } from '../core/artifact-names.ts';
import type { RecordedAudit, RecordedRun } from '../core/recorded-run.ts';

/** What the page of a pack tells. */
export interface PageContent {
  readonly run: RecordedRun;
  readonly audit: RecordedAudit;
  readonly artifacts: readonly NamedArtifact[];
  /** Of the key that signs the manifest. */
  readonly keyId: string;
}
