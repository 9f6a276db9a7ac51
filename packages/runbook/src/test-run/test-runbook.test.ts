import { describe, expect, it } from 'vitest';
import { oneCase, sketch, tryCases } from './testing/try-cases.ts';

const MAKE_AND_LOOK = sketch(`
steps:
  - id: make
    uses: thing.make
    with: { name: "\${{ tenant.slug }}" }
  - id: look
    check: page.get
    with: { name: "\${{ steps.make.output.name }}", at: "\${{ env.app_url }}" }
    expect: output.status == 200 && output.items.size() > 0 && output.items.all(i, i.ready && i.name == "a") && !output.late
  - id: accept
    owner: client
    task: Try it
    checklist: [It opens, It saves]
  - id: sign
    sign_off: { by: [client, engineer], of: [intake], statement: It works }
`);

const statuses = (text: string): string => `expect: ${text}`;

describe('testRunbook', () => {
  it('makes up what actions answer, lets people act as asked, and lets the run come to its end', () => {
    const { result, faults } = tryCases(
      MAKE_AND_LOOK,
      oneCase('given: { checks: pass }\nexpect: { status: completed, steps: { sign: passed } }'),
    );
    expect(faults).toEqual([]);
    expect(result).toMatchObject({ ok: true, status: 'completed', differences: [], steps: 4 });
  });

  it('lets no check pass that nobody declared, and says so', () => {
    const { result } = tryCases(MAKE_AND_LOOK, oneCase('expect: { status: completed }'));
    expect(result.differences).toEqual([{ path: 'status', expected: 'completed', actual: 'halted' }]);
    expect(result.trace.find(({ step, text }) => step === 'look' && text.startsWith('failed'))?.text).toContain(
      'declares no output',
    );
  });

  it('judges a declared output with the runbook’s own expectation', () => {
    const given = (status: number): string =>
      `given: { steps: { look: { output: { status: ${status}, late: false, items: [{ name: a, ready: true }] } } } }\n`;
    expect(tryCases(MAKE_AND_LOOK, oneCase(`${given(200)}expect: { status: completed }`)).result.ok).toBe(true);
    expect(
      tryCases(
        MAKE_AND_LOOK,
        oneCase(`${given(503)}expect: { status: halted, steps: { look: failed, accept: pending } }`),
      ).result.ok,
    ).toBe(true);
  });

  it('says what was expected and what was, and when what happened', () => {
    const { result, report } = tryCases(
      MAKE_AND_LOOK,
      oneCase(
        'at: 2026-03-02T08:00:00Z\ngiven: { checks: pass }\nexpect: { status: halted, steps: { make: failed }, asks: [accept], artifacts: [], phases: { sketch: open } }',
      ).replace(', phases: { sketch: open }', ''),
    );
    expect(report.ok).toBe(false);
    expect(result.differences).toEqual([
      { path: 'status', expected: 'halted', actual: 'completed' },
      { path: 'steps.make', expected: 'failed', actual: 'passed' },
      { path: 'asks', expected: 'accept', actual: 'none' },
    ]);
    expect(result.trace[0]).toMatchObject({ at: '2026-03-02T08:00:00.000Z' });
    expect(result.line).toBe(3);
  });

  it('gives the same report for the same cases', () => {
    const cases = oneCase('given: { checks: pass }\nrollback: after each step\nexpect: { status: completed }');
    expect(tryCases(MAKE_AND_LOOK, cases).report).toEqual(tryCases(MAKE_AND_LOOK, cases).report);
  });

  it('runs the other cases when one cannot be worked out at all', () => {
    const source = sketch('steps:\n  - { id: tell, uses: thing.tell, undo: none, start: go_live 09:00 }\n');
    const { report } = tryCases(
      source.replace('may:', 'calendar: { timezone: "${{ intake.slug }}" }\nmay:'),
      'cases:\n  - { name: bad zone, intake: { slug: nowhere }, expect: { status: completed } }\n  - { name: good zone, intake: { slug: UTC }, expect: { status: completed } }\n',
    );
    expect(report.cases.map(({ ok }) => ok)).toEqual([false, true]);
    expect(report.cases[0]?.differences[0]).toMatchObject({ path: 'run', expected: 'no error' });
  });
});

