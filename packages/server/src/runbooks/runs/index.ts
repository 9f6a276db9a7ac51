export {
  cancelRun,
  completeTask,
  type DecisionInput,
  decide,
  type EndInput,
  mendIntake,
  overrideGate,
  overrideStep,
  type Resolution,
  refuseStrangers,
  resolveStep,
  retryStep,
  rollBackRun,
  type TaskCompletion,
} from './act-on-run.ts';
export { ATTEMPT_TASK, TIMER_TASK } from './commit-run.ts';
export { fireTimer } from './fire-timer.ts';
export { listRuns, type RunFilter, type RunSummary } from './list-runs.ts';
export { loadRun, recallRun } from './load-run.ts';
export { type AttemptCommand, type AttemptResult, type Carry, type Claim, type LedgerRow, laneOf } from './move.ts';
export { type Moved, type Movement, moveRun, moveRunHere, moveRunOn } from './move-run.ts';
export { initialState, type PreparedRun, prepareRun, type RunRequest } from './prepare-run.ts';
export {
  eventsAfter,
  listEvidence,
  listResources,
  reachRun,
  readArtifact,
  readRun,
  type StoredArtifact,
} from './read-run.ts';
export type { RunMeta, RunRecord } from './run-record.ts';
export { startRun } from './start-run.ts';
export { viewRun } from './view-run.ts';
export { type RunWatch, watchRuns } from './watch-runs.ts';
