/** The documents of a pack. Each names its schema; a change a reader could notice makes a new number. */
import { toWireId } from '@tenantry/contract';
import type { NamedArtifact } from './artifact-names.ts';
import type { RecordedAudit, RecordedRun } from './recorded-run.ts';

export interface PackFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export const jsonFile = (name: string, value: unknown): PackFile => ({
  name,
  bytes: Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`),
});

export function runDocument(run: RecordedRun, artifacts: readonly NamedArtifact[]): object {
  const { meta, runbook } = run;
  return {
    schema: 'tenantry.evidence/1',
    run: {
      id: toWireId('run', run.id),
      revision: run.revision,
      title: meta.title,
      status: run.state.status,
      product: meta.productId,
      client: meta.clientId === null ? null : toWireId('client', meta.clientId),
      tenant: meta.tenantId === null ? null : { id: meta.tenantId, slug: meta.tenantSlug },
      contacts: meta.contacts,
      startedBy: meta.startedBy,
      createdAt: run.createdAt,
      updatedAt: run.updatedAt,
      endedAt: run.endedAt,
    },
    runbook: {
      id: runbook.definition.id,
      version: runbook.definition.version,
      hash: runbook.hash,
      definition: runbook.definition,
      ...(Object.keys(runbook.earlier).length === 0 ? {} : { earlier: runbook.earlier }),
      files: runbook.files,
      approvals: runbook.approvals,
    },
    start: { facts: run.factsAtStart },
    state: run.state,
    attempts: run.attempts,
    evidence: run.evidence,
    artifacts: artifacts.map(({ bytes, ...artifact }) => ({ ...artifact, size: bytes?.byteLength ?? null })),
    resources: run.resources,
  };
}

export const eventsDocument = (run: RecordedRun): object => ({
  schema: 'tenantry.evidence-events/1',
  run: toWireId('run', run.id),
  events: run.events,
});

export const auditDocument = (run: RecordedRun, audit: RecordedAudit): object => ({
  schema: 'tenantry.evidence-audit/1',
  run: toWireId('run', run.id),
  ...audit,
});