describe('answers', () => {
  const CALL = sketch(
    'steps:\n  - id: make\n    uses: thing.make\n    retry: { times: 2, wait: 1m, factor: 1 }\n  - { id: tell, uses: thing.tell, undo: none, with: { id: "${{ steps.make.output.id }}" } }\n',
  );

  it('come one after the other; the last stays, and a fault that may pass is tried again when its time has come', () => {
    const { result } = tryCases(
      CALL,
      oneCase(
        'given: { steps: { make: [{ fails: { code: connector.timeout, retryable: true }, times: 2 }, { output: { name: late } }] } }\nexpect: { status: completed }',
      ),
    );
    expect(result.ok).toBe(true);
    expect(Date.parse(result.endedAt) - Date.parse(result.startedAt)).toBeGreaterThan(120_000);
  });

  it('halt the run where a call fails more often than it is tried', () => {
    const { result } = tryCases(
      CALL,
      oneCase(
        'given: { steps: { make: { fails: { retryable: true } } } }\nexpect: { status: halted, steps: { make: failed } }',
      ),
    );
    expect(result.ok).toBe(true);
  });

  it('can leave open whether a call had an effect, until somebody says what it did', () => {
    const given = 'given: { steps: { make: { fails: { uncertain: true }, times: 1 } } }\n';
    expect(tryCases(CALL, oneCase(`${given}expect: { steps: { make: uncertain } }`)).result.ok).toBe(true);
    const { result } = tryCases(
      CALL,
      oneCase(`${given}happens: [{ resolve: { step: make, outcome: did_not_happen } }]\nexpect: { status: completed }`),
    );
    expect(result.differences).toEqual([]);
  });

  it('bring an event, whose time limit passes where none is declared', () => {
    const source = sketch(
      'steps:\n  - id: closed\n    wait: { event: ticket.closed, where: event.ticket == tenant.slug }\n    timeout: 3d\n',
    );
    expect(tryCases(source, oneCase('expect: { status: halted, steps: { closed: failed } }')).result).toMatchObject({
      ok: true,
    });
    expect(
      tryCases(
        source,
        oneCase('given: { steps: { closed: { event: { ticket: acme }, after: 2d } } }\nexpect: { status: completed }'),
      ).result,
    ).toMatchObject({ ok: true });
    expect(
      tryCases(
        source,
        oneCase('given: { steps: { closed: { event: { ticket: other } } } }\nexpect: { status: halted }'),
      ).result.ok,
    ).toBe(true);
    expect(
      tryCases(source, oneCase('given: { steps: { closed: { passes: true } } }\nexpect: { status: completed }')).result
        .ok,
    ).toBe(true);
  });

  it('end a child run in any way it can end', () => {
    const source = sketch(
      'steps:\n  - { id: child, run: other }\n  - { id: tell, uses: thing.tell, undo: none, with: { at: "${{ steps.child.output.address }}" } }\n',
    );
    const end = (child: string, status: string): boolean =>
      tryCases(
        source,
        oneCase(
          `given: { steps: { child: { child: ${child}, outputs: { address: a } } } }\n${statuses(`{ steps: { child: ${status} } }`)}`,
        ),
      ).result.ok;
    expect([
      end('completed', 'passed'),
      end('rolled_back', 'failed'),
      end('cancelled', 'failed'),
      end('refused', 'failed'),
    ]).toEqual([true, true, true, true]);
  });

  it('prove what people say is done, item by item', () => {
    const source = sketch(`
steps:
  - id: hand_over
    owner: engineer
    task: Hand over
    checklist:
      - { id: page, item: The page is up, check: page.get, expect: output.status == 200 }
      - { id: told, item: They know }
    verify: { check: page.get, with: {}, expect: "!output.late" }
`);
    expect(tryCases(source, oneCase('given: { checks: pass }\nexpect: { status: completed }')).result.ok).toBe(true);
    const { result } = tryCases(
      source,
      oneCase(
        'given: { checks: pass, steps: { hand_over: { acts: [{}], times: 1, proofs: { verify: { passes: false } } } }, people: wait }\nexpect: { status: waiting, asks: [hand_over] }',
      ),
    );
    expect(result.differences).toEqual([]);
  });
});

