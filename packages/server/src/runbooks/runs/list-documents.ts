import { type DocumentView, documentStatusSchema, type TenantDocumentsView, toWireId } from '@tenantry/contract';
import { type Step, stepsOf } from '@tenantry/runbook';
import { z } from 'zod';
import { type Ctx, isClientPerson } from '../../access/index.ts';
import { readTenant } from '../../tenants/index.ts';
import { loadRunbook } from '../library/index.ts';

interface RunRow {
  readonly id: string;
  readonly runbook_id: string;
  readonly runbook_version: string;
}

interface FileRow {
  readonly id: string;
  readonly run_id: string;
  readonly step_id: string;
  readonly name: string;
  readonly media_type: string;
  readonly size: number;
  readonly sha256: string;
  readonly about: unknown;
  readonly created_at: Date;
}

/**
 * Every document of the newest run of each runbook for the tenant, in the order of their steps (DOC-06). A document
 * whose step has not come is listed as not ready. People of a client see neither those nor what is internal.
 *
 * @throws tenant.not_found, access.forbidden, access.support_required
 */
export async function listDocuments(ctx: Ctx, idOrSlug: string): Promise<TenantDocumentsView> {
  const tenant = await readTenant(ctx, idOrSlug);
  const { rows: runs } = await ctx.tx.query<RunRow>(
    `select distinct on (runbook_id) id, runbook_id, runbook_version from runs
     where tenant_id = $1 and status not in ('cancelled', 'rolled_back') order by runbook_id, created_at desc`,
    [tenant.id],
  );
  const { rows: files } = await ctx.tx.query<FileRow>(
    `select distinct on (run_id, step_id) id, run_id, step_id, name, media_type, octet_length(bytes) as size, sha256,
            about, created_at
     from run_artifacts where run_id = any($1::uuid[]) and bytes is not null order by run_id, step_id, created_at desc`,
    [runs.map(({ id }) => id)],
  );
  const items: DocumentView[] = [];
  for (const run of runs) {
    const { definition } = await loadRunbook(ctx.tx, run.runbook_id, run.runbook_version);
    for (const step of stepsOf(definition)) {
      if (step.body.kind === 'document') items.push(viewDocument(run.id, step, files));
    }
  }
  const shown = isClientPerson(ctx.actor)
    ? items.filter(({ file, audience }) => file && audience !== 'internal')
    : items;
  const ready = shown.filter(({ status }) => status === 'ready').length;
  return { items: shown, ready, complete: shown.length > 0 && ready === shown.length };
}

const aboutSchema = z.object({
  title: z.string().optional(),
  status: documentStatusSchema.default('ready'),
  audience: z.enum(['customer', 'internal']).nullable().default(null),
  owner: z.string().nullable().default(null),
  location: z.string().nullable().default(null),
  notes: z.string().nullable().default(null),
});

function viewDocument(runId: string, step: Step, files: readonly FileRow[]): DocumentView {
  const row = files.find((file) => file.run_id === runId && file.step_id === step.id);
  const { title = step.title, ...about } = aboutSchema.parse(row?.about ?? { status: 'not_ready' });
  const run = toWireId('run', runId);
  return {
    title,
    ...about,
    run,
    step: step.id,
    file:
      row === undefined
        ? null
        : {
            name: row.name,
            media_type: row.media_type,
            size: row.size,
            sha256: row.sha256,
            url: `/api/v1/runs/${run}/artifacts/${row.id}`,
            written_at: row.created_at.toISOString(),
          },
  };
}
