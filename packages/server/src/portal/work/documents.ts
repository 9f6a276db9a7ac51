import { fromWireId, isTenantryError, type PortalDocumentView } from '@tenantry/contract';
import { findStep } from '@tenantry/runbook';
import type { Ctx } from '../../access/index.ts';
import { listDocuments, readArtifact, type StoredArtifact } from '../../runbooks/index.ts';
import { notInPortal } from '../errors.ts';
import { loadOwnRun, type Visitor } from '../visitor.ts';
import { documentUrl, signedFiles } from './view-task.ts';

/** The finished documents of the tenant that are not internal to the vendor, in the order they are written. */
export async function listPortalDocuments(ctx: Ctx, { tenantId }: Visitor): Promise<PortalDocumentView[]> {
  const { items } = await listDocuments(ctx, tenantId).catch((error: unknown) => {
    // The tenant is not there yet, so nothing has been written for it.
    if (isTenantryError(error) && error.code === 'tenant.not_found') return { items: [] };
    throw error;
  });
  return items.flatMap(({ title, run, file }) => {
    if (file === null) return [];
    const url = documentUrl(fromWireId('run', run) ?? '', file.url.replace(run, fromWireId('run', run) ?? ''));
    if (url === null) return [];
    const { name, media_type, size, sha256, written_at } = file;
    return [{ run, title, name, media_type, size, sha256, written_at, url }];
  });
}

/**
 * A document of the client: what a step wrote for them, what they sent themselves, and what they are asked to sign. Files
 * that the vendor left as its own evidence are not among them.
 *
 * @throws portal.not_found
 */
export async function readPortalDocument(
  ctx: Ctx,
  visitor: Visitor,
  { runId, artifactId }: { readonly runId: string; readonly artifactId: string },
): Promise<StoredArtifact> {
  const record = await loadOwnRun(ctx, visitor, runId);
  const { rows } = await ctx.tx.query<{ step_id: string; audience: string | null }>(
    `select step_id, about ->> 'audience' as audience from run_artifacts where run_id = $1 and tenant_id = $2 and id = $3`,
    [runId, visitor.tenantId, artifactId],
  );
  const [artifact] = rows;
  if (artifact === undefined || artifact.audience === 'internal') throw notInPortal('document');
  const isDocument = findStep(record.runbook, artifact.step_id)?.body.kind === 'document';
  if (!isDocument && artifact.audience !== 'customer' && !signedFiles(record).has(artifactId)) {
    throw notInPortal('document');
  }
  return readArtifact(ctx, runId, artifactId);
}
