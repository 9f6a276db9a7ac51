import type { AttemptVerb, JsonObject } from '@tenantry/runbook';
import type { ResourceClaim } from '../../connectors/kit/index.ts';
import type { Tx } from '../../db/index.ts';

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

/**
 * Takes an open attempt up: the intent is recorded, and every earlier holder is fenced off. Undefined when the
 * attempt is settled already.
 */
export async function claimAttempt(
  tx: Tx,
  id: AttemptId,
  executor: string,
  now: Date,
): Promise<AttemptRow | undefined> {
  const { rows } = await tx.query<Omit<AttemptRow, 'runId' | 'step' | 'round' | 'try'>>(
    {
      name: 'claim_attempt',
      text: `update run_attempts set epoch = epoch + 1, executor = $5, started_at = coalesce(started_at, $6)
             where run_id = $1 and step_id = $2 and round = $3 and try = $4 and status = 'open'
             returning verb, name, environment, input, epoch`,
    },
    [id.run, id.step, id.round, id.try, executor, now],
  );
  const row = rows[0];
  return row === undefined ? undefined : { runId: id.run, step: id.step, round: id.round, try: id.try, ...row };
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
