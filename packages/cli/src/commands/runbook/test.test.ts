import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CliResult, cli, scratchFolder } from '../../testing/cli.ts';

const RUNBOOK = `runbook: small
version: "1.0"
title: A small one
owner: engineer
subject: none
roles:
  engineer: { title: Engineer }
phases:
  - id: only
    owner: engineer
    steps:
      - id: look
        check: http.get
        with: { url: "https://a.example" }
        expect: output.status == 200
      - id: tell
        task: Tell them
        if: intake.loud
intake: { type: object, properties: { loud: { type: boolean, default: true } } }
`;
const CASES = `cases:
  - name: the page is up
    given: { checks: pass }
    expect: { status: completed, steps: { tell: passed } }
  - name: the page is down
    given: { steps: { look: { output: { status: 503 } } } }
    expect: { status: halted }
`;
const catalog = {
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

/** \`runbook test small.yaml\` beside its cases, with further arguments. */
async function test(cases: string | undefined, ...more: readonly string[]): Promise<CliResult> {
  const folder = await scratchFolder();
  const below = join(folder, 'runbooks', 'small');
  await mkdir(below, { recursive: true });
  await writeFile(join(folder, 'runbooks', 'catalog.json'), JSON.stringify(catalog));
  await writeFile(join(below, 'small.yaml'), RUNBOOK);
  if (cases !== undefined) await writeFile(join(below, 'small.test.yaml'), cases);
  return cli(['runbook', 'test', 'small.yaml', ...more], { cwd: below });
}

describe('runbook test', () => {
  it('runs the cases beside the runbook, one line for each, and tells what none of them reaches', async () => {
    expect(await test(CASES)).toMatchObject({
      code: 0,
      stderr: '',
      stdout: `✓ the page is up  completed, 2 steps, 2.0 s of its time
✓ the page is down  halted, 1 step, 1.0 s of its time

Reached 75 %: 2 of 2 steps, 1 of 2 conditions both ways.
No case reaches:
  step tell with \`intake.loud\` false
✓ 2 of 2 cases passed.
`,
    });
  });

  it('ends with 1 when a case fails, and shows what was expected, what was, and what happened', async () => {
    const { code, stdout } = await test(CASES.replace('halted', 'completed'));
    expect(code).toBe(1);
    expect(stdout).toContain(
      '✗ the page is down  halted, 1 step, 1.0 s of its time, line 5\n    status  expected completed, was halted\n',
    );
    expect(stdout).toMatch(
      / {4}2026-01-05 09:00:01Z {2}look failed: the result does not meet: output\.status == 200\n/,
    );
    expect(stdout).toMatch(/✗ 1 of 2 cases passed\.\n$/);
  });

  it('ends with 1 when the cases reach less than --min-coverage', async () => {
    expect(await test(CASES, '--min-coverage', '75')).toMatchObject({ code: 0 });
    const { code, stdout } = await test(CASES, '--min-coverage', '76');
    expect(code).toBe(1);
    expect(stdout).toContain('Reached 75 %, less than 76 %');
    expect(await test(CASES, '--min-coverage', '101')).toMatchObject({ code: 2 });
  });

  it('gives the whole report with -o json', async () => {
    const { code, json } = await test(CASES, '-o', 'json', '--min-coverage', '90');
    expect(code).toBe(1);
    expect(json()).toMatchObject({
      schema: 'tenantry.runbook-test/1',
      runbook: 'small',
      version: '1.0',
      ok: false,
      cases: [
        { name: 'the page is up', ok: true, status: 'completed', differences: [] },
        { name: 'the page is down', ok: true, status: 'halted' },
      ],
      coverage: { total: 4, reached: 3, percent: 75, missing: [{ kind: 'condition', id: 'tell', side: 'false' }] },
      min_coverage: 90,
    });
  });

  it('takes further files of cases, which count together', async () => {
    const folder = await scratchFolder();
    const quiet = join(folder, 'quiet.yaml');
    await writeFile(
      quiet,
      'cases: [{ name: quiet, intake: { loud: false }, given: { checks: pass }, expect: { status: completed } }]\n',
    );
    const { code, stdout } = await test(
      CASES,
      '--fixtures',
      'small.test.yaml',
      '--fixtures',
      quiet,
      '--min-coverage',
      '100',
    );
    expect(stdout).toContain('Reached 100 %');
    expect(code).toBe(0);
  });

  it('names each fault of the cases with file, line and fix, runs none, and ends with 64', async () => {
    const { code, stdout, stderr } = await test(CASES.replace('look:', 'lok:').replace('{ tell:', '{ yell:'));
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
    expect(stderr).toContain('small.test.yaml:4:43 error unknown-step small has no step `yell`.');
    expect(stderr).toContain('    6 |     given: { steps: { lok: { output: { status: 503 } } } }\n');
    expect(stderr).toContain('fix: Did you mean `look`?');
  });

  it('ends with 64 when there are no cases', async () => {
    const { code, stderr } = await test(undefined);
    expect(code).toBe(64);
    expect(stderr).toContain('small.test.yaml is not there.');
  });
});
