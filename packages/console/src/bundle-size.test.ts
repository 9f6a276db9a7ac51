import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

const APP = fileURLToPath(new URL('../dist/app/', import.meta.url));

interface Chunk {
  readonly file: string;
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
  readonly css?: readonly string[];
}

type Manifest = Readonly<Record<string, Chunk>>;

/** Everything the browser must have before it can show this entry: its chunk, what that imports at once, and styles. */
function filesOf(manifest: Manifest, entry: string, seen = new Set<string>()): ReadonlySet<string> {
  const chunk = manifest[entry];
  if (chunk === undefined || seen.has(chunk.file)) return seen;
  for (const file of [chunk.file, ...(chunk.css ?? [])]) seen.add(file);
  for (const each of chunk.imports ?? []) filesOf(manifest, each, seen);
  return seen;
}

const gzippedKb = (files: ReadonlySet<string>): number =>
  [...files].reduce((sum, file) => sum + gzipSync(readFileSync(`${APP}${file}`)).length, 0) / 1_000;

describe('the bundle', () => {
  const read = (): Manifest => {
    expect(existsSync(`${APP}manifest.json`), 'npm run build makes it').toBe(true);
    return JSON.parse(readFileSync(`${APP}manifest.json`, 'utf8')) as Manifest;
  };

  it('the first page is there after less than 250 kB, its own page included', () => {
    const manifest = read();
    const files = new Set([...filesOf(manifest, 'index.html'), ...filesOf(manifest, 'src/pages/home.tsx')]);
    expect(gzippedKb(files)).toBeLessThan(250);
  });

  it('no page brings the graph or the check of intake along: they come when they are looked at', () => {
    const manifest = read();
    const pages = Object.keys(manifest).filter((name) => name.startsWith('src/pages/') || name.endsWith('.html'));
    expect(pages.length).toBeGreaterThan(8);
    for (const page of pages) {
      const files = [...filesOf(manifest, page)].join(' ');
      expect([page, /graph-|check-worker/.test(files)]).toEqual([page, false]);
    }
  });

  it('the portal loads nothing of the console but what both are made with', () => {
    const files = [...filesOf(read(), 'portal.html')].join(' ');
    expect(files).not.toMatch(/console-|home-|run-page/);
  });
});
