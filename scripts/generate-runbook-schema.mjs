/** Writes `docs/reference/runbook.schema.json`, which gives editors completion. `--check` only compares. */
import { readFileSync, writeFileSync } from 'node:fs';
import { runbookJsonSchema } from '../packages/runbook/dist/index.js';

const PATH = new URL('../docs/reference/runbook.schema.json', import.meta.url);
const text = `${JSON.stringify(runbookJsonSchema(), undefined, 2)}\n`;

if (!process.argv.includes('--check')) {
  writeFileSync(PATH, text);
} else if (readFileSync(PATH, 'utf8') !== text) {
  console.error('docs/reference/runbook.schema.json is not current: run "node scripts/generate-runbook-schema.mjs"');
  process.exitCode = 1;
}
