import { TenantryError, toWireId } from '@tenantry/contract';
import type { RunState, StepState } from '@tenantry/runbook';
import type { Tx } from '../../db/index.ts';
import { loadRunbook } from '../library/index.ts';
import type { RunRecord } from './run-record.ts';

interface Row {
  readonly revision: string;
  readonly runbook_id: string;
  readonly runbook_version: string;
  readonly title: string;
  readonly product_id: string | null;
  readonly client_id: string | null;
  readonly tenant_id: string | null;
  readonly tenant_slug: string | null;
  readonly status: RunState['status'];
  readonly facts: RunState['facts'];
  readonly phases: RunState['phases'];
  readonly artifacts: RunState['artifacts'];
  readonly ending: RunState['ending'] | null;
  readonly contacts: Readonly<Record<string, string>>;
  readonly started_by: { readonly id: string; readonly name: string };
  readonly created_at: Date;
  readonly parent_run_id: string | null;
  readonly parent_step: string | null;
  readonly subject_run_id: string | null;
  readonly pins: Readonly<Record<string, string>>;
  readonly steps: Readonly<Record<string, StepState>>;
}

/**
 * States this process committed itself, newest last. A cached state is only ever used together with a commit
 * that names its revision, so a stale one costs a second read and nothing else.
 */
const CACHE_MAX = 300;
const cache = new Map<string, RunRecord>();

export function rememberRun(record: RunRecord): void {
  cache.delete(record.id);
  cache.set(record.id, record);
  if (cache.size <= CACHE_MAX) return;
  const oldest = cache.keys().next().value;
  if (oldest !== undefined) cache.delete(oldest);
}

export function forgetRun(id: string): void {
  cache.delete(id);
}

/** The last state this process knows, if any; may be behind. */
export const recallRun = (id: string): RunRecord | undefined => cache.get(id);

const LOAD = `select r.*, (select jsonb_object_agg(s.step_id, s.state) from run_steps s where s.run_id = r.id) as steps
  from runs r where r.id = $1`;

/**
 * `lock`: nobody else moves the run until the transaction ends. The lock is taken by a statement of its own:
 * a statement that waits for a row still sees other rows as they were before the wait.
 *
 * @throws run.not_found
 */
export async function loadRun(tx: Tx, id: string, options: { readonly lock?: boolean } = {}): Promise<RunRecord> {
  if (options.lock === true)
    await tx.query({ name: 'lock_run', text: 'select from runs where id = $1 for update' }, [id]);
  const { rows } = await tx.query<Row>({ name: 'load_run', text: LOAD }, [id]);
  const row = rows[0];
  if (row === undefined) {
    throw new TenantryError('run.not_found', `There is no run ${toWireId('run', id)}.`, {
      next: 'tenantry run list shows the runs there are.',
    });
  }
  const { definition } = await loadRunbook(tx, row.runbook_id, row.runbook_version);
  return {
    id,
    revision: Number(row.revision),
    runbook: definition,
    state: {
      status: row.status,
      facts: row.facts,
      phases: row.phases,
      steps: row.steps,
      artifacts: row.artifacts,
      ...(row.ending === null || row.ending === undefined ? {} : { ending: row.ending }),
    },
    meta: {
      title: row.title,
      productId: row.product_id,
      clientId: row.client_id,
      tenantId: row.tenant_id,
      tenantSlug: row.tenant_slug,
      contacts: row.contacts,
      startedBy: row.started_by,
      createdAt: row.created_at,
      pins: row.pins,
      ...(row.parent_run_id === null || row.parent_step === null
        ? {}
        : { parent: { runId: row.parent_run_id, step: row.parent_step } }),
      ...(row.subject_run_id === null ? {} : { subjectRunId: row.subject_run_id }),
    },
  };
}
