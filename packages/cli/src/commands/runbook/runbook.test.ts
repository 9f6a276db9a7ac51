import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CliOptions, type CliResult, cli, scratchFolder } from '../../testing/cli.ts';
import { startFakeControlPlane } from '../../testing/fake-control-plane.ts';

const RUNBOOK = `runbook: small
version: "1.0"
title: A small one
owner: engineer
subject: none
roles:
  engineer: { title: Engineer }
phases:
  - id: only
    title: Only
    owner: engineer
    steps:
      - id: look
        check: http.get
        with: { url: "https://a.example" }
        expect: output.status == 200
      - id: tell
        task: Tell them
`;

const catalog = {
  schema: 'tenantry.catalog/1',
  actions: {},
  checks: {
    'http.get': {
      name: 'http.get',
      version: 1,
      summary: 'Reads a page',
      input: { type: 'object', properties: { url: { type: 'string' } } },
      output: { type: 'object', properties: { status: { type: 'integer' } }, required: ['status'] },
    },
  },
  events: {},
  product: { type: 'object' },
  runbooks: {},
};

interface Setting {
  readonly folder: string;
  readonly run: (argv: readonly string[], options?: CliOptions) => Promise<CliResult>;
}

async function setting(source: string, withCatalog = true): Promise<Setting> {
  const folder = await scratchFolder();
  const below = join(folder, 'runbooks', 'small');
  await mkdir(below, { recursive: true });
  await writeFile(join(below, 'small.yaml'), source);
  if (withCatalog) await writeFile(join(folder, 'runbooks', 'catalog.json'), JSON.stringify(catalog));
  return { folder, run: (argv, options = {}) => cli(argv, { cwd: below, ...options }) };
}

describe('runbook lint', () => {
  it('finds no fault in a sound runbook, offline, with the catalog above it', async () => {
    const { run } = await setting(RUNBOOK);
    expect(await run(['runbook', 'lint', 'small.yaml'])).toMatchObject({
      code: 0,
      stdout: '✓ small.yaml: no faults.\n',
      stderr: '',
    });
  });

  it('shows every fault at once with file, line, column, rule, the line itself and the fix, and ends with 64', async () => {
    const { run } = await setting(RUNBOOK.replace('output.status', 'output.state').replace('http.get', 'http.gett'));
    const { code, stdout } = await run(['runbook', 'lint', 'small.yaml']);
    expect(code).toBe(64);
    expect(stdout).toMatch(
      /^ {2}small\.yaml:14:16 error unknown-check There is no check `http\.gett`\.\n {4}14 \| {9}check: http\.gett\n {20,}\^\n {4}fix: /m,
    );
    expect(stdout).toMatch(/✗ small\.yaml: \d+ errors?\.\n$/);
  });

  it('gives versioned objects with -o json', async () => {
    const { run, folder } = await setting(RUNBOOK.replace('http.get', 'http.gett'));
    const { code, json } = await run(['runbook', 'lint', 'small.yaml', '-o', 'json']);
    expect(code).toBe(64);
    expect(json()).toMatchObject({
      schema: 'tenantry.lint/1',
      files: [
        {
          file: 'small.yaml',
          ok: false,
          catalog: join(folder, 'runbooks', 'catalog.json'),
          faults: [{ rule: 'unknown-check', line: 14 }],
        },
      ],
    });
  });

  it('asks the control plane for the catalog where no file is found', async () => {
    const { run } = await setting(RUNBOOK, false);
    const plane = await startFakeControlPlane();
    plane.handlers.set('GET /api/v1/catalog', () => catalog);
    const env = { TENANTRY_URL: plane.url, TENANTRY_KEY: 'tnt_x' };
    expect((await run(['runbook', 'lint', 'small.yaml'], { env })).code).toBe(0);
  });

  it('warns, and goes on, where no catalog is known at all', async () => {
    const { run } = await setting(RUNBOOK, false);
    const { code, stdout, stderr } = await run(['runbook', 'lint', 'small.yaml']);
    expect(code).toBe(64);
    expect(stdout).toContain('unknown-check');
    expect(stderr).toContain('warning: no catalog of actions was found');
  });

  it('names a catalog that cannot be read', async () => {
    const { run, folder } = await setting(RUNBOOK);
    await writeFile(join(folder, 'runbooks', 'catalog.json'), '{}');
    const { code, stderr } = await run(['runbook', 'lint', 'small.yaml']);
    expect(code).toBe(64);
    expect(stderr).toContain('catalog.json is no catalog of actions and checks');
  });

  it('repairs quoting in the file with --fix', async () => {
    const { run, folder } = await setting(RUNBOOK.replace('version: "1.0"', 'version: 1.0'));
    expect((await run(['runbook', 'lint', 'small.yaml'])).code).toBe(64);
    const fixed = await run(['runbook', 'lint', 'small.yaml', '--fix']);
    expect(fixed.code).toBe(0);
    expect(fixed.stdout).toContain('quoted 1 value');
    expect(await readFile(join(folder, 'runbooks/small/small.yaml'), 'utf8')).toBe(RUNBOOK);
  });
});

