/** The `document` verb: a template of the runbook, filled in from the run, kept as an artifact with its hash. */
import { createHash, randomUUID } from 'node:crypto';
import { TenantryError } from '@tenantry/contract';
import { type ArtifactState, fillText, findStep, type JsonObject, renderTemplate, scopeAt } from '@tenantry/runbook';
import { renderDocument } from '../../connectors/document/index.ts';
import { asText } from '../../connectors/kit/index.ts';
import type { Tx } from '../../db/index.ts';
import type { RunRecord } from '../runs/index.ts';
import type { Work } from './work.ts';

interface Written {
  readonly status: 'passed';
  readonly output: JsonObject;
  readonly artifact: ArtifactState;
  write(tx: Tx, record: RunRecord, now: Date): Promise<void>;
}

/** @throws runbook.invalid for a template that cannot be filled in or would hold a secret */
export async function writeDocument({ attempt, run, input, context }: Work): Promise<Written> {
  const step = findStep(run.runbook, attempt.step);
  const format = step?.body.kind === 'document' ? step.body.format : 'md';
  if (format === 'pdf')
    throw new TenantryError('runbook.unsupported', 'This release writes no PDF documents yet; use html.');
  const values = input as JsonObject;
  const scope = scopeAt(run.runbook, run.state, context.now.toISOString(), values);
  const named = step?.body.kind === 'document' ? step.body.name : undefined;
  const document = renderDocument({
    template: context.template(attempt.name),
    format,
    name: named === undefined ? defaultName(attempt.name, format) : String(renderTemplate(named, scope)),
    render: (text, escaped = asText) => fillText(text, scope, escaped),
  });
  const id = randomUUID();
  const sha256 = createHash('sha256').update(document.bytes).digest('hex');
  return {
    status: 'passed',
    output: { name: document.name, media_type: document.media_type, sha256, size: document.bytes.byteLength },
    artifact: { hash: sha256, url: `/api/v1/runs/${run.id}/artifacts/${id}` },
    write: async (tx, record, now) => {
      await tx.query(
        `insert into run_artifacts (id, run_id, tenant_id, step_id, round, name, media_type, bytes, sha256, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
        [
          id,
          record.id,
          record.meta.tenantId,
          attempt.step,
          attempt.round,
          document.name,
          document.media_type,
          document.bytes,
          sha256,
          now,
        ],
      );
    },
  };
}

const defaultName = (template: string, format: string): string => {
  const base =
    template
      .split('/')
      .at(-1)
      ?.replace(/\.[a-z]+$/, '') ?? 'document';
  return `${base}.${format}`;
};
