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

export interface Move {
  readonly before: RunRecord;
  readonly event: RunEvent;
  readonly state: RunState;
  readonly commands: readonly Command[];
  readonly result?: AttemptResult;
}
