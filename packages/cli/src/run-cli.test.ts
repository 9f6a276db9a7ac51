import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunView } from '@tenantry/contract';
import { describe, expect, it, vi } from 'vitest';
import { type CliOptions, type CliResult, cli, scratchFolder } from './testing/cli.ts';
import { type FakeControlPlane, refusal, startFakeControlPlane } from './testing/fake-control-plane.ts';
import { HASH, plannedStep, RUN_ID, sampleAsk, samplePlan, sampleRun, signOffAsk } from './testing/sample-run.ts';

interface Setting {
  readonly plane: FakeControlPlane;
  readonly run: (argv: readonly string[], options?: CliOptions) => Promise<CliResult>;
  /** Bodies of the writes so far. */
  readonly writes: () => readonly { readonly path: string; readonly body: unknown }[];
}

async function setting(run: RunView = sampleRun()): Promise<Setting> {
  const plane = await startFakeControlPlane();
  plane.keep(run);
  const env = { TENANTRY_URL: plane.url, TENANTRY_KEY: 'tnt_x' };
  return {
    plane,
    run: (argv, options = {}) => cli(argv, { env, ...options }),
    writes: () => plane.received.filter(({ method }) => method !== 'GET').map(({ path, body }) => ({ path, body })),
  };
}

const step = (verb: string, id: string): string => `/api/v1/runs/${RUN_ID}/steps/${id}/${verb}`;

