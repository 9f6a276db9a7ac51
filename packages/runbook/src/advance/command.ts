/** What `advance` asks the server to do. Commands are written in the transaction of the new state. */
import type { JsonObject } from '../definition.ts';
import type { TimerKey } from './event.ts';
import type { Instant, StepStatus } from './state.ts';

export type Command =
  /** Start an attempt: call an action, run a probe, write a document, or take back what the step made. */
  | {
      readonly do: 'attempt';
      readonly step: string;
      readonly round: number;
      readonly try: number;
      readonly verb: AttemptVerb;
      /** Action, probe or template. */
      readonly name: string;
      readonly with: JsonObject;
      readonly environment: string;
    }
  /** Something now waits for people. */
  | { readonly do: 'ask'; readonly step: string; readonly purpose: AskPurpose }
  /** A question that needs no answer any more. */
  | { readonly do: 'withdraw'; readonly step: string }
  /** People were asked long enough ago: somebody else is told. */
  | { readonly do: 'escalate'; readonly step: string; readonly to: string; readonly rung: number }
  /** Hand over the events of `awaiting` that happened since `awaitingSince`, and those to come. */
  | { readonly do: 'watch'; readonly step: string }
  | { readonly do: 'set_timer'; readonly key: TimerKey; readonly at: Instant }
  | { readonly do: 'clear_timer'; readonly key: TimerKey }
  /** Start the run that a `run` step stands for; `try` tells one start from the next. */
  | {
      readonly do: 'start_child';
      readonly step: string;
      readonly round: number;
      readonly try: number;
      readonly runbook: string;
      readonly with: JsonObject;
    }
  /** End a child run: take back what it made, or let it be. */
  | { readonly do: 'end_child'; readonly step: string; readonly child: string; readonly undo: boolean }
  /** Start the runbook of `on_fail: { run }` about this run, which stays halted. */
  | { readonly do: 'start_remedy'; readonly step: string; readonly round: number; readonly runbook: string }
  /** Something changed that an approval was bound to, after it was used. */
  | { readonly do: 'finding'; readonly step: string; readonly message: string }
  /** A step came to rest: the line people see. */
  | {
      readonly do: 'report';
      readonly step: string;
      readonly status: StepStatus;
      readonly verdict: Verdict | undefined;
    };

/** `do`: a task or a decision. `undo`: take something back by hand. `choose`: pick an option. `confirm`: type the text. */
export type AskPurpose = 'do' | 'undo' | 'choose' | 'confirm';

/**
 * `adopt`: the action takes over what a person did by hand, and proves it. `undo` walks the ledger rows of the step;
 * `undo_call` runs the undo body the author wrote.
 */
export type AttemptVerb = 'apply' | 'adopt' | 'check' | 'document' | 'undo' | 'undo_call';

/** The judgement on an attempt, for its evidence row. */
export interface Verdict {
  readonly ok: boolean;
  readonly expected: string;
  readonly reason?: string;
}
