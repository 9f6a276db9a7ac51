/** `npm run check`: everything CI holds true of the sources. All faults of all checks are shown at once. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { errorPageFaults } from './checks/error-pages.mjs';
import { importFaults } from './checks/imports.mjs';
import { ROOT, readRepositoryFile, repositoryFiles } from './checks/repository-files.mjs';
import { textFaults } from './checks/text-faults.mjs';

/** @typedef {import('./checks/imports.mjs').Fault} Fault */
/** @typedef {{ name: string, run: () => Promise<readonly string[]> }} Check a check answers its faults as text */

const SOURCES = /^(?:packages|examples\/apps)\/[^/]+\/src\/.*\.tsx?$/;
const WORKSPACE_MANIFEST = /^(?:packages|examples\/apps)\/[^/]+\/package\.json$/;
const files = repositoryFiles();

/** @type {readonly Check[]} */
const CHECKS = [
  {
    name: 'format and lint',
    run: () => command('biome', 'check', '--error-on-warnings', '--max-diagnostics=200', '.'),
  },
  { name: 'types of the packages', run: () => command('tsc', '-b', '--pretty', 'false') },
  {
    name: 'what the compiler does not copy or bundle',
    run: () => run(process.execPath, [join('scripts', 'after-build.mjs')]),
  },
  { name: 'types of tests and scripts', run: () => command('tsc', '-p', 'tsconfig.tests.json', '--pretty', 'false') },
  { name: 'import directions, purity, cycles', run: async () => lines(importFaults(sources(), manifests())) },
  { name: 'error codes and their pages', run: errorPages },
  { name: 'open work, machine paths, registries', run: async () => lines(files.flatMap(textFaultsOf)) },
  ...generators().map((script) => ({
    name: `current: ${script}`,
    run: () => run(process.execPath, [join('scripts', script), '--check']),
  })),
];

const faults = [];
for (const check of CHECKS) {
  const startedAt = performance.now();
  const found = await check.run().catch((error) => [String(error?.stack ?? error)]);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(6);
  console.log(`${found.length === 0 ? 'ok  ' : 'FAIL'} ${seconds} s  ${check.name}`);
  if (found.length > 0) faults.push(`\n${check.name}\n${found.map((line) => `  ${line}`).join('\n')}`);
}
for (const text of faults) console.log(text);
process.exitCode = faults.length === 0 ? 0 : 1;

/** Scripts that write a committed file and, with `--check`, fail when it is not what they would write. */
function generators() {
  return readdirSync(join(ROOT, 'scripts')).filter(
    (name) => name === 'coverage.mjs' || /^generate-.*\.mjs$/.test(name),
  );
}

async function errorPages() {
  const contract = join(ROOT, 'packages/contract/dist/index.js');
  if (!existsSync(contract)) return ['packages/contract is not built: its types have faults'];
  const { ERROR_CODES } = await import(pathToFileURL(contract).href);
  const folder = join(ROOT, 'docs/errors');
  const pages = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]);
  return lines(errorPageFaults(ERROR_CODES, Object.fromEntries(pages)));
}

function sources() {
  return files.filter((path) => SOURCES.test(path)).map((path) => ({ path, source: readRepositoryFile(path) }));
}

function manifests() {
  const paths = files.filter((path) => WORKSPACE_MANIFEST.test(path));
  return Object.fromEntries(paths.map((path) => [path.replace(/\/package\.json$/, ''), manifestOf(path)]));
}

/** @param {string} path */
function manifestOf(path) {
  const manifest = JSON.parse(readRepositoryFile(path));
  const { dependencies = {}, peerDependencies = {} } = manifest;
  return { name: String(manifest.name), dependencies: Object.keys({ ...dependencies, ...peerDependencies }) };
}

/** @param {string} path */
function textFaultsOf(path) {
  return textFaults(path, readRepositoryFile(path));
}

/** @param {readonly Fault[]} found */
function lines(found) {
  return found.map(({ path, line, message }) => `${path}:${line} ${message}`);
}

/**
 * @param {string} name of a command in `node_modules/.bin`
 * @param {string[]} args
 */
function command(name, ...args) {
  return run(join('node_modules', '.bin', name), args);
}

/**
 * Runs a command and answers its output as faults when it fails.
 *
 * @param {string} file
 * @param {string[]} args
 * @returns {Promise<string[]>}
 */
function run(file, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    /** @type {Buffer[]} */
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      const text = Buffer.concat(output).toString('utf8').trimEnd();
      resolve(code === 0 ? [] : (text || `${file} ended with ${code}`).split('\n'));
    });
  });
}
