/** Writes `docs/reference/configuration.md` from the schema of the settings. `--check` only compares. */
import { readFileSync, writeFileSync } from 'node:fs';
import { configReference } from '../packages/server/dist/config.js';

const PATH = new URL('../docs/reference/configuration.md', import.meta.url);
const text = configReference();

if (!process.argv.includes('--check')) {
  writeFileSync(PATH, text);
} else if (readFileSync(PATH, 'utf8') !== text) {
  console.error('docs/reference/configuration.md is not current: run "node scripts/generate-configuration.mjs"');
  process.exitCode = 1;
}
