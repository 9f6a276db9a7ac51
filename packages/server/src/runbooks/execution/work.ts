import type { ActionContext } from '../../connectors/kit/index.ts';
import type { RunRecord } from '../runs/index.ts';
import type { AttemptRow } from './attempt-row.ts';
import type { CallMemory } from './call-action.ts';

/** One attempt with everything it needs at hand. */
export interface Work {
  readonly attempt: AttemptRow;
  readonly run: RunRecord;
  /** Secrets opened. */
  readonly input: unknown;
  readonly context: ActionContext;
  readonly files: Readonly<Record<string, string>>;
  readonly memory: CallMemory;
}
