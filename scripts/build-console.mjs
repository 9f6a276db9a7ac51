/** Bundles the console, when its sources or what they bring have changed since the last time. `--force` always does. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CONSOLE = join(ROOT, 'packages/console');
const STAMP = join(CONSOLE, 'dist/app/.sources');

const SOURCES = [
  'packages/console/src',
  'packages/console/public',
  'packages/console/index.html',
  'packages/console/portal.html',
  'packages/console/vite.config.ts',
  'packages/contract/dist',
  'packages/runbook/dist',
  'package-lock.json',
];

/** @param {string} path @returns {string[]} */
function filesIn(path) {
  const entries = existsSync(join(ROOT, path)) ? readdirSync(join(ROOT, path), { withFileTypes: true }) : [];
  return entries.flatMap((entry) =>
    entry.isDirectory() ? filesIn(`${path}/${entry.name}`) : [`${path}/${entry.name}`],
  );
}

/** @param {string} path */
const isSource = (path) => !/\.(?:map|tsbuildinfo)$|\.test\.tsx?$|\/testing\//.test(path);

function hashOfSources() {
  const hash = createHash('sha256');
  const files = SOURCES.flatMap((path) => (/\.\w+$/.test(path) ? [path] : filesIn(path)));
  for (const path of files.filter(isSource).sort()) hash.update(`${path}\0`).update(readFileSync(join(ROOT, path)));
  return hash.digest('hex');
}

export async function buildConsole({ force = false } = {}) {
  const wanted = hashOfSources();
  if (!force && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return;
  const { build } = await import('vite');
  await build({ configFile: join(CONSOLE, 'vite.config.ts'), logLevel: 'warn' });
  writeFileSync(STAMP, wanted);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildConsole({ force: process.argv.includes('--force') });
