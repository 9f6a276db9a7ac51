export { readClientFile } from './client-file.ts';
export { executeAttempt, openRegistry, type Registry } from './execution/index.ts';
export { approveRunbook, listRunbooks, type Publication, publishRunbook, type RunbookFiles } from './library/index.ts';
export { ATTEMPT_TASK, fireTimer, type RunWatch, TIMER_TASK, watchRuns } from './runs/index.ts';
