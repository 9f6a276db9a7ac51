/** The states of runs and steps: one list for the engine, the wire and everybody who draws them. */
export const RUN_STATUSES = [
  'planned',
  'running',
  'waiting',
  'halted',
  'rolling_back',
  'rollback_blocked',
  'completed',
  'rolled_back',
  'cancelled',
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

export const STEP_STATUSES = [
  'pending',
  'ready',
  'running',
  'waiting',
  'passed',
  'failed',
  'uncertain',
  'skipped',
  'overridden',
  'undoing',
  'undone',
  'undo_failed',
] as const;
export type StepStatus = (typeof STEP_STATUSES)[number];
