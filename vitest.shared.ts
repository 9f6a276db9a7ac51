import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProjectInlineConfiguration, ViteUserConfig } from 'vitest/config';

const WORKSPACES = ['packages', 'examples/apps'];
const ROOT = dirname(fileURLToPath(import.meta.url));
const GLOBAL_DATABASE = join(ROOT, 'packages/server/src/db/testing/global-setup.ts');

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly source?: string }>>;
}

/**
 * Workspace packages are read from the `source` entry of their exports, so that tests never run against a stale
 * build. Aliases rather than the `source` condition: packages outside the workspace use that condition too.
 */
function workspaceAliases(): { find: RegExp; replacement: string }[] {
  return WORKSPACES.flatMap((parent) =>
    readdirSync(join(ROOT, parent))
      .filter((folder) => existsSync(join(ROOT, parent, folder, 'package.json')))
      .flatMap((folder) => packageAliases(join(ROOT, parent, folder))),
  );
}

function packageAliases(folder: string): { find: RegExp; replacement: string }[] {
  const manifest: Manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return Object.entries(manifest.exports).flatMap(([subpath, target]) =>
    typeof target === 'object' && target.source !== undefined
      ? [{ find: new RegExp(`^${manifest.name}${subpath.slice(1)}$`), replacement: join(folder, target.source) }]
      : [],
  );
}

const SOURCES = WORKSPACES.map((parent) => `${parent}/*/src`);
const inSources = (pattern: string): string[] => SOURCES.map((folder) => `${folder}/**/${pattern}`);

interface Tier {
  readonly name: string;
  readonly include: string[];
  readonly exclude?: string[];
  readonly timeoutMs: number;
  readonly database?: boolean;
  /** Files in a process one after the other, modules loaded once: a third of the time of all tests was loading them. */
  readonly shared?: boolean;
}

/** The tiers of CONTRIBUTING.md: pure first, then real PostgreSQL, then whole processes. */
const TIERS: readonly Tier[] = [
  {
    name: 'pure',
    include: inSources('*.test.ts'),
    exclude: inSources('*.{db,http}.test.ts'),
    timeoutMs: 30_000,
    shared: true,
  },
  { name: 'db', include: inSources('*.{db,http}.test.ts'), timeoutMs: 60_000, database: true, shared: true },
  {
    name: 'repository',
    include: ['tests/repository/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts'],
    timeoutMs: 30_000,
  },
  {
    name: 'e2e',
    include: ['tests/{browser,e2e,crash,upgrade,conformance}/**/*.test.ts'],
    timeoutMs: 120_000,
    database: true,
  },
];

const alias = workspaceAliases();

function project(tier: Tier, deep: boolean): TestProjectInlineConfiguration {
  const globalSetup = tier.database === true && existsSync(GLOBAL_DATABASE) ? [GLOBAL_DATABASE] : [];
  return {
    resolve: { alias },
    test: {
      name: tier.name,
      include: tier.include,
      exclude: [
        '**/node_modules/**',
        '**/dist/**',
        '**/.tmp/**',
        ...(tier.exclude ?? []),
        ...(deep ? [] : ['**/*.deep.test.ts', '**/*.deep.db.test.ts']),
      ],
      globalSetup,
      environment: 'node',
      isolate: tier.shared !== true,
      testTimeout: deep ? Math.max(tier.timeoutMs, 120_000) : tier.timeoutMs,
      hookTimeout: 60_000,
      restoreMocks: true,
    },
  };
}

/** `TENANTRY_RESULTS=FILE` adds a JSON report there: `.ci/run` sums those of every run. */
export function testOptions({ deep }: { readonly deep: boolean }): ViteUserConfig {
  const results = process.env.TENANTRY_RESULTS;
  return {
    test: {
      projects: TIERS.map((tier) => project(tier, deep)),
      maxWorkers: 2,
      passWithNoTests: true,
      reporters: results === undefined ? ['default'] : ['default', ['json', { outputFile: results }]],
    },
  };
}
