/** What somebody typed and did not send yet. Every statement here runs under row-level security. */
import type { PortalDraftContent, PortalDraftView } from '@tenantry/contract';
import { TenantryError } from '@tenantry/contract';
import type { JsonObject } from '@tenantry/runbook';
import type { Tx } from '../../db/index.ts';
import type { Visitor } from '../visitor.ts';
import type { TaskPlace } from './find-task.ts';
import { withoutSecrets } from './view-task.ts';

interface Row {
  readonly revision: number;
  readonly content: PortalDraftContent;
  readonly saved_at: Date;
}

const NO_DRAFT: PortalDraftView = { revision: 0, saved_at: null, content: { values: {}, ticks: [], note: '' } };

const viewDraft = ({ revision, content, saved_at: savedAt }: Row): PortalDraftView => ({
  revision,
  saved_at: savedAt.toISOString(),
  content,
});

const keyOf = ({ tenantId, actor }: Visitor, { runId, step }: TaskPlace): readonly unknown[] => [
  tenantId,
  runId,
  step,
  actor.id,
];

const MINE = 'tenant_id = $1 and run_id = $2 and step_id = $3 and person_id = $4';

export async function readDraft(tx: Tx, visitor: Visitor, place: TaskPlace): Promise<PortalDraftView> {
  const { rows } = await tx.query<Row>(
    `select revision, content, saved_at from portal_drafts where ${MINE}`,
    keyOf(visitor, place),
  );
  return rows[0] === undefined ? NO_DRAFT : viewDraft(rows[0]);
}

/** When each draft of a visitor was saved, by `run/step`. */
export async function draftTimes(tx: Tx, { tenantId, actor }: Visitor): Promise<ReadonlyMap<string, Date>> {
  const { rows } = await tx.query<{ key: string; saved_at: Date }>(
    `select run_id || '/' || step_id as key, saved_at from portal_drafts where tenant_id = $1 and person_id = $2`,
    [tenantId, actor.id],
  );
  return new Map(rows.map(({ key, saved_at: savedAt }) => [key, savedAt]));
}

export interface DraftInput extends TaskPlace {
  /** The revision it is based on; 0 for the first. */
  readonly revision: number;
  readonly content: PortalDraftContent;
  /** JSON Schema of the fields: what they mark as secret is not kept. */
  readonly form: Readonly<Record<string, unknown>>;
}

/**
 * Keeps a draft if it is based on the newest one. One statement decides, so of two tabs one learns of the other.
 *
 * @throws portal.draft_conflict with the newer draft
 */
export async function saveDraft(tx: Tx, visitor: Visitor, input: DraftInput, now: Date): Promise<PortalDraftView> {
  const { content, revision, form } = input;
  const kept = { ...content, values: withoutSecrets(content.values as JsonObject, form) };
  const { rows } = await tx.query<Row>(
    `insert into portal_drafts as d (tenant_id, run_id, step_id, person_id, revision, content, saved_at)
     select $1::uuid, $2::uuid, $3::text, $4::uuid, 1, $6::jsonb, $7::timestamptz where $5::int = 0 or exists (select from portal_drafts where ${MINE})
     on conflict (tenant_id, run_id, step_id, person_id) do update
       set revision = d.revision + 1, content = excluded.content, saved_at = excluded.saved_at
       where d.revision = $5
     returning revision, content, saved_at`,
    [...keyOf(visitor, input), revision, JSON.stringify(kept), now],
  );
  if (rows[0] !== undefined) return viewDraft(rows[0]);
  const newer = await readDraft(tx, visitor, input);
  throw new TenantryError('portal.draft_conflict', 'A newer draft was saved in another tab or on another device.', {
    facts: { draft: newer },
    next: 'Compare both, and save again what is right.',
  });
}

/** Once the task is done nobody needs it. */
export const dropDraft = (tx: Tx, visitor: Visitor, place: TaskPlace): Promise<unknown> =>
  tx.query(`delete from portal_drafts where ${MINE}`, keyOf(visitor, place));
