import { describe, expect, it } from 'vitest';
import {
  HASH,
  passedStep,
  sampleAsk,
  sampleEvidence,
  sampleResource,
  sampleRun,
  sampleStep,
  signOffAsk,
} from '../testing/sample-run.ts';
import { writtenTerminal } from '../testing/written-terminal.ts';
import { haltLines, haltsLines } from './halt-lines.ts';
import { runLines } from './run-lines.ts';
import { settledLine } from './settled-line.ts';

const terminal = writtenTerminal().terminal;
const dana = { name: 'Dana Fischer', roles: ['engineering'], party: 'vendor', key: 'tnt_x' } as const;
const client = { name: 'Kim Client', roles: ['client_admin'], party: 'client', key: 'tnt_y' } as const;
const caller = {
  identity: { ...dana, roles: [...dana.roles] },
  identities: [
    { ...dana, roles: [...dana.roles] },
    { ...client, roles: [...client.roles] },
  ],
};
const nobody = { identity: undefined, identities: [] };

describe('runLines', () => {
  it('shows phases, steps, what is asked of whom, and the exact command to type', () => {
    const run = sampleRun({
      status: 'waiting',
      steps: [
        passedStep('create', { title: 'Create the tenant' }),
        sampleStep({ id: 'sso', title: 'Single sign-on', status: 'skipped', skip_reason: 'not intake.sso.required' }),
        sampleStep({
          id: 'uat',
          kind: 'task',
          title: 'Walk through',
          status: 'waiting',
          waiting_for: 'person',
          started_at: '2026-11-20T08:02:00.000Z',
        }),
      ],
      asks: [
        sampleAsk({
          checklist: [
            {
              id: 'log_in',
              item: 'You can log in',
              by_system: false,
              roles: [],
              evidence: null,
              ticked: null,
              found: null,
            },
            {
              id: 'tls',
              item: 'The page is served over TLS',
              by_system: true,
              roles: [],
              evidence: null,
              ticked: null,
              found: null,
            },
          ],
          form: { approved_on: { type: 'string', format: 'date' }, score: { type: 'integer', title: 'Score' } },
          shows: { Address: 'https://acme.example' },
          evidence: 'note',
        }),
      ],
    });
    const lines = runLines(run, { caller, evidence: [], terminal, now: new Date('2026-11-20T08:05:00.000Z') });

    expect(lines.join('\n')).toBe(
      `Onboard Acme  waiting
run:     run_1f0c0c7e-0000-4000-8000-000000000001
runbook: enterprise-onboarding 1.0
tenant:  acme
started: 2026-11-20 08:00:00Z by Dana Fischer; last change 5 min ago

Set-up
  ✓ Create the tenant  create · passed · 0.4 s
  – Single sign-on     sso · skipped · not intake.sso.required
  ? Walk through       uat · waiting for a person · 3 min

The run waits for people: one thing.

  Walk through the application  uat · task for client_admin
    Open the application and try it.
    Address: https://acme.example
    [ ] You can log in
    [auto] The page is served over TLS (checked by the system)
    approved_on: date
    score: integer, Score
    asks for a note as evidence
  Type: npx --no-install tenantry run complete acme uat --tick-all --set 'approved_on=…' --set 'score=…' --note '…' --as client_admin`,
    );
  });

  it('leaves --as out where there are no identities to choose from', () => {
    const run = sampleRun({ status: 'waiting', asks: [signOffAsk()] });
    const lines = runLines(run, { caller: nobody, evidence: [], terminal, now: new Date() });
    expect(lines.at(-1)).toBe('  Type: npx --no-install tenantry run approve acme accept');
  });

  it('RUN-32: shows who ticked an item, who is to tick the others and with what, and the command for the next', () => {
    const item = { by_system: false, roles: ['client_admin'], evidence: null, ticked: null, found: null };
    const ticked = { name: 'Ada', role: 'client_admin', at: '2026-11-20T08:00:00.000Z', note: 'all there' };
    const checklist = [
      { ...item, id: 'seen', item: 'Seen', ticked },
      { ...item, id: 'sso', item: 'SSO works', roles: ['engineer'], evidence: 'link' as const },
    ];
    const run = sampleRun({
      status: 'waiting',
      asks: [sampleAsk({ checklist })],
      steps: [sampleStep({ id: 'old', status: 'passed', ticks: [{ ...ticked, item: 'seen', text: 'Seen' }] })],
    });
    const text = runLines(run, { caller: nobody, evidence: [], terminal, now: new Date() }).join('\n');
    expect(text).toMatch(/^ {4}\[✓\] Seen \(Ada \(client_admin\), .*: all there\)$/m);
    expect(text).toMatch(/^ {6}\[✓\] Seen \(Ada \(client_admin\), .*: all there\)$/m);
    expect(text).toContain('[ ] SSO works (sso: for engineer, asks for a link)');
    expect(text).toContain("run tick acme uat sso --link 'https://…'");
  });

  it('tells who overrode a step and why, and what keeps a gate closed', () => {
    const run = sampleRun({
      phases: [
        {
          id: 'setup',
          title: 'Set-up',
          status: 'waiting',
          round: 1,
          starts_at: null,
          blocked_by: ['Contract is signed'],
          opened_at: null,
          done_at: null,
          comments: [
            { name: 'Sam', role: 'security', at: '2026-11-20T08:00:00.000Z', text: 'wait for legal', round: 1 },
          ],
        },
      ],
      steps: [
        sampleStep({
          id: 'probe',
          title: 'Probe',
          status: 'overridden',
          override: { by: 'Dana', reason: 'known fault', at: '2026-11-20T08:00:00.000Z' },
        }),
      ],
    });
    const text = runLines(run, { caller: nobody, evidence: [], terminal, now: new Date() }).join('\n');
    expect(text).toContain('closed: Contract is signed');
    expect(text).toMatch(/^ {2}Sam \(security\), .*: wait for legal$/m);
    expect(text).toContain('» Probe  probe · overridden · by Dana: known fault');
  });
});