describe('runbook fmt', () => {
  it('writes the one form, and --check only looks', async () => {
    const { run, folder } = await setting(RUNBOOK.replace('{ title: Engineer }', '{title:   Engineer}'));
    const path = join(folder, 'runbooks/small/small.yaml');
    const before = await readFile(path, 'utf8');
    expect((await run(['runbook', 'fmt', 'small.yaml', '--check'])).code).toBe(64);
    expect(await readFile(path, 'utf8')).toBe(before);
    expect((await run(['runbook', 'fmt', 'small.yaml'])).code).toBe(0);
    expect(await readFile(path, 'utf8')).toContain('engineer: { title: Engineer }');
    expect((await run(['runbook', 'fmt', 'small.yaml', '--check'])).code).toBe(0);
  });
});

describe('runbook graph and show', () => {
  it('draw a file, in the syntax asked for', async () => {
    const { run } = await setting(RUNBOOK);
    expect((await run(['runbook', 'graph', 'small.yaml'])).stdout).toContain('step_look --> step_tell');
    expect((await run(['runbook', 'graph', 'small.yaml', '--syntax', 'dot'])).stdout).toMatch(/^digraph/);
    expect((await run(['runbook', 'graph', 'small.yaml', '-o', 'json'])).json()).toMatchObject({
      schema: 'tenantry.graph/1',
      runbook: 'small',
    });
    expect((await run(['runbook', 'show', 'small.yaml'])).stdout).toContain('look  checks http.get');
  });

  it('show a published one with its approvals, and mark those of development', async () => {
    const { run } = await setting(RUNBOOK);
    const plane = await startFakeControlPlane();
    const approval = { role: 'engineering', name: 'Dana', at: '2026-11-20T08:00:00.000Z', development: true };
    const published = {
      id: 'small',
      version: '1.0',
      title: 'A small one',
      hash: 'abc',
      published_at: '2026-11-20T08:00:00.000Z',
    };
    plane.handlers.set('GET /api/v1/runbooks', () => ({
      items: [{ ...published, approvals: [approval], missing: ['security'] }],
    }));
    const env = { TENANTRY_URL: plane.url, TENANTRY_KEY: 'tnt_x' };
    const { stdout } = await run(['runbook', 'show', 'small'], { env });
    expect(stdout).toContain('approved by Dana (engineering), 2026-11-20 08:00:00Z development approval');
    expect(stdout).toContain('approval missing: security');
    expect((await run(['runbook', 'show', 'other'], { env })).code).toBe(66);
  });

  it('refuse a file that is no runbook, with its faults', async () => {
    const { run } = await setting('runbook: x\n');
    const { code, stderr } = await run(['runbook', 'graph', 'small.yaml']);
    expect(code).toBe(64);
    expect(stderr).toContain('small.yaml is no runbook that can be read');
  });
});
