export {
  cancelRun,
  type EndInput,
  mendIntake,
  moveGoLive,
  overrideGate,
  type RollBackInput,
  reopenPhase,
  rollBackRun,
  takeBackRun,
} from './act-on-run.ts';
export {
  chooseOption,
  completeTask,
  confirmStep,
  type DecisionInput,
  decide,
  overrideStep,
  type Resolution,
  resolveStep,
  retryStep,
  type TaskCompletion,
  takeOverStep,
} from './act-on-step.ts';
export { refuseStrangers } from './acting.ts';
export { type CommentInput, commentOnRun } from './comment-on-run.ts';
export { fireTimer } from './fire-timer.ts';
export { listDocuments } from './list-documents.ts';
export { listLiveRuns } from './list-live-runs.ts';
export { listRuns, type RunFilter, type RunSummary } from './list-runs.ts';
export { loadRun, recallRun } from './load-run.ts';
export { type MigrationInput, migrateRun } from './migrate-run.ts';
export { type AttemptCommand, type AttemptResult, type Carry, type Claim, type LedgerRow, laneOf } from './move.ts';
export { type Moved, type Movement, moveRun, moveRunHere, moveRunOn } from './move-run.ts';
export { batchOfAsk, isStillAsked, type News, TELL_AFTER_MS, takeNews } from './news.ts';
export { catchUp, spreadEvent } from './outside-events.ts';
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
export { endRelated, type RelatedDeps, relatedOf, startRelated, tellParent } from './related-runs.ts';
export type { RunMeta, RunRecord } from './run-record.ts';
export type { About } from './run-subject.ts';
export { startRun } from './start-run.ts';
export {
  ASKED_TASK,
  ATTEMPT_TASK,
  CATCH_UP_TASK,
  END_TASK,
  ESCALATE_TASK,
  START_TASK,
  TELL_PARENT_TASK,
  TELL_TASK,
  TIMER_TASK,
} from './tasks.ts';
export { tellMoved } from './tell-moved.ts';
export { type TickInput, tickItem } from './tick-item.ts';
export { viewRun } from './view-run.ts';
export { type RunWatch, watchRuns } from './watch-runs.ts';
