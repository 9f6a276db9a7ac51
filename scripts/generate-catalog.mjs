/**
 * Writes `runbooks/catalog.json`: every action and probe of this release with its schemas, for lint and editors
 * without a control plane. `--check` only compares.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { catalogText } from '../packages/server/dist/catalog.js';

const PATH = new URL('../runbooks/catalog.json', import.meta.url);
const text = await catalogText();

if (process.argv.includes('--check')) {
  let current = '';
  try {
    current = readFileSync(PATH, 'utf8');
  } catch {
    // Missing counts as out of date.
  }
  if (current !== text) {
    console.error('runbooks/catalog.json is not current: run "node scripts/generate-catalog.mjs"');
    process.exitCode = 1;
  }
} else {
  writeFileSync(PATH, text);
}
