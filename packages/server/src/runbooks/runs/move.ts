/** One move of a run, decided and not yet written. */
import type { Command, RunEvent, RunState } from '@tenantry/runbook';
import type { RunRecord } from './run-record.ts';

/** What an attempt brings back besides its event. */
export interface AttemptResult {
  readonly step: string;
  readonly round: number;
  readonly try: number;
  /** The epoch the result was produced under; a newer one refuses it. */
  readonly epoch: number;
  readonly status: 'passed' | 'failed' | 'uncertain';
  readonly resources: readonly LedgerRow[];
  /** Ledger rows taken back by this attempt. */
  readonly undone: readonly { readonly id: string; readonly outcome: 'undone' | 'left' }[];
  readonly proof?: { readonly expected: unknown; readonly actual: unknown };
}

export interface LedgerRow {
  readonly action: string;
  readonly action_version: number;
  readonly environment: string;
  readonly kind: string;
  readonly external_id: string;
  readonly name: string;
  readonly claim: 'created' | 'changed' | 'adopted';
  readonly undo: Readonly<Record<string, unknown>>;
}

/** One act of taking up what is open in a lane. */
export interface Claim {
  readonly lane: string;
  /** New for each act. */
  readonly claim: string;
  /** Our boot. */
  readonly executor: string;
}

/**
 * How one job goes on with what follows a result: the next attempt stands in the lane of the job and gets no job of
 * its own. The job stays locked until the lane ends, so whoever inherits it finds what is open there.
 */
export interface Carry extends Claim {
  /**
   * Whether the commit of the result is also the intent of this attempt. Not where a crash between the two would
   * leave a doubt about a call that was never made.
   */
  begins(attempt: AttemptCommand): boolean;
}

export type AttemptCommand = Extract<Command, { readonly do: 'attempt' }>;

export interface Move {
  readonly before: RunRecord;
  readonly event: RunEvent;
  readonly state: RunState;
  readonly commands: readonly Command[];
  readonly result?: AttemptResult;
  readonly carry?: Carry;
}

/** The attempt of a move that its job goes on with. */
export const carriedBy = (move: Move): AttemptCommand | undefined =>
  move.carry === undefined ? undefined : attemptsOf(move)[0];

export const attemptsOf = (move: Move): readonly AttemptCommand[] =>
  move.commands.filter((command) => command.do === 'attempt');

export const laneOf = (attempt: Pick<AttemptCommand, 'step' | 'round' | 'try'>): string =>
  `${attempt.step}/${attempt.round}/${attempt.try}`;
