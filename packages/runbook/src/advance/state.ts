/**
 * The whole state of one run, as plain JSON. The server keeps it as rows; `advance` is the only thing that
 * changes it.
 *
 * Run: `planned -> running <-> waiting`, `running -> halted -> running`,
 * `running -> rolling_back -> rolled_back | rollback_blocked (-> rolling_back)`, ending in `completed`,
 * `rolled_back` or `cancelled`.
 * Step: see `StepStatus`. Phase: `pending -> waiting -> open -> passed | skipped`.
 */
import type { RunStatus, StepStatus } from '@tenantry/contract';
import type { Calendar, Instant, JsonObject } from '../definition.ts';

export { RUN_STATUSES, type RunStatus, STEP_STATUSES, type StepStatus } from '@tenantry/contract';
export type { Instant } from '../definition.ts';

export const PHASE_STATUSES = ['pending', 'waiting', 'open', 'passed', 'skipped'] as const;
export type PhaseStatus = (typeof PHASE_STATUSES)[number];
export type WaitingFor = 'person' | 'approval' | 'event' | 'time' | 'retry' | 'occurrence' | 'child';

export interface RunState {
  readonly status: RunStatus;
  readonly facts: RunFacts;
  readonly phases: Readonly<Record<string, PhaseState>>;
  readonly steps: Readonly<Record<string, StepState>>;
  readonly artifacts: Readonly<Record<string, ArtifactState>>;
  /** Set once somebody ended the run early; says how it ends. */
  readonly ending?: Ending;
}

/** What expressions may read besides steps: fixed at start, except that a halted run's intake may be mended. */
export interface RunFacts {
  readonly run: {
    readonly id: string;
    readonly started_at: Instant;
    /** Nobody is asked where the runbook recommends an option. */
    readonly unattended?: true;
    /** Of a runbook about a run: what it has to know of that run. */
    readonly subject?: JsonObject;
  };
  readonly tenant: JsonObject | null;
  readonly product: JsonObject;
  readonly intake: JsonObject;
  readonly vars: JsonObject;
  readonly env: JsonObject;
  /** Date or instant of `go_live`, when the runbook has one. */
  readonly go_live: string | null;
  /** Rendered at the start; UTC and the usual working week where the runbook has none. */
  readonly calendar?: Calendar;
}

export interface PhaseState {
  readonly status: PhaseStatus;
  readonly round: number;
  readonly openedAt?: Instant;
  readonly doneAt?: Instant;
  /** Why it is not open, or not closed, in words; shown to people. */
  readonly blockedBy?: readonly string[];
  /** Labels of gate lines that a named person overrode. */
  readonly overridden?: readonly string[];
  /** It may not open before; set while that is all it waits for. */
  readonly startsAt?: Instant;
  /** Everything in it is settled: what is temporary is being taken back before it counts as closed. */
  readonly closing?: true;
  /** Of every round. */
  readonly comments?: readonly Comment[];
  /** It is to begin anew as soon as nothing in it or behind it runs. */
  readonly reopen?: Reopening;
}

export interface Reopening {
  readonly by: string;
  readonly reason: string;
  /** What the phases concerned have made is taken back first, and no earlier yes holds. */
  readonly undo?: true;
}

