import type { AttemptVerb, JsonObject } from '@tenantry/runbook';
import type { ResourceClaim } from '../../connectors/kit/index.ts';
import type { Tx } from '../../db/index.ts';
import type { Claim } from '../runs/index.ts';

export interface AttemptRow {
  readonly runId: string;
  readonly step: string;
  readonly round: number;
  readonly try: number;
  readonly verb: AttemptVerb;
  readonly name: string;
  readonly environment: string;
  readonly input: JsonObject;
  /** 1 for the process that takes it up first. */
  readonly epoch: number;
}

export interface AttemptId {
  readonly run: string;
  readonly step: string;
  readonly round: number;
  readonly try: number;
}

export interface Claimed {
  readonly attempt: AttemptRow;
  /** Of the run, when the attempt was taken up. */
  readonly revision: number;
}

interface ClaimRow extends Omit<AttemptRow, 'runId'> {
  readonly revision: string;
}

const MEMBERS = 'a.step_id as step, a.round, a.try, a.verb, a.name, a.environment, a.input, a.epoch, r.revision';

/**
 * Takes up what is open in a lane: the intent is recorded, and every earlier holder is fenced off. Undefined when
 * all of it is settled. Repeated with the same `claim`, because its commit gave no answer, it changes nothing.
 */
export async function claimAttempt(
  tx: Tx,
  runId: string,
  { lane, claim, executor }: Claim,
  now: Date,
): Promise<Claimed | undefined> {
  const { rows } = await tx.query<ClaimRow>(
    {
      name: 'claim_attempt',
      text: `update run_attempts a set epoch = a.epoch + case when a.claim = $3 then 0 else 1 end, claim = $3, executor = $4,
               started_at = coalesce(a.started_at, $5)
             from runs r where a.run_id = $1 and a.lane = $2 and a.status = 'open' and r.id = a.run_id returning ${MEMBERS}`,
    },
    [runId, lane, claim, executor, now],
  );
  return claimed(runId, rows[0]);
}

/** What a commit whose answer was lost has left in the lane for us; undefined when there is nothing, or another has it. */
export async function recallClaim(tx: Tx, runId: string, { lane, claim }: Claim): Promise<Claimed | undefined> {
  const { rows } = await tx.query<ClaimRow>(
    `select ${MEMBERS} from run_attempts a join runs r on r.id = a.run_id
     where a.run_id = $1 and a.lane = $2 and a.claim = $3 and a.status = 'open'`,
    [runId, lane, claim],
  );
  return claimed(runId, rows[0]);
}

function claimed(runId: string, row: ClaimRow | undefined): Claimed | undefined {
  if (row === undefined) return undefined;
  const { revision, ...attempt } = row;
  return { attempt: { runId, ...attempt }, revision: Number(revision) };
}

export interface LedgerEntry extends ResourceClaim {
  readonly id: string;
  readonly action: string;
  readonly environment: string;
}

interface LedgerDbRow {
  readonly id: string;
  readonly action: string;
  readonly environment: string;
  readonly kind: string;
  readonly external_id: string;
  readonly name: string;
  readonly claim: ResourceClaim['claim'];
  readonly undo: Readonly<Record<string, unknown>>;
}

/** What a step made and still stands, newest first: the order in which it is taken back. */
export async function standingResources(tx: Tx, runId: string, step: string): Promise<readonly LedgerEntry[]> {
  const { rows } = await tx.query<LedgerDbRow>(
    {
      name: 'standing_resources',
      text: `select id, action, environment, kind, external_id, name, claim, undo from run_resources
             where run_id = $1 and step_id = $2 and status = 'standing' and claim <> 'adopted' order by position desc`,
    },
    [runId, step],
  );
  return rows.map(({ external_id: externalId, ...row }) => ({ ...row, externalId }));
}

/** The input of the last attempt that called the action: what `find` needs to look for a doubtful effect. */
export async function lastCallInput(
  tx: Tx,
  runId: string,
  step: string,
): Promise<{ readonly name: string; readonly input: JsonObject; readonly environment: string } | undefined> {
  const { rows } = await tx.query<{ name: string; input: JsonObject; environment: string }>(
    `select name, input, environment from run_attempts where run_id = $1 and step_id = $2 and verb = 'apply' order by round desc, try desc limit 1`,
    [runId, step],
  );
  return rows[0];
}
