import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { copyAssets } from './copy-assets.mjs';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'copy-assets-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text = path): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

const isThere = (path: string): boolean => existsSync(join(folder, path));

it('migrations, templates and assets arrive under dist where they stood under src; sources do not', () => {
  for (const path of ['db/migrations/0001_a.sql', 'mail/templates/deep/hello.md', 'assets/logo.svg', 'db/pool.sql']) {
    write(`src/${path}`);
  }
  write('src/mail/templates/render.ts');
  copyAssets(folder);
  expect(readFileSync(join(folder, 'dist/db/migrations/0001_a.sql'), 'utf8')).toBe('src/db/migrations/0001_a.sql');
  expect(isThere('dist/mail/templates/deep/hello.md')).toBe(true);
  expect(isThere('dist/assets/logo.svg')).toBe(true);
  expect([isThere('dist/mail/templates/render.ts'), isThere('dist/db/pool.sql')]).toEqual([false, false]);
});

it('a migration that was renamed leaves no copy behind, and compiled files beside it stay', () => {
  write('src/db/migrations/0001_a.sql');
  copyAssets(folder);
  write('dist/db/migrations/list.js');
  rmSync(join(folder, 'src/db/migrations/0001_a.sql'));
  write('src/db/migrations/0001_b.sql');
  copyAssets(folder);
  expect(isThere('dist/db/migrations/0001_a.sql')).toBe(false);
  expect(isThere('dist/db/migrations/0001_b.sql')).toBe(true);
  expect(isThere('dist/db/migrations/list.js')).toBe(true);
});

it('a package without sources yet is left alone', () => {
  copyAssets(folder);
  expect(isThere('dist')).toBe(false);
});
