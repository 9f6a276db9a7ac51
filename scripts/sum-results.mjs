/**
 * Sums Vitest's JSON reports: `node scripts/sum-results.mjs [--no-skips] FILE...`.
 *
 * Prints what failed or was skipped, then as the very last line `N passed, N failed, N skipped`. Ends with 1 when
 * anything failed, a report is missing or, with `--no-skips`, anything was skipped that `scripts/allowed-skips.json`
 * does not name.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sumReports } from './checks/sum-reports.mjs';

const args = process.argv.slice(2);
const noSkips = args.includes('--no-skips');
const allowedPath = join(dirname(fileURLToPath(import.meta.url)), 'allowed-skips.json');
/** @type {Readonly<Record<string, string>>} */
const allowedSkips = JSON.parse(readFileSync(allowedPath, 'utf8'));

const reports = args
  .filter((arg) => !arg.startsWith('--'))
  .map((path) => ({ name: path, report: existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined }));
const sum = sumReports(reports, { noSkips, allowedSkips });

for (const line of sum.notes) console.log(line);
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
process.exitCode = sum.ok ? 0 : 1;
