export { type LintOptions, type LintResult, lintRunbook } from './lint-runbook.ts';
