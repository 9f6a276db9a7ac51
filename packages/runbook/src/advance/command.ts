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
  /** Something now waits for people: a task, an approval, a sign-off, an undo task. */
  | { readonly do: 'ask'; readonly step: string; readonly purpose: 'do' | 'undo' }
  /** A question that needs no answer any more. */
  | { readonly do: 'withdraw'; readonly step: string }
  | { readonly do: 'set_timer'; readonly key: TimerKey; readonly at: Instant }
  | { readonly do: 'clear_timer'; readonly key: TimerKey }
  /** A step came to rest: the line people see. */
  | {
      readonly do: 'report';
      readonly step: string;
      readonly status: StepStatus;
      readonly verdict: Verdict | undefined;
    };

/** `undo` walks the ledger rows of the step; `undo_call` runs the undo body the author wrote. */
export type AttemptVerb = 'apply' | 'check' | 'document' | 'undo' | 'undo_call';

/** The judgement on an attempt, for its evidence row. */
export interface Verdict {
  readonly ok: boolean;
  readonly expected: string;
  readonly reason?: string;
}
