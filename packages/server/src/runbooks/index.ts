export { runActions } from './actions/index.ts';
export { readClientFile } from './client-file.ts';
export { openRegistry, type Registry } from './execution/index.ts';
export { approveRunbook, listRunbooks, type Publication, publishRunbook, type RunbookFiles } from './library/index.ts';
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
  viewRun,
  watchRuns,
} from './runs/index.ts';
