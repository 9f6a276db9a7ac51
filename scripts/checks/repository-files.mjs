import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the repository. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** What `.gitignore` names, for a copy of the sources without git. */
const IGNORED = new Set(['.git', '.tenantry', '.tmp', 'coverage', 'dist', 'node_modules', 'test-results']);

/**
 * Paths of the files git tracks or would track, so that a fault shows before it is committed.
 *
 * @returns {string[]} relative to the root, sorted, `/` between parts
 */
export function repositoryFiles() {
  const paths = existsSync(join(ROOT, '.git')) ? trackedFiles() : filesUnder('');
  return paths.filter((path) => existsSync(join(ROOT, path))).sort();
}

function trackedFiles() {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return [...new Set(listed.split('\0').filter((path) => path !== ''))];
}

/**
 * @param {string} folder relative to the root, ending in `/` unless empty
 * @returns {string[]}
 */
function filesUnder(folder) {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    if (IGNORED.has(entry.name) || entry.name.endsWith('.tsbuildinfo')) return [];
    const path = `${folder}${entry.name}`;
    return entry.isDirectory() ? filesUnder(`${path}/`) : [path];
  });
}

/** @param {string} path relative to the root */
export const readRepositoryFile = (path) => readFileSync(join(ROOT, path), 'utf8');
