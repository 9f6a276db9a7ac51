/**
 * Writes `docs/reference/cli.md` from the commands of the built CLI; with `--check`, fails when the committed page is
 * another.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './checks/repository-files.mjs';

const PAGE = 'docs/reference/cli.md';
const built = join(ROOT, 'packages/cli/dist/index.js');

if (!existsSync(built)) {
  console.error('packages/cli is not built: run npm run build first.');
  process.exit(1);
}
/** @type {typeof import('../packages/cli/src/index.ts')} */
const { buildProgram, cliReference } = await import(pathToFileURL(built).href);
const page = `${cliReference(buildProgram('')).trimEnd()}\n`;
const path = join(ROOT, PAGE);

if (!process.argv.includes('--check')) {
  writeFileSync(path, page);
  console.log(`wrote ${PAGE}`);
} else if (!existsSync(path) || readFileSync(path, 'utf8') !== page) {
  console.error(`${PAGE} is not what the commands say: run node scripts/generate-cli-reference.mjs`);
  process.exitCode = 1;
}
