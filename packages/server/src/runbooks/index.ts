export { readClientFile } from './client-file.ts';
export { openRegistry, type Registry } from './execution/index.ts';
export { approveRunbook, listRunbooks, type Publication, publishRunbook, type RunbookFiles } from './library/index.ts';
export { runJobs } from './run-jobs.ts';
export { type RunWatch, watchRuns } from './runs/index.ts';
