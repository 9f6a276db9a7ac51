import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';

const ASSET_FOLDERS = new Set(['migrations', 'templates', 'assets']);
const COMPILED = /\.(?:js|d\.ts|map)$/;
const SOURCE = /\.tsx?$/;

/**
 * Copies migrations, templates and assets of one package from `src` to the same place under `dist`.
 *
 * What an earlier build copied is cleared first: a migration that was renamed must not run twice. Compiled files that
 * stand in such a folder are kept.
 *
 * @param {string} packageFolder
 */
export function copyAssets(packageFolder) {
  const source = join(packageFolder, 'src');
  for (const folder of assetFolders(source)) {
    const target = join(packageFolder, 'dist', relative(source, folder));
    removeCopies(target);
    cpSync(folder, target, { recursive: true, filter: (path) => !SOURCE.test(path) });
  }
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function assetFolders(folder) {
  if (!existsSync(folder)) return [];
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.flatMap((entry) => {
    const path = join(folder, entry.name);
    return ASSET_FOLDERS.has(entry.name) ? [path] : assetFolders(path);
  });
}

/** @param {string} folder */
function removeCopies(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) removeCopies(path);
    else if (!COMPILED.test(entry.name)) rmSync(path);
  }
}
