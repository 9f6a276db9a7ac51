import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const FOLDER = fileURLToPath(new URL('../../packages/guard', import.meta.url));
const ROOT = join(FOLDER, '../..');
const manifest: {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies?: unknown;
  readonly peerDependencies?: unknown;
} = JSON.parse(readFileSync(join(FOLDER, 'package.json'), 'utf8'));
const ENTRIES = Object.keys(manifest.exports).filter((name) => name !== './package.json');

let packed: string;
beforeAll(() => {
  packed = mkdtempSync(join(tmpdir(), 'guard-package-'));
  execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', packed], { cwd: FOLDER });
});
afterAll(() => rmSync(packed, { recursive: true, force: true }));

/** What a bundler makes of some entries together, in bytes as a browser or a function would load them. */
async function gzipped(entries: readonly string[]): Promise<number> {
  const input = Object.fromEntries(entries.map((name, at) => [String(at), join(FOLDER, 'dist', name)]));
  const bundle = await rolldown({ input, external: /^node:/, platform: 'node' });
  const { output } = await bundle.generate({ minify: true });
  await bundle.close();
  return gzipSync(output.map((chunk) => (chunk.type === 'chunk' ? chunk.code : '')).join('\n')).length;
}

/** Of the README, as a reader would copy them. */
function examples(): readonly string[] {
  const text = readFileSync(join(FOLDER, 'README.md'), 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code);
}

describe('@tenantry/guard as it is published', () => {
  it('has no dependency at run time, and imports nothing but Node', () => {
    expect(manifest.dependencies).toBeUndefined();
    expect(manifest.peerDependencies).toBeUndefined();
    for (const file of readdirSync(join(FOLDER, 'dist'), { recursive: true, encoding: 'utf8' })) {
      if (!/\.(?:js|d\.ts)$/.test(file)) continue;
      const source = readFileSync(join(FOLDER, 'dist', file), 'utf8');
      const code = source.replaceAll(/^ \*.*$/gm, '');
      const outside = [
        ...code.matchAll(/^(?:import|export|const|var) .*?(?:from |require\()["']([^."'][^"']*)["']/gm),
      ].map(([, name]) => name);
      expect(
        outside.filter((name) => name !== 'node:crypto'),
        file,
      ).toEqual([]);
    }
  });

  it('passes publint', async () => {
    const { messages } = await publint({ pkgDir: FOLDER, strict: true });
    expect(messages).toEqual([]);
  });

  it('has the right types for ES modules and for CommonJS (are-the-types-wrong)', async () => {
    const [tarball = ''] = readdirSync(packed);
    const read = createPackageFromTarballData(new Uint8Array(readFileSync(join(packed, tarball))));
    const result = await checkPackage(read);
    expect(result.types).not.toBe(false);
    // Subpaths do not exist for resolvers from before `exports`: Node 20 is past them.
    const problems = 'problems' in result ? result.problems : [];
    expect(problems.filter((problem) => !('resolutionKind' in problem && problem.resolutionKind === 'node10'))).toEqual(
      [],
    );
  });

  it('stays under 12 kB minified and gzipped: all an application loads, and by itself the proof that its CI loads', async () => {
    const served = ['index.js', 'pg/index.js', 'adapters/fastify.js', 'adapters/express.js', 'redis.js'];
    const sizes = { served: await gzipped(served), proof: await gzipped(['isolation/index.js']) };
    expect(sizes.served, JSON.stringify(sizes)).toBeLessThan(9_500);
    expect(sizes.proof, JSON.stringify(sizes)).toBeLessThan(7_000);
  });

  it('has examples in its README that compile against the published types, in the strictest mode', () => {
    const folder = join(ROOT, '.tmp/guard-examples');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const all = examples();
    expect(all.length).toBeGreaterThan(5);
    for (const [at, code] of all.entries()) writeFileSync(join(folder, `example-${at}.ts`), code);
    const options = { noEmit: true, composite: false, declaration: false, declarationMap: false, sourceMap: false };
    const config = { extends: '../../tsconfig.base.json', compilerOptions: { ...options, noUnusedLocals: false } };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const compiled = spawnSync(
      process.execPath,
      [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder, '--pretty', 'false'],
      {
        encoding: 'utf8',
      },
    );
    expect(compiled.stdout + compiled.stderr).toBe('');
  });

  it.each(ENTRIES)('%s gives the same names to import and to require', async (entry) => {
    const name = `@tenantry/guard${entry.slice(1)}`;
    const script = `import(${JSON.stringify(name)}).then((m) => console.log(JSON.stringify(Object.keys(m).sort())))`;
    const imported = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: FOLDER,
      encoding: 'utf8',
    });
    const required: object = createRequire(join(FOLDER, 'package.json'))(name);
    expect(Object.keys(required).sort()).toEqual(JSON.parse(imported));
  });
});
