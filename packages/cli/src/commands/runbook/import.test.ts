import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CliOptions, type CliResult, cli, scratchFolder } from '../../testing/cli.ts';

const MARKDOWN = `# Client Onboarding

**Owner:** Platform

## Intake (1 day)

- [ ] Contract signed
- [ ] SSO required: [ ] Yes [ ] No

## Set-up

\`\`\`bash
kubectl create namespace client
\`\`\`
`;

interface Setting {
  readonly folder: string;
  readonly run: (argv: readonly string[], options?: CliOptions) => Promise<CliResult>;
}

async function setting(source: string | Uint8Array = MARKDOWN, name = 'Client Onboarding (v2).md'): Promise<Setting> {
  const folder = await scratchFolder();
  await writeFile(join(folder, name), source);
  return { folder, run: (argv, options = {}) => cli(['runbook', 'import', ...argv], { cwd: folder, ...options }) };
}

const FILE = 'Client Onboarding (v2).md';

describe('runbook import', () => {
  it('prints the draft alone on standard output, and what became of the document beside it', async () => {
    const { run } = await setting();
    const { code, stdout, stderr } = await run([FILE]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^# Draft imported from Client Onboarding \(v2\)\.md \(sha256 [0-9a-f]{64}\)/);
    expect(stdout).toContain('runbook: client-onboarding-v2\n');
    expect(stderr).toContain('0 unaccounted for, 0 lint errors');
    expect(stderr).toContain('3 headings -> 2 phases, 2 steps');
    expect(stderr).toContain('1 fenced command -> 1 command for people');
  });

  it('writes a draft that lints, and a report of every line', async () => {
    const { run, folder } = await setting();
    const { code, stdout } = await run([FILE, '--output', 'draft.yaml', '--report', 'report.json', '--name', 'mine']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^✓ \d+ pieces of Markdown imported/);
    const report = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8'));
    expect(report).toMatchObject({
      schema: 'tenantry.import/1',
      runbook: 'mine',
      ok: true,
      unaccounted: [],
      counts: { headings: 3, checkboxes: 2, commands: 1, table_rows: 0 },
      draft: { checklist_items: 1, form_fields: 1 },
    });
    expect(report.entries).toContainEqual({
      line: 7,
      kind: 'checkbox',
      text: 'Contract signed',
      became: ['phases.intake.steps.intake.checklist[0]'],
    });
    expect((await cli(['runbook', 'lint', 'draft.yaml'], { cwd: folder })).code).toBe(0);
  });

  it('replaces no file that is there, unless told to', async () => {
    const { run, folder } = await setting();
    await writeFile(join(folder, 'draft.yaml'), 'mine');
    const { code, stderr } = await run([FILE, '--output', 'draft.yaml']);
    expect(code).toBe(2);
    expect(stderr).toContain('draft.yaml is there already');
    expect(await readFile(join(folder, 'draft.yaml'), 'utf8')).toBe('mine');
    expect((await run([FILE, '--output', 'draft.yaml', '--force'])).code).toBe(0);
    expect(await readFile(join(folder, 'draft.yaml'), 'utf8')).toContain('runbook: client-onboarding-v2');
  });

  it('gives draft and report as one object with -o json', async () => {
    const { run } = await setting();
    const { code, json, stderr } = await run([FILE, '-o', 'json']);
    expect(code).toBe(0);
    expect(stderr).toBe('');
    expect(json()).toMatchObject({ schema: 'tenantry.import/1', ok: true, yaml: expect.stringContaining('phases:') });
  });

  it('hashes the bytes of the file, its byte order mark included', async () => {
    const { run } = await setting(`\ufeff${MARKDOWN}`);
    const plain = await (await setting()).run([FILE, '-o', 'json']);
    const marked = await run([FILE, '-o', 'json']);
    const [one, other] = [plain.json(), marked.json()] as [{ sha256: string }, { sha256: string }];
    expect(one.sha256).not.toBe(other.sha256);
    expect(marked.json()).toMatchObject({ ok: true, unaccounted: [] });
  });

  it.each([
    ['not UTF-8', Uint8Array.from([0x23, 0x20, 0xff, 0xfe]), 'is not UTF-8 text'],
    ['binary', '# A\0B', 'it is not text'],
    ['empty', '', 'holds no words'],
    ['larger than is imported', 'word '.repeat(60_000), 'at most 128 KiB are imported'],
    ['larger than is read', 'word '.repeat(300_000), 'kB are read'],
  ])('refuses a file that is %s, and says why', async (_, source, words) => {
    const { run } = await setting(source);
    const { code, stdout, stderr } = await run([FILE]);
    expect(code).toBe(64);
    expect(stdout).toBe('');
    expect(stderr.replace(/\s+/g, ' ')).toContain(words);
  });

  it('refuses a name that is no id, and a file that is not there', async () => {
    const { run } = await setting();
    expect((await run([FILE, '--name', 'No Id'])).code).toBe(2);
    expect((await run(['nothing.md'])).code).toBe(64);
  });
});
