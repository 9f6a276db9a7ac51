export { type FixedSource, fixSource } from './fix-source.ts';
export { formatRunbook } from './format-runbook.ts';