describe('people', () => {
  const ASK = sketch(`
steps:
  - id: pick
    owner: engineer
    choose:
      recommended: quick
      options:
        quick: { uses: thing.make }
        slow: { owner: engineer, task: Do it by hand }
  - id: sign
    sign_off: { by: [client], of: [intake], statement: It works }
    escalate: [{ after: 1bd, to: lead }, { after: 3bd, to: engineer }]
`);

  it('wait where the case says so, and nothing runs out meanwhile', () => {
    const { result } = tryCases(ASK, oneCase('given: { people: wait }\nexpect: { status: waiting, asks: [pick] }'));
    expect(result.ok).toBe(true);
    expect(
      tryCases(
        ASK,
        oneCase('given: { steps: { sign: { acts: [] } } }\nexpect: { asks: [sign], escalations: { sign: [] } }'),
      ).result.ok,
    ).toBe(true);
  });

  it('pick another option, say no, and say yes when asked again', () => {
    const { result, report } = tryCases(
      ASK,
      oneCase(`given: { steps: { pick: { acts: [{ option: slow }], times: 1 }, sign: [{ acts: [{ decision: no, note: too slow }], times: 1 }] } }
happens: [{ retry: sign }]
expect: { status: completed }`),
    );
    expect(result.differences).toEqual([]);
    expect(result.trace.some(({ text }) => text.includes('Client (client) said no: too slow'))).toBe(true);
    expect(report.coverage.missing.map(({ text }) => text)).toContain('option quick of pick');
  });

  it('are told about when they take long: the ladder counts working time', () => {
    const given = 'given: { steps: { sign: { acts: [{}], after: 5d } } }\n';
    const { result, report } = tryCases(
      ASK,
      oneCase(`${given}expect: { status: completed, escalations: { sign: [lead, engineer] } }`),
    );
    expect(result.differences).toEqual([]);
    expect(report.coverage.kinds.escalation).toEqual({ total: 2, reached: 2 });
  });

  it('are refused what they may not do, which fails the case unless it says so', () => {
    const act = (more: string): string =>
      `given: { steps: { sign: { acts: [{ role: engineer${more} }] } } }\nexpect: { status: waiting }`;
    expect(tryCases(ASK, oneCase(act(''))).result.differences).toEqual([
      expect.objectContaining({
        path: 'engineer on sign',
        expected: 'accepted',
        actual: expect.stringContaining('access.forbidden'),
      }),
    ]);
    expect(tryCases(ASK, oneCase(act(', refused: access.forbidden'))).result.ok).toBe(true);
  });
});

describe('what happens besides', () => {
  const TWO = sketch(`
phases:
  - id: build
    owner: engineer
    exit: { The tier is premium: intake.tier == "premium" }
    steps: [{ id: make, uses: thing.make }]
  - id: live
    owner: engineer
    start: go_live 09:00
    steps: [{ id: tell, uses: thing.tell, undo: none }]
`);

  it('comes when the run stands still, or at its time, and time jumps there', () => {
    const { result } = tryCases(
      TWO,
      oneCase(
        'happens:\n  - { override_gate: { phase: build, label: The tier is premium } }\n  - { at: +10d, go_live_moved: 2026-02-20 }\nexpect: { status: completed, phases: { live: passed } }',
      ),
    );
    expect(result.differences).toEqual([]);
    expect(result.endedAt.slice(0, 13)).toBe('2026-02-20T09');
  });

  it('is refused by the engine where the state does not allow it', () => {
    const { result } = tryCases(
      TWO,
      oneCase('happens: [{ retry: make, refused: run.wrong_state }, { reopen: live }]\nexpect: { status: waiting }'),
    );
    expect(result.differences).toEqual([
      { path: 'happens[1]', expected: 'accepted', actual: expect.stringContaining('run.wrong_state') },
    ]);
  });

  it('begins a phase anew, with or without taking back what it made', () => {
    const reopen = (more: string): string =>
      `intake: { tier: premium }\nhappens: [{ at: +1d, reopen: build${more} }]\nexpect: { status: completed }`;
    const made = (more: string): number =>
      tryCases(TWO, oneCase(reopen(more))).result.trace.filter(
        ({ step, text }) => step === 'make' && text === 'undoing',
      ).length;
    expect(tryCases(TWO, oneCase(reopen(''))).result.differences).toEqual([]);
    expect([made(''), made(', undo: true')]).toEqual([0, 1]);
  });

  it('ends the run, and takes back or keeps what was made', () => {
    expect(
      tryCases(TWO, oneCase('happens: [{ rollback: true }]\nexpect: { status: rolled_back, steps: { make: undone } }'))
        .result.ok,
    ).toBe(true);
    expect(
      tryCases(TWO, oneCase('happens: [{ cancel: keep }]\nexpect: { status: cancelled, steps: { make: passed } }'))
        .result.ok,
    ).toBe(true);
  });

  it('stops before a step, at a status, or at a time', () => {
    expect(
      tryCases(
        TWO,
        oneCase(
          'intake: { tier: premium }\nstop: { before: tell }\nexpect: { status: running, steps: { tell: running } }',
        ),
      ).result.ok,
    ).toBe(true);
    expect(
      tryCases(
        TWO,
        oneCase(
          'intake: { tier: premium }\nstop: { until: +1d }\nexpect: { status: waiting, phases: { live: waiting } }',
        ),
      ).result.ok,
    ).toBe(true);
    expect(tryCases(TWO, oneCase('stop: { before: tell }\nexpect: { status: waiting }')).result.differences).toEqual([
      { path: 'stop.before', expected: 'tell starts', actual: 'it is pending' },
    ]);
  });
});