describe('haltLines', () => {
  const failure = {
    code: 'connector.unreachable',
    message: 'The application did not answer.',
    retryable: true,
    next: 'Start it.',
  };

  it('shows expected, actual, why and every way on', () => {
    const run = sampleRun({
      status: 'halted',
      steps: [sampleStep({ id: 'probe', kind: 'check', title: 'Pages answer', status: 'failed' })],
      halts: [{ step: 'probe', status: 'failed', failure }],
    });
    const evidence = [
      sampleEvidence({
        step: 'probe',
        ok: false,
        expected: { holds: 'output.status == 200' },
        actual: { output: { status: 502 } },
      }),
    ];
    expect(haltsLines(run, evidence, terminal).join('\n')).toBe(`
HALT  Pages answer  probe
  Expected:  output.status == 200
  Actual:    status: 502
  Why:       The application did not answer. (connector.unreachable)
  Next:      Start it.
  when it is put right:    npx --no-install tenantry run retry acme probe
  to go on in spite of it: npx --no-install tenantry run override acme probe --reason '…'

  if the intake is wrong:  npx --no-install tenantry run mend-intake acme FILE
  to take everything back: npx --no-install tenantry run rollback acme --reason '…'`);
  });

  it('asks what an uncertain call really did, and never offers to repeat it', () => {
    const run = sampleRun({ status: 'halted', halts: [{ step: 'send', status: 'uncertain', failure: null }] });
    const [halt] = run.halts;
    const text = halt === undefined ? '' : haltLines(run, halt, [], terminal).join('\n');
    expect(text).toContain('run resolve acme send --happened');
    expect(text).toContain('run resolve acme send --did-not-happen');
    expect(text).not.toContain('retry');
  });

  it('offers no second rollback and no other intake while the run is being taken back', () => {
    const ending = { to: 'rolled_back', undo: true, by: 'Dana', reason: 'wrong client' };
    const run = sampleRun({
      status: 'rollback_blocked',
      ending,
      halts: [{ step: 'row', status: 'undo_failed', failure }],
    });
    const text = haltsLines(run, [], terminal).join('\n');
    expect(text).toContain('run retry acme row');
    expect(text).toContain('run override acme row');
    expect(text).not.toMatch(/rollback acme|mend-intake/);
  });
});

describe('settledLine', () => {
  const proofs = {
    evidence: [sampleEvidence({ step: 'create' })],
    resources: [sampleResource({ step: 'create' }), sampleResource({ step: 'create', kind: 'user', name: 'admin' })],
  };

  it('tells name, what was made, how long it took and what the evidence says', () => {
    const line = settledLine(passedStep('create', { title: 'Create the tenant' }), proofs, terminal);
    expect(line).toBe(
      `✓ ${'Create the tenant'.padEnd(52)} ${'created tenant acme and 1 more'.padEnd(44)}    0.4 s  verified`,
    );
  });

  it('never shows evidence that speaks against a step as a pass', () => {
    const bad = { ...proofs, evidence: [sampleEvidence({ step: 'create', ok: false })] };
    const step = sampleStep({ id: 'create', status: 'failed', failure: null });
    expect(settledLine(step, bad, terminal)).toContain('does not hold');
  });

  it('tells what an undone step took back, and no time for it', () => {
    const undone = {
      evidence: [sampleEvidence({ step: 'create', kind: 'undo' })],
      resources: [sampleResource({ step: 'create', status: 'undone' })],
    };
    const line = settledLine(passedStep('create', { title: 'Create the tenant', status: 'undone' }), undone, terminal);
    expect(line.replace(/ +/g, ' ')).toBe('↩ Create the tenant took back tenant acme verified');
  });

  it('takes evidence of the current round only', () => {
    const step = passedStep('create', { round: 2 });
    expect(settledLine(step, proofs, terminal)).not.toContain('verified');
  });

  it('names who acted', () => {
    const act = {
      name: 'Kim',
      role: 'client_admin',
      decision: 'yes',
      at: '2026-11-20T08:00:00.000Z',
      hash: HASH,
    } as const;
    const step = passedStep('accept', { kind: 'sign_off', name: null, acts: [act] });
    expect(settledLine(step, { evidence: [], resources: [] }, terminal)).toContain('yes by Kim (client_admin)');
  });
});
