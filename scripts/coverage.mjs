/**
 * Writes `docs/reference/coverage.md` from the titles of all tests and the names of the cases of shipped runbooks. With `--check` it writes nothing and fails when
 * the page is not current.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { coveragePage, proofsIn, proofsOfCases } from './checks/proven-requirements.mjs';
import { ROOT, readRepositoryFile, repositoryFiles } from './checks/repository-files.mjs';

const PAGE = 'docs/reference/coverage.md';

/** Tests of the tooling speak of ids as examples and prove none. */
const isProductTest = /** @param {string} path */ (path) => /\.test\.tsx?$/.test(path) && !path.startsWith('scripts/');

const { groups } = JSON.parse(readRepositoryFile('scripts/requirement-ids.json'));
const proofs = repositoryFiles()
  .filter(isProductTest)
  .flatMap((path) => proofsIn(path, readRepositoryFile(path)))
  .concat(
    repositoryFiles()
      .filter((path) => /^runbooks\/.*\.test\.yaml$/.test(path))
      .flatMap((path) => proofsOfCases(path, parse(readRepositoryFile(path)).cases)),
  );
const { page, unknown } = coveragePage(groups, proofs);

for (const { id, path } of unknown) console.error(`${path} names ${id}, which does not exist`);
if (unknown.length > 0) process.exitCode = 1;

if (!process.argv.includes('--check')) {
  mkdirSync(join(ROOT, dirname(PAGE)), { recursive: true });
  writeFileSync(join(ROOT, PAGE), page);
} else if (!existsSync(join(ROOT, PAGE)) || readRepositoryFile(PAGE) !== page) {
  console.error(`${PAGE} is not current: run "node scripts/coverage.mjs"`);
  process.exitCode = 1;
}
