/**
 * What a runbook is tested against: cases that say what is given, what happens, and what is expected. Plain data; the
 * YAML form is read by `read-fixtures.ts` and described in docs/guide/test-a-runbook.md.
 */
import type { RunStatus } from '../advance/index.ts';
import type { DurationText, Instant, JsonObject } from '../definition.ts';

export interface TestCase {
  readonly name: string;
  /** When the run starts. */
  readonly at: Instant;
  readonly intake: JsonObject;
  readonly product: JsonObject;
  readonly env: JsonObject;
  /** Null for a runbook that is about no tenant. */
  readonly tenant: JsonObject | null;
  /** Of a runbook about a run: what it has to know of that run. */
  readonly subject?: JsonObject;
  readonly given: Given;
  /** In order: what people and the outside do besides answering. */
  readonly happens: readonly Happening[];
  readonly stop: Stop;
  /** Abort after each step in turn, and see that nothing is left. */
  readonly rollback: boolean;
  readonly expect: Expectation;
  readonly line: number;
}

export interface Given {
  /** `pass`: a check without a declared output passes. `declared`: it has to have one. */
  readonly checks: 'pass' | 'declared';
  /** `wait`: nobody acts but where `acts` says so. */
  readonly people: 'act' | 'wait';
  readonly steps: Readonly<Record<string, StepGiven>>;
}

/** What the outside answers to a step. Of a list, one after the other; the last stays unless it has `times`. */
export interface StepGiven {
  readonly answers: readonly Answer[];
  /** Answers to the probes that prove a task or a choice: by item id, `verify` for its own. */
  readonly proofs: Readonly<Record<string, readonly Answer[]>>;
  /** How taking it back goes. */
  readonly undo: readonly Answer[];
}

export interface Answer {
  /** Given that many times, then the next. */
  readonly times?: number;
  /** How long it takes to come. */
  readonly after?: DurationText;
  /** Members named here; the rest is made up from the schema. */
  readonly output?: JsonObject;
  /** Make up an output that meets the expectation, or one that does not. */
  readonly passes?: boolean;
  readonly fails?: CallFailure;
  readonly acts?: readonly PersonAct[];
  readonly event?: JsonObject;
  readonly child?: 'completed' | 'rolled_back' | 'cancelled' | 'refused';
  readonly outputs?: JsonObject;
}

export interface CallFailure {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  /** Whether the call had an effect is not known. */
  readonly uncertain: boolean;
}

/** One thing a person does when asked; what is left out is done as the step asks for it. */
export interface PersonAct {
  readonly role?: string;
  /** Tells people of one role apart. */
  readonly person?: string;
  readonly ticks?: readonly string[];
  readonly output?: JsonObject;
  readonly note?: string;
  readonly decision?: 'yes' | 'no';
  readonly option?: string;
  /** The text typed before a point of no return. */
  readonly text?: string;
  /** The code it is refused with. */
  readonly refused?: string;
}

/** `+2d` from the start, an instant, or a time of the language such as `go_live - 1d 09:00`. */
export type TestTime = string;

export interface Happening {
  /** Without it: once the run stands still. */
  readonly at?: TestTime;
  readonly by?: string;
  readonly deed: Deed;
  readonly refused?: string;
}

export type Deed =
  | { readonly do: 'retry' | 'override' | 'take_over' | 'go_live_moved'; readonly what: string }
  /** `undo`: what its phases made is taken back first. */
  | { readonly do: 'reopen'; readonly what: string; readonly undo: boolean }
  | { readonly do: 'override_gate'; readonly phase: string; readonly label: string }
  | { readonly do: 'resolve'; readonly what: string; readonly outcome: 'happened' | 'did_not_happen' }
  | { readonly do: 'mend_intake'; readonly intake: JsonObject }
  | { readonly do: 'rollback' }
  | { readonly do: 'cancel'; readonly undo: boolean };

/** The case ends when a step starts, when the run first has a status, or at a time. */
export interface Stop {
  readonly before?: string;
  readonly at?: RunStatus;
  readonly until?: TestTime;
}

/** Only what is named is looked at. */
export interface Expectation {
  readonly status?: RunStatus;
  readonly steps: Readonly<Record<string, string>>;
  readonly phases: Readonly<Record<string, string>>;
  /** Steps that wait for people in the end: exactly these. */
  readonly asks?: readonly string[];
  readonly artifacts: readonly string[];
  /** Roles that were told because others did not answer, by step, in order. */
  readonly escalations: Readonly<Record<string, readonly string[]>>;
}
