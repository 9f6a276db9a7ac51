/**
 * Everything that can happen to a run. `at` is the only clock `advance` has; `made` is the number of ledger
 * rows of the step that stand after the attempt.
 */
import type { JsonObject } from '../definition.ts';
import type { ArtifactState, Instant, ItemEvidence, StepFailure } from './state.ts';

export type RunEvent =
  | { readonly type: 'started'; readonly at: Instant }
  | ({
      readonly type: 'attempt_passed';
      readonly at: Instant;
      readonly output: JsonObject;
      readonly made: number;
      readonly artifact?: ArtifactState;
    } & AttemptName)
  | ({
      readonly type: 'attempt_failed';
      readonly at: Instant;
      readonly failure: StepFailure /** 0 to 1, drawn by the caller */;
      readonly jitter: number;
      readonly made: number /** the call may have had an effect nonetheless */;
      readonly doubt: boolean;
    } & AttemptName)
  | ({
      readonly type: 'attempt_uncertain';
      readonly at: Instant;
      readonly failure: StepFailure;
      readonly made: number;
    } & AttemptName)
  | {
      readonly type: 'task_done';
      readonly at: Instant;
      readonly step: string;
      readonly by: Person;
      readonly output: JsonObject;
      readonly ticks: readonly string[];
      /** What ticked items are proven by, by id. Runs of earlier releases have no such member: their items ask for nothing. */
      readonly items?: Readonly<Record<string, ItemEvidence>>;
      readonly note?: string;
      readonly artifact?: ArtifactState;
    }
  /** One item of a task, before the whole of it is done; `done: false` takes the tick back. */
  | {
      readonly type: 'item_ticked';
      readonly at: Instant;
      readonly step: string;
      readonly by: Person;
      readonly item: string;
      readonly done: boolean;
      readonly evidence?: ItemEvidence;
    }
  | {
      readonly type: 'decided';
      readonly at: Instant;
      readonly step: string;
      readonly by: Person;
      readonly decision: 'yes' | 'no';
      readonly hash: string;
      readonly note?: string;
    }
  | {
      readonly type: 'outside_event';
      readonly at: Instant;
      readonly step: string;
      readonly event: JsonObject;
      /** Its place among all events; one that was seen before changes nothing. */
      readonly position: number;
    }
  | { readonly type: 'timer'; readonly at: Instant; readonly key: TimerKey }
  | { readonly type: 'retry'; readonly at: Instant; readonly step: string }
  | {
      readonly type: 'overridden';
      readonly at: Instant;
      readonly step: string;
      readonly by: Person;
      readonly reason: string;
    }
  | {
      readonly type: 'gate_overridden';
      readonly at: Instant;
      readonly phase: string;
      readonly label: string;
      readonly by: Person;
      readonly reason: string;
    }
  /** A person says what an uncertain attempt really did. */
  | {
      readonly type: 'resolved';
      readonly at: Instant;
      readonly step: string;
      readonly by: Person;
      readonly outcome: 'happened' | 'did_not_happen';
      readonly output: JsonObject;
      readonly reason: string;
    }
  /** A person picks an option of a `choose` step. */
  | {
      readonly type: 'chosen';
      readonly at: Instant;
      readonly step: string;
      readonly by: Person;
      readonly option: string;
    }
  /** A person does by hand what the action would have done. */
  | { readonly type: 'taken_over'; readonly at: Instant; readonly step: string; readonly by: Person }
  /** A person typed the text of a point of no return. */
  | {
      readonly type: 'confirmed';
      readonly at: Instant;
      readonly step: string;
      readonly by: Person;
      readonly text: string;
    }
  | {
      readonly type: 'commented';
      readonly at: Instant;
      readonly step: string;
      readonly by: Person;
      readonly text: string;
    }
  | {
      readonly type: 'phase_commented';
      readonly at: Instant;
      readonly phase: string;
      readonly by: Person;
      readonly text: string;
    }
  | {
      readonly type: 'reopened';
      readonly at: Instant;
      readonly phase: string;
      readonly by: Person;
      readonly reason: string;
      /** Take back first what the phases concerned have made. */
      readonly undo?: true;
    }
  | {
      readonly type: 'go_live_moved';
      readonly at: Instant;
      readonly go_live: string;
      readonly by: Person;
      readonly reason: string;
    }
  /** The run goes on under another version of its runbook; `migrateState` has carried its state over. */
  | {
      readonly type: 'migrated';
      readonly at: Instant;
      readonly from: string;
      readonly to: string;
      readonly reopen?: string;
      readonly by: Person;
      readonly reason: string;
    }
  | ({ readonly type: 'child_started'; readonly at: Instant; readonly child: string } & AttemptName)
  /** It could not be started; or, while its step is being taken back, it could not be ended. */
  | ({
      readonly type: 'child_refused';
      readonly at: Instant;
      readonly failure: StepFailure;
      /** The one that could not be ended. */
      readonly child?: string;
    } & AttemptName)
  | {
      readonly type: 'child_ended';
      readonly at: Instant;
      readonly step: string;
      readonly child: string;
      readonly status: 'completed' | 'rolled_back' | 'cancelled';
      readonly outputs: JsonObject;
    }
  | { readonly type: 'intake_mended'; readonly at: Instant; readonly intake: JsonObject; readonly vars: JsonObject }
  | {
      readonly type: 'ended_early';
      readonly at: Instant;
      readonly to: 'rolled_back' | 'cancelled';
      readonly undo: boolean;
      readonly by: Person;
      readonly reason: string;
      /** The run it is a child of is being ended. */
      readonly byParent?: true;
    };

/** Which attempt a result belongs to; a result of any other attempt is stale and changes nothing. */
export interface AttemptName {
  readonly step: string;
  readonly round: number;
  readonly try: number;
}

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email?: string;
  /** The role they act in. */
  readonly role: string;
}

/** Of a step, but for `open`, which is of a phase. `start`: its start time, or its next occurrence. */
export type TimerKey = `${'retry' | 'poll' | 'timeout' | 'start' | 'escalate' | 'open'}:${string}`;