describe('the command line', () => {
  it('ends with 2 for an unknown command or option, and suggests the nearest', async () => {
    expect((await cli(['runn'])).code).toBe(2);
    const { code, stderr, stdout } = await cli(['run', 'lst']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Did you mean list?');
    expect((await cli(['run', 'list', '--wat'])).code).toBe(2);
    expect((await cli(['run', 'rollback', 'acme'])).code).toBe(2);
  });

  it('tells faults of usage as a problem document with -o json, and nothing else', async () => {
    for (const argv of [
      ['run', 'list', '--wat', '-o', 'json'],
      ['run', 'list', '--limit=0', '--format=json'],
    ]) {
      expect((await cli(argv)).problem()).toMatchObject({
        schema: 'tenantry.problem/1',
        code: 'command.invalid',
        exit_code: 2,
      });
    }
  });

  it('prints help and version on stdout, with 0', async () => {
    const help = await cli(['run', '--help']);
    expect(help.code).toBe(0);
    expect(help.stdout).toContain('tenantry run');
    expect(help.stdout).not.toContain('\u001b');
    expect(await cli(['--version'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  it('says in one plain sentence that nothing answers, with 69', async () => {
    const { code, stderr } = await cli(['run', 'list', '--url', 'http://127.0.0.1:9', '--key', 'tnt_x']);
    expect(code).toBe(69);
    expect(stderr).toBe(
      '✗ Nothing answers at http://127.0.0.1:9.\n  Next: Start it with npm start, or give another address with --url.\n',
    );
  });

  it('shows a refusal with what, why and what next, and the exit code of its kind', async () => {
    const { plane, run } = await setting();
    plane.handlers.set(`POST ${step('retry', 'create')}`, () => {
      throw refusal('run.wrong_state', 'Step create has not failed.', { next: 'tenantry run show tells its state.' });
    });
    const { code, stderr } = await run(['run', 'retry', 'acme', 'create']);
    expect(code).toBe(65);
    expect(stderr).toBe(
      `✗ Step create has not failed.
  Why:  The run or step is not in a state that allows this (run.wrong_state).
  Next: tenantry run show tells its state.
`,
    );
  });

  it('never prints the key', async () => {
    const { run, plane } = await setting();
    plane.handlers.set('GET /api/v1/runs', () => {
      throw refusal('access.unauthenticated', 'The key of this request is not valid.');
    });
    const { code, stdout, stderr } = await run(['run', 'list'], {
      env: { TENANTRY_URL: plane.url, TENANTRY_KEY: 'tnt_topsecret' },
    });
    expect(code).toBe(65);
    expect(stdout + stderr).not.toContain('topsecret');
  });
});

describe('run', () => {
  it('lists as a table for people and as a versioned object for programs', async () => {
    const { run } = await setting();
    const table = await run(['run', 'list']);
    expect(table.stdout.split('\n')).toEqual([
      'RUN           TENANT  STATUS   RUNBOOK                    TITLE         STARTED BY    CHANGED',
      'run_1f0c0c7e  acme    running  enterprise-onboarding 1.0  Onboard Acme  Dana Fischer  5 min ago',
      '',
    ]);
    const json = await run(['run', 'list', '-o', 'json']);
    expect(json.json()).toMatchObject({ schema: 'tenantry.runs/1', items: [{ id: RUN_ID }], next_cursor: null });
  });

  it('is found by id, by its beginning, by the slug of its tenant, and as the latest', async () => {
    const { run } = await setting();
    for (const reference of [RUN_ID, 'run_1f0c', '1f0c0c', 'acme', 'latest']) {
      expect((await run(['run', 'show', reference, '-o', 'json'])).json()).toMatchObject({
        schema: 'tenantry.run/1',
        id: RUN_ID,
      });
    }
    const missing = await run(['run', 'show', 'acmee']);
    expect(missing.code).toBe(66);
    expect(missing.stderr).toContain('No run fits "acmee"');
  });

  it('is never guessed: two runs of one tenant that go on must be told apart', async () => {
    const { plane, run } = await setting();
    const other = { ...sampleRun(), id: 'run_1f0c0c7e-0000-4000-8000-000000000002' };
    plane.handlers.set('GET /api/v1/runs', () => ({ items: [sampleRun(), other], next_cursor: null }));
    for (const reference of ['acme', 'run_1f0c']) {
      const { code, stderr } = await run(['run', 'show', reference]);
      expect(code).toBe(2);
      expect(stderr).toContain(other.id);
    }
    plane.handlers.set('GET /api/v1/runs', () => ({
      items: [{ ...other, status: 'completed' }, sampleRun()],
      next_cursor: null,
    }));
    expect((await run(['run', 'show', 'acme', '-o', 'json'])).json()).toMatchObject({ id: RUN_ID });
  });

  it('completes a task: ticks, values of the type the form asks for, note and file', async () => {
    const ask = sampleAsk({
      checklist: [
        { id: 'log_in', item: 'Log in', by_system: false, roles: [], evidence: null, ticked: null, found: null },
        { id: 'tls', item: 'TLS', by_system: true, roles: [], evidence: null, ticked: null, found: null },
      ],
      form: { approved_on: { type: 'string' }, score: { type: 'integer' }, again: { type: 'boolean' } },
    });
    const { plane, run, writes } = await setting(sampleRun({ status: 'waiting', asks: [ask] }));
    plane.handlers.set(`POST ${step('complete', 'uat')}`, () => sampleRun());
    const cwd = await scratchFolder();
    await writeFile(join(cwd, 'proof.png'), Uint8Array.of(0xff, 0x00));
    const set = ['--set', 'approved_on=2026-11-20', 'score=9', 'again=no'];
    const result = await run(
      ['run', 'complete', 'acme', 'uat', '--tick-all', ...set, '--note', 'fine', '--file', 'proof.png', '-o', 'json'],
      { cwd },
    );

    expect(result.stderr).toBe('');
    expect(result.code).toBe(0);
    expect(writes()).toEqual([
      {
        path: step('complete', 'uat'),
        body: {
          output: { approved_on: '2026-11-20', score: 9, again: false },
          ticks: ['log_in'],
          note: 'fine',
          file: { name: 'proof.png', media_type: 'image/png', content_base64: '/wA=' },
        },
      },
    ]);
  });

  it('names every value that is missing, unknown or ill-typed before anything is sent', async () => {
    const ask = sampleAsk({ form: { score: { type: 'integer' }, on: { type: 'string' } } });
    const { run, writes } = await setting(sampleRun({ status: 'waiting', asks: [ask] }));
    const { code, stderr } = await run(['run', 'complete', 'acme', 'uat', '--set', 'score=many', '--set', 'sore=1']);
    expect(code).toBe(2);
    expect(stderr).toContain('score: is not of the type the form asks for');
    expect(stderr).toContain('sore: is no field of this form (score, on)');
    expect(stderr).toContain('on: is missing');
    expect(
      (await run(['run', 'complete', 'acme', 'uat', '--tick', 'nope', '--set', 'score=1', '--set', 'on=x'])).code,
    ).toBe(2);
    expect(writes()).toEqual([]);
  });

  it('signs exactly what was shown: the hash goes with the decision, after a person confirmed it', async () => {
    const { plane, run, writes } = await setting(sampleRun({ status: 'waiting', asks: [signOffAsk()] }));
    plane.handlers.set(`POST ${step('decide', 'accept')}`, () => sampleRun());
    const questions: string[] = [];
    const answering = (answer: string): CliOptions => ({
      ask: async (question) => {
        questions.push(question);
        return answer;
      },
    });

    const refused = await run(['run', 'approve', 'acme', 'accept'], answering('n'));
    expect(refused.code).toBe(2);
    expect(writes()).toEqual([]);
    const signed = await run(['run', 'approve', 'acme', 'accept'], answering('y'));
    expect(signed.code).toBe(0);
    expect(signed.stderr).toContain('We accept what was delivered.');
    expect(signed.stderr).toContain(HASH);
    expect(questions).toEqual(['Sign this? [y/N] ', 'Sign this? [y/N] ']);
    expect(writes()).toEqual([{ path: step('decide', 'accept'), body: { decision: 'yes', hash: HASH } }]);
  });

  it('refuses with --no, and decides on a hash seen earlier with --hash', async () => {
    const { plane, run, writes } = await setting(sampleRun({ status: 'waiting', asks: [signOffAsk()] }));
    plane.handlers.set(`POST ${step('decide', 'accept')}`, () => sampleRun());
    await run([
      'run',
      'approve',
      'acme',
      'accept',
      '--no',
      '--note',
      'not yet',
      '--hash',
      'b'.repeat(64),
      '-o',
      'json',
    ]);
    expect(writes()[0]?.body).toEqual({ decision: 'no', hash: 'b'.repeat(64), note: 'not yet' });
  });

  it('is cancelled only after it was said what becomes of what it made', async () => {
    const { plane, run, writes } = await setting();
    plane.handlers.set(`POST /api/v1/runs/${RUN_ID}/cancel`, () => sampleRun({ status: 'cancelled' }));
    const cancel = ['run', 'cancel', 'acme', '--reason', 'wrong client'];

    expect((await run(cancel)).code).toBe(2);
    expect((await run([...cancel, '--keep', '--undo'])).code).toBe(2);
    expect((await run(cancel, { ask: async () => '' })).code).toBe(2);
    expect(writes()).toEqual([]);
    expect((await run(cancel, { ask: async () => 'undo' })).code).toBe(0);
    expect((await run([...cancel, '--keep'])).code).toBe(0);
    expect(writes().map(({ body }) => body)).toEqual([
      { reason: 'wrong client', undo: true },
      { reason: 'wrong client', undo: false },
    ]);
  });

  it('is overridden at a step or at a line of a gate, never both', async () => {
    const { plane, run, writes } = await setting();
    plane.handlers.set(`POST ${step('override', 'probe')}`, () => sampleRun());
    plane.handlers.set(`POST /api/v1/runs/${RUN_ID}/override-gate`, () => sampleRun());
    const because = ['--reason', 'agreed with the client'];
    expect((await run(['run', 'override', 'acme', ...because])).code).toBe(2);
    expect((await run(['run', 'override', 'acme', 'probe', '--phase', 'setup', ...because])).code).toBe(2);
    expect((await run(['run', 'override', 'acme', 'probe', ...because])).code).toBe(0);
    expect(
      (await run(['run', 'override', 'acme', '--phase', 'setup', '--gate', 'Signed', '--role', 'lead', ...because]))
        .code,
    ).toBe(0);
    expect(writes().map(({ body }) => body)).toEqual([
      { reason: 'agreed with the client' },
      { role: 'lead', reason: 'agreed with the client', phase: 'setup', label: 'Signed' },
    ]);
  });

  it('is told what an uncertain call really did', async () => {
    const { plane, run, writes } = await setting();
    plane.handlers.set(`POST ${step('resolve', 'send')}`, () => sampleRun());
    expect((await run(['run', 'resolve', 'acme', 'send', '--reason', 'looked'])).code).toBe(2);
    const output = ['--output', 'id=42', '--output', 'name=it'];
    await run(['run', 'resolve', 'acme', 'send', '--happened', ...output, '--reason', 'looked']);
    expect(writes()[0]?.body).toEqual({ outcome: 'happened', output: { id: 42, name: 'it' }, reason: 'looked' });
  });

  it('names the line of a mended intake that the control plane refuses', async () => {
    const { plane, run } = await setting();
    plane.handlers.set(`POST /api/v1/runs/${RUN_ID}/mend-intake`, () => {
      throw refusal('intake.invalid', 'The mended intake has faults.', {
        faults: [{ path: 'seats', message: 'must be a number' }],
      });
    });
    const cwd = await scratchFolder();
    await writeFile(join(cwd, 'acme.yaml'), 'runbook: x\nintake:\n  slug: acme\n  seats: many\n');
    const { code, stderr } = await run(['run', 'mend-intake', 'acme', 'acme.yaml'], { cwd });
    expect(code).toBe(64);
    expect(stderr).toContain('acme.yaml:4:10  intake.seats: must be a number');
    expect(stderr).toContain('4 |   seats: many');
  });

  it('ends with 0 after a rollback that was asked for and waited for', async () => {
    const ending = { to: 'rolled_back', undo: true, by: 'Dana', reason: 'wrong client' };
    const after = sampleRun({ status: 'rolled_back', ending });
    const { plane, run } = await setting(after);
    plane.handlers.set(`POST /api/v1/runs/${RUN_ID}/rollback`, () => after);
    const rollback = ['run', 'rollback', RUN_ID, '--reason', 'wrong client', '--wait'];
    expect(await run(rollback)).toMatchObject({ code: 0, stdout: expect.stringContaining('rolled back') });
    plane.keep(sampleRun({ status: 'rollback_blocked', ending }));
    expect((await run(rollback)).code).toBe(1);
  });

  it('tells at once that a task is not approved but done', async () => {
    const { run, writes } = await setting(sampleRun({ status: 'waiting', asks: [sampleAsk()] }));
    const { code, stderr } = await run(['run', 'approve', 'acme', 'uat']);
    expect(code).toBe(65);
    expect(stderr.replace(/\s+/g, ' ')).toContain('type npx --no-install tenantry run complete acme uat');
    expect(writes()).toEqual([]);
  });

  it('writes its evidence to a new file and never over another', async () => {
    const { plane, run } = await setting();
    plane.handlers.set(`GET /api/v1/runs/${RUN_ID}/evidence-pack`, () => Buffer.from('PK'));
    const cwd = await scratchFolder();
    const written = await run(['run', 'evidence', 'acme', '--output', 'acme.zip', '-o', 'json'], { cwd });
    expect(written.json()).toMatchObject({ schema: 'tenantry.evidence-file/1', file: 'acme.zip', bytes: 2 });
    expect(await readFile(join(cwd, 'acme.zip'), 'utf8')).toBe('PK');
    expect((await run(['run', 'evidence', 'acme', '--output', 'acme.zip'], { cwd })).code).toBe(2);
    expect((await run(['run', 'evidence', 'acme', '--output', '-'], { cwd })).stdout).toBe('PK');
  });
});

describe('run watch', () => {
  it('leaves the run going on at Ctrl-C, says so, and ends with 130', async () => {
    const { plane, run } = await setting();
    let interrupt: () => void = () => undefined;
    const watching = run(['run', 'watch', 'acme'], {
      onInterrupt: (call) => {
        interrupt = call;
        return () => undefined;
      },
    });
    await vi.waitFor(() => expect(plane.openStreams()).toBe(1));
    interrupt();
    const { code, stderr } = await watching;
    expect(code).toBe(130);
    expect(stderr).toContain(
      'The run goes on without you. To watch it again: npx --no-install tenantry run watch acme',
    );
    expect(plane.received.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('gives a line for each change with -o jsonl, and the whole run as the last', async () => {
    const { plane, run } = await setting();
    const watching = run(['run', 'watch', 'acme', '-o', 'jsonl']);
    await vi.waitFor(() => expect(plane.openStreams()).toBe(1));
    plane.move((view) => ({ ...view, status: 'completed' }));
    const { code, stdout } = await watching;
    expect(code).toBe(0);
    const schemas = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).schema);
    expect(schemas).toEqual(['tenantry.progress/1', 'tenantry.progress/1', 'tenantry.run/1']);
  });
});

describe('onboard', () => {
  async function onboard(
    argv: readonly string[],
    prepare: (plane: FakeControlPlane) => void,
  ): Promise<CliResult & Setting> {
    const made = await setting(sampleRun({ status: 'waiting', asks: [sampleAsk()] }));
    prepare(made.plane);
    const cwd = await scratchFolder();
    await writeFile(join(cwd, 'acme.yaml'), 'runbook: x\nproduct: cutlist\nintake:\n  slug: acme\n');
    return { ...(await made.run(['onboard', 'acme.yaml', ...argv], { cwd })), ...made };
  }

  it('sends the file as it is, starts the run and follows it until people are asked', async () => {
    const { code, stdout, writes, plane } = await onboard(['--product', 'other'], ({ handlers }) => {
      handlers.set('POST /api/v1/runs', () => sampleRun());
    });
    expect(code).toBe(0);
    expect(writes()).toEqual([
      {
        path: '/api/v1/runs',
        body: { source: 'runbook: x\nproduct: cutlist\nintake:\n  slug: acme\n', file: 'acme.yaml', product: 'other' },
      },
    ]);
    expect(plane.received.find(({ method }) => method === 'POST')?.headers['idempotency-key']).toBe('id-1');
    expect(stdout).toContain('The run waits for people');
  });

  it('ends with 1 when the run halts, so that a script notices', async () => {
    const { code } = await onboard(['-o', 'json'], (plane) => {
      plane.keep(sampleRun({ status: 'halted' }));
      plane.handlers.set('POST /api/v1/runs', () => sampleRun());
    });
    expect(code).toBe(1);
  });

  it('shows the plan with --plan and starts nothing', async () => {
    const { code, stdout, writes } = await onboard(['--plan', '--runbook', 'y z'], ({ handlers }) => {
      handlers.set('POST /api/v1/plans', () =>
        samplePlan([{ id: 'a', title: 'A', steps: [plannedStep({ step: 's', title: 'Do it' })] }]),
      );
    });
    expect(code).toBe(0);
    expect(stdout).toContain('this is a plan: nothing has been touched');
    expect(stdout).toContain("To do it: npx --no-install tenantry onboard acme.yaml --runbook 'y z'");
    expect(writes().map(({ path }) => path)).toEqual(['/api/v1/plans']);
  });

  it('shows each fault of the file at its line', async () => {
    const { code, stderr } = await onboard([], ({ handlers }) => {
      handlers.set('POST /api/v1/runs', () => {
        throw refusal('intake.invalid', 'acme.yaml does not fit the runbook.', {
          faults: [{ path: 'intake.slug', message: 'is reserved', fix: 'Choose another.', line: 4, column: 9 }],
        });
      });
    });
    expect(code).toBe(64);
    expect(stderr).toBe(
      `✗ acme.yaml does not fit the runbook.
  acme.yaml:4:9  intake.slug: is reserved
    4 |   slug: acme
                ^
    fix: Choose another.
  Why:  The intake does not fit the schema of the runbook (intake.invalid).
`,
    );
  });
});
