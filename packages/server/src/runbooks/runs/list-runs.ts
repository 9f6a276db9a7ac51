import type { RunStatus } from '@tenantry/runbook';
import { type Ctx, permit, reachOf } from '../../access/index.ts';

export interface RunSummary {
  readonly id: string;
  readonly title: string;
  readonly runbook: string;
  readonly version: string;
  readonly status: RunStatus;
  readonly tenantId: string | null;
  readonly tenantSlug: string | null;
  readonly startedBy: string;
  /** The run and the step it stands for. */
  readonly parent: { readonly runId: string; readonly step: string } | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface RunFilter {
  readonly status?: RunStatus;
  readonly tenantId?: string;
  readonly clientId?: string;
  /** Newest first; the last run of the page before. */
  readonly after?: { readonly createdAt: string; readonly id: string };
  readonly limit: number;
}

interface Row {
  readonly id: string;
  readonly title: string;
  readonly runbook_id: string;
  readonly runbook_version: string;
  readonly status: RunStatus;
  readonly tenant_id: string | null;
  readonly tenant_slug: string | null;
  readonly started_by: { readonly name: string };
  readonly parent_run_id: string | null;
  readonly parent_step: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** Newest first, as far as the reader's grants reach; a person of a client sees that client's runs only. */
export async function listRuns(ctx: Ctx, filter: RunFilter): Promise<readonly RunSummary[]> {
  permit(ctx.actor, 'runs:read');
  const reach = reachOf(ctx.actor, 'runs:read');
  const conditions: string[] = [];
  const values: unknown[] = [];
  if (reach !== 'everything') {
    conditions.push(
      `exists (select from unnest($${values.push(reach.products)}::text[], $${values.push(reach.clients)}::uuid[])
                 as reach (product_id, client_id)
               where (reach.product_id is null or reach.product_id = runs.product_id)
                 and (reach.client_id is null or reach.client_id = runs.client_id))`,
    );
  }
  if (filter.clientId !== undefined) conditions.push(`client_id = $${values.push(filter.clientId)}`);
  if (filter.status !== undefined) conditions.push(`status = $${values.push(filter.status)}`);
  if (filter.tenantId !== undefined) conditions.push(`tenant_id = $${values.push(filter.tenantId)}`);
  if (filter.after !== undefined) {
    conditions.push(`(created_at, id) < ($${values.push(filter.after.createdAt)}, $${values.push(filter.after.id)})`);
  }
  const { rows } = await ctx.tx.query<Row>(
    `select id, title, runbook_id, runbook_version, status, tenant_id, tenant_slug, started_by, parent_run_id, parent_step,
       created_at, updated_at
     from runs ${conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`}
     order by created_at desc, id desc limit $${values.push(filter.limit)}`,
    values,
  );
  return rows.map((row) => ({
    id: row.id,
    title: row.title,
    runbook: row.runbook_id,
    version: row.runbook_version,
    status: row.status,
    tenantId: row.tenant_id,
    tenantSlug: row.tenant_slug,
    startedBy: row.started_by.name,
    parent:
      row.parent_run_id === null || row.parent_step === null
        ? null
        : { runId: row.parent_run_id, step: row.parent_step },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }));
}
