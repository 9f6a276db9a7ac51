import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Catalog, lintRunbook, parseFixtures, testRunbook } from '@tenantry/runbook';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = join(ROOT, 'runbooks');
const catalog: Catalog = JSON.parse(readFileSync(join(FOLDER, 'catalog.json'), 'utf8'));

/** Of what the shipped cases reach of their runbook, in percent. */
const REACHED_MIN = 60;

const shipped = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .map((path) => join(FOLDER, path))
  .filter((path) => path.endsWith('.yaml') && !path.endsWith('.test.yaml'))
  .filter((path) => /^version: /m.test(readFileSync(path, 'utf8')) && /^runbook: /m.test(readFileSync(path, 'utf8')))
  .map((path) => relative(ROOT, path));

const readBeside =
  (path: string) =>
  (name: string): string | undefined => {
    const file = join(dirname(path), name);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  };

it('there are runbooks to test', () => {
  expect(shipped).toContain('runbooks/cutlist/enterprise-onboarding.yaml');
});

it.each(shipped)('%s comes to what its cases expect, and they reach most of it', (path) => {
  const runbookFile = join(ROOT, path);
  const fixtureFile = runbookFile.replace(/\.yaml$/, '.test.yaml');
  const read = readBeside(runbookFile);
  const { runbook, faults } = lintRunbook(readFileSync(runbookFile, 'utf8'), { file: path, catalog, read });
  if (runbook === undefined) throw new Error(JSON.stringify(faults));
  const parsed = parseFixtures(readFileSync(fixtureFile, 'utf8'), { file: fixtureFile, runbook, catalog, read });
  expect(parsed.faults).toEqual([]);
  const report = testRunbook(runbook, catalog, parsed.cases ?? []);
  expect(report.cases.map(({ name, differences }) => ({ name, differences }))).toEqual(
    report.cases.map(({ name }) => ({ name, differences: [] })),
  );
  expect(report.coverage.percent).toBeGreaterThanOrEqual(REACHED_MIN);
}, 120_000);
