import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** A breach of each rule in the code of a domain. */
const BREACHES: Readonly<Record<string, string>> = {
  noDefaultExport: 'export default function load() {}',
  noExplicitAny: 'export const load = (value: any): unknown => value;',
  noReExportAll: "export * from './tables.ts';",
  noProcessEnv: 'export const home = process.env.HOME;',
  noEnum: 'export enum Status { Active }',
  noParameterProperties: 'export class Load { constructor(readonly id: string) {} }',
  noFloatingPromises: 'async function load(): Promise<void> {}\nexport function run(): void { load(); }',
  useImportType: "import { Tenant } from './tables.ts';\nexport const load = (tenant: Tenant): Tenant => tenant;",
  useNodejsImportProtocol: "import { join } from 'path';\nexport const load = join;",
  noNonNullAssertion: 'export const load = (id?: string): string => id!;',
  useThrowOnlyError: "export function load(): never { throw 'lost'; }",
  noExcessiveLinesPerFile: `export const load = [\n${'  1,\n'.repeat(500)}];`,
};

/** A breach of each rule about tests. */
const TEST_BREACHES: Readonly<Record<string, string>> = {
  noFocusedTests: "import { it } from 'vitest';\nit.only('a', () => {});",
  noSkippedTests: "import { it } from 'vitest';\nit.skip('a', () => {});",
};

/** What these files do is allowed there and refused in a domain. */
const ALLOWED: Readonly<Record<string, string>> = {
  'packages/server/src/config.ts': 'export const home = process.env.HOME;',
  'packages/cli/src/main.ts': 'export const home = process.env.HOME;',
  'packages/console/vite.config.ts': 'export default {};',
};

const kebab = (rule: string): string => rule.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const domainFile = (rule: string): string => `packages/server/src/tenants/${kebab(rule)}.ts`;
const testFile = (rule: string): string => `packages/server/src/tenants/${kebab(rule)}.test.ts`;

let folder = '';
let faults: readonly { readonly path: string; readonly rule: string }[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lint-rules-'));
  copyFileSync(join(ROOT, 'biome.json'), join(folder, 'biome.json'));
  for (const [rule, source] of Object.entries(BREACHES)) write(domainFile(rule), source);
  for (const [rule, source] of Object.entries(TEST_BREACHES)) write(testFile(rule), source);
  for (const [path, source] of Object.entries(ALLOWED)) write(path, source);
  faults = lint();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, source: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), `${source}\n`);
}

function lint(): { path: string; rule: string }[] {
  const args = ['lint', '--reporter=json', '--max-diagnostics=none', '.'];
  const { stdout } = spawnSync(join(ROOT, 'node_modules/.bin/biome'), args, { cwd: folder, encoding: 'utf8' });
  const report: { diagnostics: { category: string; location: { path: string } }[] } = JSON.parse(stdout);
  return report.diagnostics.map(({ category, location }) => ({
    path: location.path,
    rule: category.slice(category.lastIndexOf('/') + 1),
  }));
}

const rulesAt = (path: string): string[] => faults.filter((fault) => fault.path === path).map((fault) => fault.rule);

it.each(Object.keys(BREACHES))('%s is held in the code of a domain', (rule) => {
  expect(rulesAt(domainFile(rule))).toContain(rule);
});

it.each(Object.keys(TEST_BREACHES))('%s is held: no test is left out or run alone by accident', (rule) => {
  expect(rulesAt(testFile(rule))).toContain(rule);
});

it.each(Object.keys(ALLOWED))('%s may do what a domain may not', (path) => {
  expect(rulesAt(path)).toEqual([]);
});
