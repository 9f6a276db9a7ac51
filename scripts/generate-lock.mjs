/**
 * Completes `package-lock.json`: npm leaves out optional packages for other platforms when the registry in use does
 * not serve them, and `npm ci` then refuses the lock. Such an entry needs no address and no hash here, since it is
 * installed on its own platform only. Run it after every change of dependencies; `--check` only compares.
 */
import { readFileSync, writeFileSync } from 'node:fs';

/**
 * @typedef {{ version?: string, cpu?: string[], os?: string[], libc?: string[], dev?: boolean, optional?: boolean,
 *   optionalDependencies?: Record<string, string> }} Entry
 */

const PATH = new URL('../package-lock.json', import.meta.url);

/** @type {[RegExp, string][]} */
const SYSTEMS = [
  [/android/, 'android'],
  [/darwin/, 'darwin'],
  [/freebsd/, 'freebsd'],
  [/openharmony/, 'openharmony'],
  [/win32|windows/, 'win32'],
  [/linux/, 'linux'],
];
/** @type {[RegExp, string][]} */
const PROCESSORS = [
  [/arm64/, 'arm64'],
  [/arm/, 'arm'],
  [/x64/, 'x64'],
  [/ia32/, 'ia32'],
];

/** @param {[RegExp, string][]} table @param {string} name */
const match = (table, name) => table.find(([pattern]) => pattern.test(name))?.[1];

/**
 * @param {Record<string, Entry>} packages
 * @returns {Record<string, Entry>} the entries that are missing
 */
export function missingEntries(packages) {
  /** @type {Record<string, Entry>} */
  const missing = {};
  for (const [path, entry] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const os = match(SYSTEMS, name);
      if (os === undefined || isInstalled(packages, path, name)) continue;
      const cpu = match(PROCESSORS, name);
      missing[`node_modules/${name}`] = {
        version: version.replace(/^[\^~]/, ''),
        ...(cpu === undefined ? {} : { cpu: [cpu] }),
        ...(entry.dev === true ? { dev: true } : {}),
        ...(/musl/.test(name) ? { libc: ['musl'] } : /gnu/.test(name) ? { libc: ['glibc'] } : {}),
        optional: true,
        os: [os],
      };
    }
  }
  return missing;
}

/** @param {Record<string, Entry>} packages @param {string} from @param {string} name */
function isInstalled(packages, from, name) {
  for (let at = from; ; ) {
    if (`${at === '' ? '' : `${at}/`}node_modules/${name}` in packages) return true;
    if (at === '') return false;
    const up = at.lastIndexOf('/node_modules/');
    at = up < 0 ? '' : at.slice(0, up);
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const lock = JSON.parse(readFileSync(PATH, 'utf8'));
  const missing = missingEntries(lock.packages);
  const names = Object.keys(missing);
  if (names.length === 0) process.exit(0);
  if (process.argv.includes('--check')) {
    console.error(`package-lock.json lacks ${names.length} optional packages: run "node scripts/generate-lock.mjs"`);
    process.exit(1);
  }
  const packages = Object.entries({ ...lock.packages, ...missing }).sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(PATH, `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, undefined, 2)}\n`);
}
