import { describe, expect, it } from 'vitest';
import { oneCase, sketch, tryCases } from './testing/try-cases.ts';

const SOURCE = sketch(`
phases:
  - id: build
    owner: engineer
    exit: { The tier is premium: intake.tier == "premium" }
    steps:
      - { id: make, uses: thing.make }
      - id: look
        check: page.get
        expect: output.status == 200
      - id: accept
        task: Try it
        checklist: [{ id: opens, item: It opens }]
        form: { rooms: { type: integer } }
      - id: pick
        choose: { recommended: quick, options: { quick: { uses: thing.make }, slow: { uses: thing.make } } }
`);

/** rule and line:column of each fault. */
const faultsOf = (rest: string): readonly string[] =>
  tryCases(SOURCE, oneCase(rest)).faults.map(({ rule, line, column, fix }) =>
    `${rule} ${line}:${column} ${fix ?? ''}`.trim(),
  );

describe('parseFixtures', () => {
  it.each([
    [
      'a step',
      'given: { steps: { loook: { passes: true } } }\nexpect: { status: completed }',
      'unknown-step 4:23 Did you mean `look`?',
    ],
    ['a step that is expected', 'expect: { steps: { mkae: passed } }', 'unknown-step 4:24 Did you mean `make`?'],
    ['a phase', 'expect: { phases: { buld: passed } }', 'unknown-phase 4:25 Did you mean `build`?'],
    [
      'a role',
      'given: { steps: { accept: { acts: [{ role: enginer }] } } }\nexpect: { status: completed }',
      'unknown-role 4:48 Did you mean `engineer`?',
    ],
    [
      'an item',
      'given: { steps: { accept: { acts: [{ ticks: [open] }] } } }\nexpect: { status: completed }',
      'unknown-item 4:50 Did you mean `opens`?',
    ],
    [
      'an option',
      'given: { steps: { pick: { acts: [{ option: slo }] } } }\nexpect: { status: completed }',
      'unknown-option 4:48 Did you mean `slow`?',
    ],
    [
      'a gate',
      'happens: [{ override_gate: { phase: build, label: The tier is premum } }]\nexpect: { status: completed }',
      'unknown-gate 4:55 Did you mean `The tier is premium`?',
    ],
    ['a status', 'expect: { steps: { make: pased } }', 'unknown-status 4:30 Did you mean `passed`?'],
    ['a key', 'expct: { status: completed }\nexpect: { status: completed }', 'unknown-key 4:5 Did you mean `expect`?'],
    ['an artifact', 'expect: { artifacts: [report] }', 'unknown-artifact 4:27 Check the name.'],
  ])('points at the name of %s the runbook does not have', (_what, rest, fault) => {
    expect(faultsOf(rest)).toEqual([fault]);
  });

  it('points at the member of an output that the schema of the action or the form refuses', () => {
    expect(faultsOf('given: { steps: { look: { output: { status: up } } } }\nexpect: { status: halted }')).toEqual([
      'output-type 4:49',
    ]);
    expect(faultsOf('given: { steps: { look: { output: { statu: 200 } } } }\nexpect: { status: halted }')).toEqual([
      'output-additionalProperties 4:41 Did you mean `status`?',
    ]);
    expect(
      faultsOf('given: { steps: { accept: { acts: [{ output: { rooms: many } }] } } }\nexpect: { status: halted }'),
    ).toEqual(['output-type 4:59']);
  });

  it('refuses an intake that does not fit, a case that expects nothing, two deeds in one and a time nobody can read', () => {
    expect(faultsOf('intake: { tier: gold }\nexpect: { status: completed }')).toEqual(['intake-enum 4:21']);
    expect(faultsOf('expect: {}')[0]).toContain('nothing-expected 4:13');
    expect(faultsOf('happens: [{ retry: make, rollback: true }]\nexpect: { status: completed }')[0]).toContain(
      'not-one-deed 4:15',
    );
    expect(faultsOf('happens: [{ at: soon 9, retry: make }]\nexpect: { status: completed }')[0]).toContain(
      'bad-time 4:21',
    );
  });

  it('tells all faults at once, in reading order', () => {
    const rules = faultsOf('given: { steps: { a: {}, make: { passes: 1 } } }\nexpect: { steps: { b: passed } }').map(
      (fault) => fault.split(' ')[0],
    );
    expect(rules).toEqual(['unknown-step', 'wrong-type', 'unknown-step']);
  });

  it('lays the intake of a case over that of the file, which may be a client file; null removes', () => {
    const files = { 'client.yaml': 'runbook: sketch\nintake: { slug: acme, tier: premium }\n' };
    const fixtures =
      'defaults: { intake: client.yaml, given: { checks: pass } }\ncases:\n  - { name: as it is, expect: { status: completed } }\n  - { name: without a tier, intake: { tier: null }, expect: { status: waiting } }\n';
    expect(tryCases(SOURCE, fixtures, files).report.cases.map(({ differences }) => differences)).toEqual([[], []]);
    expect(tryCases(SOURCE, fixtures).faults.map(({ rule, line }) => `${rule} ${line}`)).toContain('unreadable-file 1');
  });

  it('refuses cases of another runbook, two of one name, and a file without any', () => {
    expect(
      tryCases(SOURCE, `runbook: other\n${oneCase('expect: { status: completed }')}`).faults.map(({ rule }) => rule),
    ).toEqual(['other-runbook']);
    const twice = '  - { name: it, intake: { slug: a }, expect: { status: waiting } }\n';
    expect(tryCases(SOURCE, `cases:\n${twice}${twice}`).faults.map(({ rule, line }) => `${rule} ${line}`)).toEqual([
      'duplicate-name 3',
    ]);
    expect(tryCases(SOURCE, 'cases: []').faults.map(({ rule }) => rule)).toEqual(['no-case']);
    expect(tryCases(SOURCE, 'cases: [{').faults.map(({ rule }) => rule)).toEqual(['yaml-syntax']);
  });

  it('takes a text for a secret of the intake or of an output, and keeps it a reference', () => {
    const source = sketch(
      'steps:\n  - { id: make, uses: thing.make, with: { token: "${{ intake.token }}" } }\n  - { id: tell, uses: thing.tell, undo: none, with: { key: "${{ steps.make.output.key }}" } }\n',
    );
    const { faults, result } = tryCases(
      source,
      oneCase(
        'intake: { token: hunter2 }\ngiven: { steps: { make: { output: { key: hunter3 } } } }\nexpect: { status: completed }',
      ),
    );
    expect(faults).toEqual([]);
    expect(result.ok).toBe(true);
    expect(JSON.stringify(result)).not.toContain('hunter');
  });
});
