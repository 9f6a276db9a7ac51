export { runActions } from './actions/index.ts';
export { readClientFile } from './client-file.ts';
export { openRegistry, type Registry } from './execution/index.ts';
export {
  approveRunbook,
  dueReviews,
  listRunbooks,
  monthsOver,
  type Publication,
  publishRunbook,
  type RunbookFiles,
  reviewersOf,
} from './library/index.ts';
export { runJobs } from './run-jobs.ts';
export {
  ASKED_TASK,
  batchOfAsk,
  chooseOption,
  completeTask,
  decide,
  ESCALATE_TASK,
  isStillAsked,
  listDocuments,
  loadRun,
  type RunRecord,
  type RunWatch,
  reachRun,
  readArtifact,
  type StoredArtifact,
  TELL_AFTER_MS,
  TELL_TASK,
  takeNews,
  tellMoved,
  viewRun,
  watchRuns,
} from './runs/index.ts';