describe('coverage', () => {
  it('names steps, conditions, gates, options and things taken back that no case reaches', () => {
    const source = sketch(`
phases:
  - id: build
    owner: engineer
    exit: { The tier is premium: intake.tier == "premium" }
    steps:
      - { id: make, uses: thing.make }
      - { id: extra, uses: thing.tell, undo: none, if: intake.tier == "premium" }
`);
    const premium = '  - { name: premium, intake: { tier: premium }, expect: { status: completed } }\n';
    const basic = '  - { name: basic, rollback: after each step, expect: { status: waiting } }\n';
    const run = (cases: string) =>
      tryCases(source, `defaults: { intake: { slug: acme } }\ncases:\n${cases}`).report.coverage;
    expect(run(premium)).toMatchObject({ total: 7, reached: 4, percent: 57 });
    expect(run(premium).missing.map(({ text }) => text)).toEqual([
      'exit of build closed: The tier is premium',
      'taking back make',
      'step extra with `intake.tier == "premium"` false',
    ]);
    expect(run(premium + basic)).toMatchObject({ percent: 100, missing: [] });
  });
});

describe('coverage of conditions', () => {
  it('tells a step from the phase that is called like it', () => {
    const source = sketch(`
phases:
  - id: extra
    if: intake.tier == "premium"
    owner: engineer
    steps: [{ id: extra, uses: thing.make, if: intake.slug == "acme" }]
`);
    const { report } = tryCases(
      source,
      oneCase('intake: { tier: premium, slug: other }\nexpect: { status: completed }'),
    );
    expect(report.coverage.missing.map(({ kind, id, side }) => [kind, id, side].join(' '))).toEqual([
      'condition phases.extra false',
      'step extra ',
      'condition extra true',
      'undo extra ',
    ]);
  });
});

describe('rollback after each step', () => {
  const CHAIN = (undo: string): string =>
    sketch(`
phases:
  - id: build
    owner: engineer
    parallel: true
    steps:
      - { id: base, uses: thing.make }
      - { id: left, uses: thing.make, needs: [base] }
      - id: right
        uses: thing.make
        needs: [base]
        undo: ${undo}
      - { id: told, uses: thing.tell, undo: none, needs: [left, right] }
`);

  it('RUN-38: aborts after each step, and finds nothing left', () => {
    const { result } = tryCases(
      CHAIN('{ task: Remove it by hand, owner: engineer }'),
      oneCase('rollback: after each step\nexpect: { status: completed }'),
    );
    expect(result.differences).toEqual([]);
    expect(result.rollback).toEqual({ aborts: 3, refused: 0, problems: [] });
  });

  it('fails where something cannot be taken back', () => {
    const undo = '{ uses: thing.tell, with: { at: "${{ steps.left.output.id }}" } }';
    const { result } = tryCases(
      CHAIN(undo).replace('needs: [base]\n        undo', 'needs: [left]\n        undo'),
      oneCase(
        'rollback: after each step\ngiven: { steps: { right: { undo: { fails: { message: gone } } } } }\nexpect: { status: completed }',
      ),
    );
    expect(result.differences).toContainEqual({
      path: 'rollback after right: status',
      expected: 'rolled_back',
      actual: 'rollback_blocked; right is undo_failed: gone',
    });
    expect(result.differences).toContainEqual({
      path: 'rollback after right: left',
      expected: 'nothing',
      actual: 'base, left, right',
    });
  });

  it('is refused past the point of no return, which is no fault', () => {
    const source = sketch(`
steps:
  - { id: make, uses: thing.make }
  - { id: agree, approve: { by: [lead], of: [plan] } }
  - { id: burn, uses: thing.burn, irreversible: true, confirm: "burn \${{ tenant.slug }}", owner: engineer }
  - { id: tell, uses: thing.tell, undo: none }
`);
    const { result } = tryCases(source, oneCase('rollback: after each step\nexpect: { status: completed }'));
    expect(result.differences).toEqual([]);
    expect(result.rollback).toEqual({ aborts: 3, refused: 1, problems: [] });
  });
});
