export { approveRunbook, requireApprovals } from './approve-runbook.ts';
export {
  listRunbooks,
  loadRunbook,
  type Mode,
  type PublishedRunbook,
  type RunbookApproval,
  type RunbookSummary,
} from './load-runbook.ts';
export { type Publication, publishRunbook, type RunbookFiles, runbookHash } from './publish-runbook.ts';
export { type RunbookVersion, readVersion } from './read-version.ts';