export interface StepState {
  readonly status: StepStatus;
  readonly round: number;
  /** Attempts started in this round; the current one has this number. */
  readonly tries: number;
  readonly waitingFor?: WaitingFor;
  readonly readyAt?: Instant;
  readonly startedAt?: Instant;
  readonly doneAt?: Instant;
  readonly output?: JsonObject;
  readonly failure?: StepFailure;
  readonly skipReason?: string;
  /** Owned resources in the ledger, not yet taken back. */
  readonly made: number;
  /** A call may have had an effect that no ledger row names: undo looks for it by its key. */
  readonly doubt?: boolean;
  /** Retryable faults in a row; a person's retry starts the count anew. */
  readonly faults: number;
  readonly acts: readonly Act[];
  readonly override?: { readonly by: string; readonly reason: string; readonly at: Instant };
  /** When it starts, or its next occurrence does; set while that is all it waits for. */
  readonly startsAt?: Instant;
  /** The option of a `choose` that was picked. */
  readonly choice?: string;
  /** Of a `repeat`, in order. */
  readonly occurrences?: readonly Occurrence[];
  /** When it fails if it has not settled by then. */
  readonly timesOutAt?: Instant;
  /** Since when a check is asked; `within` counts from here. */
  readonly lookingSince?: Instant;
  /** Since when a check that must `hold` has been true. */
  readonly heldSince?: Instant;
  /** The event a `wait` waits for, and since when it counts. */
  readonly awaiting?: string;
  readonly awaitingSince?: Instant;
  /** Positions of the events a `wait` has seen that fit. */
  readonly seen?: readonly number[];
  /** Proofs under way: the first of `queue` runs now, or is tried again. */
  readonly proving?: Proving;
  /** What the system found of the checklist items it ticks itself. */
  readonly items?: Readonly<Record<string, ItemFinding>>;
  /** A person does what the action would do. */
  readonly manual?: true;
  /** The text of `confirm` was typed, for this round. */
  readonly confirmed?: { readonly by: string; readonly at: Instant };
  /** Since when people are asked. */
  readonly askedAt?: Instant;
  /** Rungs of the escalation ladder that were climbed since. */
  readonly escalated?: number;
  readonly child?: ChildState;
  /** Child runs of earlier rounds and occurrences that stand; the newest last. */
  readonly formerChildren?: readonly ChildState[];
  /** `temporary`, and taken back when its phase closed. */
  readonly released?: true;
  /** While that happens: what the step was, and is again afterwards. */
  readonly releasing?: { readonly status: StepStatus; readonly failure?: StepFailure };
  /** Checklist items that people ticked, by id. */
  readonly ticked?: Readonly<Record<string, Tick>>;
  /** Of every round. */
  readonly comments?: readonly Comment[];
  /** The runbook of `on_fail` was asked for, once for each failure. */
  readonly remedied?: true;
}

export interface Occurrence {
  readonly at: Instant;
  readonly status: 'due' | 'passed' | 'failed' | 'skipped';
  readonly doneAt?: Instant;
}

export interface Proving {
  /** Ids of checklist items; `verify` is the step's own. */
  readonly queue: readonly string[];
  /** `ask`: people are asked when all were looked at. `settle`: all must hold, then the work is done. */
  readonly aim: 'ask' | 'settle';
}

export interface ItemFinding {
  readonly ok: boolean;
  readonly at: Instant;
  readonly reason?: string;
}

/** What a person leaves with a tick. */
export interface ItemEvidence {
  readonly note?: string;
  readonly link?: string;
  /** SHA-256 of a file, lower-case hex. */
  readonly hash?: string;
  /** Where the file is, when it is kept here. */
  readonly url?: string;
}

export interface Tick extends ItemEvidence {
  readonly personId: string;
  readonly name: string;
  readonly role: string;
  readonly at: Instant;
}

/** A child run as its parent sees it; without `id` it is asked for and not there yet. */
export interface ChildState {
  /** Of the step, when it was asked for. */
  readonly round: number;
  readonly try: number;
  readonly id?: string;
  readonly status: 'live' | 'completed' | 'ended';
}

export interface StepFailure {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly next?: string;
}

/** What a person did on a human step. */
export interface Act {
  readonly personId: string;
  readonly name: string;
  readonly role: string;
  readonly decision: 'done' | 'yes' | 'no';
  readonly at: Instant;
  /** SHA-256 of what the yes is bound to. */
  readonly hash?: string;
  readonly note?: string;
}

/** What somebody said about it before it was decided. */
export interface Comment {
  readonly personId: string;
  readonly name: string;
  readonly role: string;
  readonly at: Instant;
  readonly text: string;
  readonly round: number;
}

export interface ArtifactState {
  readonly hash: string;
  readonly url: string;
}

export interface Ending {
  readonly to: 'rolled_back' | 'cancelled';
  /** False when a cancel keeps what was made. */
  readonly undo: boolean;
  readonly by: string;
  readonly reason: string;
}

const TERMINAL: ReadonlySet<RunStatus> = new Set(['completed', 'rolled_back', 'cancelled']);
export const isTerminal = (status: RunStatus): boolean => TERMINAL.has(status);

export const hasPassed = (step: StepState): boolean => step.status === 'passed' || step.status === 'overridden';
export const isDone = (step: StepState): boolean => hasPassed(step) || step.status === 'skipped';

/** A fresh run: nothing open yet. */
export function plannedState(facts: RunFacts, phaseIds: readonly string[], stepIds: readonly string[]): RunState {
  const phase: PhaseState = { status: 'pending', round: 1 };
  const step: StepState = { status: 'pending', round: 1, tries: 0, made: 0, faults: 0, acts: [] };
  return {
    status: 'planned',
    facts,
    phases: Object.fromEntries(phaseIds.map((id) => [id, phase])),
    steps: Object.fromEntries(stepIds.map((id) => [id, step])),
    artifacts: {},
  };
}
