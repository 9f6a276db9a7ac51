import { randomUUID } from 'node:crypto';
import type { JsonObject, Step } from '@tenantry/runbook';
import type { Ctx } from '../../access/index.ts';
import { sha256 } from '../../connectors/kit/index.ts';
import type { RunRecord } from './run-record.ts';

export interface GivenFile {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  /** What the artifact says of itself, such as its audience. */
  readonly about?: JsonObject;
}

/** Keeps a file a person leaves at a step, in the caller's transaction. */
export async function keepFile(
  ctx: Ctx,
  record: RunRecord,
  step: Step,
  file: GivenFile,
): Promise<{ hash: string; url: string }> {
  const id = randomUUID();
  const hash = sha256(file.bytes);
  await ctx.tx.query(
    `insert into run_artifacts (id, run_id, tenant_id, step_id, round, name, media_type, bytes, sha256, created_at, about)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      id,
      record.id,
      record.meta.tenantId,
      step.id,
      record.state.steps[step.id]?.round ?? 1,
      file.name,
      file.mediaType,
      file.bytes,
      hash,
      ctx.now,
      JSON.stringify(file.about ?? {}),
    ],
  );
  return { hash, url: `/api/v1/runs/${record.id}/artifacts/${id}` };
}
