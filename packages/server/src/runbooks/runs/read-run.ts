/** Reading one run and what hangs off it, within the reader's reach. */
import type { EvidenceView, ResourceView, RunEventView, RunView } from '@tenantry/contract';
import { TenantryError, toWireId } from '@tenantry/contract';
import { type Ctx, isClientPerson, permit } from '../../access/index.ts';
import { refuseStrangers } from './acting.ts';
import { loadRun } from './load-run.ts';
import type { RunRecord } from './run-record.ts';
import { viewRun } from './view-run.ts';

/** @throws run.not_found also for runs of another client */
export async function readRun(ctx: Ctx, id: string): Promise<RunView> {
  const record = await reachRun(ctx, id);
  const { rows } = await ctx.tx.query<{ updated_at: Date }>('select updated_at from runs where id = $1', [id]);
  return viewRun(record, { now: ctx.now, updatedAt: rows[0]?.updated_at ?? record.meta.createdAt });
}

export async function reachRun(ctx: Ctx, id: string): Promise<RunRecord> {
  permit(ctx.actor, 'runs:read');
  const record = await loadRun(ctx.tx, id);
  refuseStrangers(ctx.actor, 'runs:read', record);
  return record;
}

interface EvidenceRow {
  readonly id: string;
  readonly step_id: string;
  readonly round: number;
  readonly try: number;
  readonly kind: string;
  readonly ok: boolean | null;
  readonly expected: unknown;
  readonly actual: unknown;
  readonly actor: unknown;
  readonly at: Date;
}

/** Oldest first. */
export async function listEvidence(ctx: Ctx, id: string): Promise<readonly EvidenceView[]> {
  await reachRun(ctx, id);
  const { rows } = await ctx.tx.query<EvidenceRow>(
    'select id, step_id, round, try, kind, ok, expected, actual, actor, at from run_evidence where run_id = $1 order by at, id',
    [id],
  );
  return rows.map(({ step_id: step, id: evidence, at, ...row }) => ({
    ...row,
    id: toWireId('evidence', evidence),
    step,
    at: at.toISOString(),
  }));
}

interface ResourceRow extends Omit<ResourceView, 'step' | 'made_at' | 'undone_at'> {
  readonly step_id: string;
  readonly made_at: Date;
  readonly undone_at: Date | null;
}

/** The ledger of a run, in the order things were made. */
export async function listResources(ctx: Ctx, id: string): Promise<readonly ResourceView[]> {
  await reachRun(ctx, id);
  const { rows } = await ctx.tx.query<ResourceRow>(
    'select id, step_id, action, kind, external_id, name, claim, status, made_at, undone_at from run_resources where run_id = $1 order by position',
    [id],
  );
  return rows.map(({ step_id: step, ...row }) => ({
    ...row,
    id: toWireId('resource', row.id),
    step,
    made_at: row.made_at.toISOString(),
    undone_at: row.undone_at?.toISOString() ?? null,
  }));
}

interface EventRow {
  readonly revision: string;
  readonly at: Date;
  readonly type: string;
  readonly step: string | null;
  readonly run_status: RunEventView['run_status'];
  readonly steps: RunEventView['steps'];
}

/** Events after a revision, oldest first: what a watcher has not seen yet. */
export async function eventsAfter(
  ctx: Ctx,
  id: string,
  revision: number,
  limit: number,
): Promise<readonly RunEventView[]> {
  const { rows } = await ctx.tx.query<EventRow>(
    `select revision, at, event ->> 'type' as type, event ->> 'step' as step, run_status, steps
     from run_events where run_id = $1 and revision > $2 order by revision limit $3`,
    [id, revision, limit],
  );
  return rows.map((row) => ({ ...row, revision: Number(row.revision), at: row.at.toISOString() }));
}

export interface StoredArtifact {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

/** @throws run.not_found when the run has no such file, and to people of the client when it is internal */
export async function readArtifact(ctx: Ctx, runId: string, artifactId: string): Promise<StoredArtifact> {
  await reachRun(ctx, runId);
  const { rows } = await ctx.tx.query<{ name: string; media_type: string; bytes: Uint8Array | null; sha256: string }>(
    `select name, media_type, bytes, sha256 from run_artifacts
     where run_id = $1 and id = $2 and ($3 or about ->> 'audience' is distinct from 'internal')`,
    [runId, artifactId, !isClientPerson(ctx.actor)],
  );
  const row = rows[0];
  if (row === undefined || row.bytes === null)
    throw new TenantryError('run.not_found', 'The run has no such artifact.');
  return { name: row.name, mediaType: row.media_type, bytes: row.bytes, sha256: row.sha256 };
}
