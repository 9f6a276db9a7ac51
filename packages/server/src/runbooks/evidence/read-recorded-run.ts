import type { Json, Runbook, RunEvent, RunFacts } from '@tenantry/runbook';
import { z } from 'zod';
import type { Tx } from '../../db/index.ts';
import { loadRunbook } from '../library/index.ts';
import type { RunRecord } from '../runs/index.ts';
import type {
  RecordedActor,
  RecordedApproval,
  RecordedArtifact,
  RecordedAttempt,
  RecordedEvent,
  RecordedEvidence,
  RecordedResource,
  RecordedRun,
} from './core/recorded-run.ts';

/** Reads what stands beside the state of a run. The run may have moved since `record` was read: the caller looks. */
export async function readRecordedRun(
  tx: Tx,
  record: RunRecord,
  { internal }: { readonly internal: boolean },
): Promise<RecordedRun> {
  const { id, runbook, meta } = record;
  const published = await loadRunbook(tx, runbook.id, runbook.version);
  const times = await tx.query<{ updated_at: Date; ended_at: Date | null; facts_at_start: RunFacts }>(
    'select updated_at, ended_at, facts_at_start from runs where id = $1',
    [id],
  );
  const { createdAt, ...rest } = meta;
  const events = await readEvents(tx, id);
  return {
    id,
    revision: record.revision,
    meta: rest,
    createdAt: createdAt.toISOString(),
    updatedAt: (times.rows[0]?.updated_at ?? createdAt).toISOString(),
    endedAt: isoOf(times.rows[0]?.ended_at ?? null),
    runbook: {
      hash: published.hash,
      definition: published.definition,
      earlier: await readEarlier(tx, runbook.id, events),
      files: published.files,
      approvals: await readApprovals(tx, runbook.id, runbook.version, published.hash),
    },
    factsAtStart: times.rows[0]?.facts_at_start ?? record.state.facts,
    state: record.state,
    attempts: await readAttempts(tx, id),
    evidence: await readEvidence(tx, id),
    artifacts: await readArtifacts(tx, id, internal),
    resources: await readResources(tx, id),
    events,
  };
}

/** What the run was moved by before it was migrated has to be replayed with the version it had then. */
async function readEarlier(
  tx: Tx,
  runbook: string,
  events: readonly RecordedEvent[],
): Promise<Readonly<Record<string, Runbook>>> {
  const earlier: Record<string, Runbook> = {};
  for (const { event } of events) {
    if (event.type === 'migrated') earlier[event.from] = (await loadRunbook(tx, runbook, event.from)).definition;
  }
  return earlier;
}

const isoOf = (at: Date | null): string | null => at?.toISOString() ?? null;

async function readApprovals(
  tx: Tx,
  runbook: string,
  version: string,
  hash: string,
): Promise<readonly RecordedApproval[]> {
  const { rows } = await tx.query<Omit<RecordedApproval, 'at'> & { at: Date }>(
    `select role, person_name as name, approved_at as at, development from runbook_approvals
     where runbook_id = $1 and version = $2 and hash = $3 order by approved_at, role, person_id`,
    [runbook, version, hash],
  );
  return rows.map(({ role, name, at, development }) => ({ role, name, at: at.toISOString(), development }));
}

async function readAttempts(tx: Tx, id: string): Promise<readonly RecordedAttempt[]> {
  const { rows } = await tx.query<Omit<RecordedAttempt, 'createdAt' | 'finishedAt'> & Times>(
    `select step_id as step, round, try, verb, name, environment, input, status,
            created_at as at, finished_at as until
     from run_attempts where run_id = $1 order by created_at, step_id, round, try`,
    [id],
  );
  return rows.map(({ at, until, ...attempt }) => ({
    ...attempt,
    createdAt: at.toISOString(),
    finishedAt: isoOf(until),
  }));
}

interface Times {
  readonly at: Date;
  readonly until: Date | null;
}

async function readEvidence(tx: Tx, id: string): Promise<readonly RecordedEvidence[]> {
  const { rows } = await tx.query<Omit<RecordedEvidence, 'actor' | 'at'> & { actor: Json; at: Date }>(
    `select id, step_id as step, round, try, kind, ok, expected, actual, actor, at
     from run_evidence where run_id = $1 order by at, step_id, round, try, kind, id`,
    [id],
  );
  return rows.map((row) => ({ ...row, actor: actorOf(row.actor), at: row.at.toISOString() }));
}

const actorSchema = z.union([
  z
    .object({ kind: z.literal('person'), id: z.string(), name: z.string(), development: z.boolean() })
    .transform(({ kind, id, name, development }) => ({ kind, id, name, development })),
  z
    .object({ kind: z.literal('run'), runId: z.string() })
    .transform(({ kind, runId }) => ({ kind, id: runId, name: 'Tenantry, for this run', development: false })),
  z
    .object({ kind: z.string(), part: z.string() })
    .transform(({ kind, part }) => ({ kind, id: part, name: `Tenantry (${part})`, development: false })),
]);

const actorOf = (actor: Json): RecordedActor => actorSchema.parse(actor);

async function readArtifacts(tx: Tx, id: string, internal: boolean): Promise<readonly RecordedArtifact[]> {
  const { rows } = await tx.query<Omit<RecordedArtifact, 'at'> & { at: Date }>(
    `select id, step_id as step, round, name, media_type as "mediaType", sha256, link, bytes, created_at as at
     from run_artifacts where run_id = $1 and ($2 or about ->> 'audience' is distinct from 'internal')
     order by created_at, step_id, id`,
    [id, internal],
  );
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}

async function readResources(tx: Tx, id: string): Promise<readonly RecordedResource[]> {
  const { rows } = await tx.query<Omit<RecordedResource, 'madeAt' | 'undoneAt'> & Times>(
    `select step_id as step, action, action_version as "actionVersion", environment, kind,
            external_id as "externalId", name, claim, status, made_at as at, undone_at as until
     from run_resources where run_id = $1 order by position`,
    [id],
  );
  return rows.map(({ at, until, ...resource }) => ({ ...resource, madeAt: at.toISOString(), undoneAt: isoOf(until) }));
}

async function readEvents(tx: Tx, id: string): Promise<readonly RecordedEvent[]> {
  const { rows } = await tx.query<{ revision: string; event: RunEvent; steps: RecordedEvent['steps'] }>(
    'select revision::text, event, steps from run_events where run_id = $1 order by run_events.revision',
    [id],
  );
  return rows.map((row) => ({ ...row, revision: Number(row.revision) }));
}
