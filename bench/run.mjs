/**
 * `npm run bench -- NAME [--quick]`: runs `bench/suites/NAME.mjs`, prints its table and writes
 * `bench/results/NAME.json` (with `--quick`: `.tmp/bench/NAME.json`, which is not committed). Ends with 1 when a
 * ratio to a peer misses its budget.
 *
 * A suite exports `run(bench)` and may export `versions`, a function answering the versions of what it stands beside.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { createBench, isMissed } from './harness.mjs';
import { tableOf } from './table.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const USAGE_ERROR = 64;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false } },
});
const [name = ''] = positionals;
const path = join(HERE, 'suites', `${name}.mjs`);

if (positionals.length !== 1 || !existsSync(path)) {
  console.error(
    `usage: npm run bench -- NAME [--quick], where NAME is one of: ${suiteNames().join(', ') || '(none yet)'}`,
  );
  process.exitCode = USAGE_ERROR;
} else {
  const suite = await import(pathToFileURL(path).href);
  const versions = { node: process.versions.node, tenantry: ownVersion(), ...(await suite.versions?.()) };
  const bench = createBench({
    quick: values.quick,
    machine: machine(),
    versions,
    onRow: (row) => console.error(`measured: ${row.work}`),
  });
  await suite.run(bench);
  const target = values.quick ? join(HERE, '../.tmp/bench') : join(HERE, 'results');
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, `${name}.json`), `${JSON.stringify(bench.rows, undefined, 2)}\n`);
  console.log(tableOf(bench.rows));
  process.exitCode = bench.rows.some(isMissed) ? 1 : 0;
}

function suiteNames() {
  const folder = join(HERE, 'suites');
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return files.filter((file) => file.endsWith('.mjs')).map((file) => file.slice(0, -'.mjs'.length));
}

function machine() {
  const [first] = cpus();
  const gigabytes = Math.round(totalmem() / 1024 ** 3);
  return `${first?.model.trim() ?? 'unknown'}, ${cpus().length} cores, ${gigabytes} GB, ${process.platform} ${release()} ${process.arch}`;
}

/** @returns {string} */
function ownVersion() {
  return JSON.parse(readFileSync(join(HERE, '../packages/cli/package.json'), 'utf8')).version;
}
