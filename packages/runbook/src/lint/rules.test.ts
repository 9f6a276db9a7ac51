import { describe, expect, it } from 'vitest';
import type { Catalog } from '../catalog.ts';
import type { LintFault } from '../parse/faults.ts';
import { lintRunbook } from './lint-runbook.ts';

const open = { type: 'object', properties: {}, additionalProperties: true } as const;
const action = (name: string, undo: 'reversible' | 'none', output: Record<string, unknown> = {}) => ({
  name,
  version: 1,
  summary: '',
  delivery: 'idempotent' as const,
  undo,
  input: {
    type: 'object',
    required: ['name'],
    properties: {
      name: { type: 'string' },
      size: { type: 'integer' },
      mode: { enum: ['soft', 'hard'] },
      key: { type: 'string', 'x-secret': true },
      extra: open,
    },
  },
  output: {
    type: 'object',
    properties: {
      id: { type: 'string' },
      token: { type: 'string', 'x-secret': true },
      ends_at: { type: 'string', format: 'date-time' },
      ...output,
    },
  } as never,
});

const catalog: Catalog = {
  actions: { 'thing.make': action('thing.make', 'reversible'), 'thing.tell': action('thing.tell', 'none') },
  checks: {
    'thing.look': {
      name: 'thing.look',
      version: 1,
      summary: '',
      input: { type: 'object', properties: { name: { type: 'string' } } },
      output: {
        type: 'object',
        properties: {
          ok: { type: 'boolean' },
          count: { type: 'integer' },
          state: { enum: ['up', 'down'] },
          pods: { type: 'array', items: { type: 'object', properties: { ready: { type: 'boolean' } } } },
        },
      },
    },
  },
  events: { 'thing.done': { type: 'object', properties: { tenant_id: { type: 'string' } } } },
  product: { type: 'object', properties: { url: { type: 'string' } } },
  runbooks: {
    child: {
      intake: { type: 'object', required: ['why'], properties: { why: { type: 'string' } } },
      outputs: ['stamp'],
    },
  },
};

const HEAD = `runbook: sample
version: "1.0"
title: Sample
owner: ops
subject: tenant
about: { references: { guide: { title: Guide, path: docs/x.md } } }
roles: { engineer: { title: Engineer }, lead: { title: Lead } }
intake:
  type: object
  properties:
    n: { type: integer }
    tier: { type: string, enum: [basic, premium] }
    key: { type: string, x-secret: true }
    tags: { type: array, items: { type: string } }
    free: { type: object }
vars: { premium: "\${{ intake.tier == \\"premium\\" }}", wait: 30d, copy: "\${{ intake.key }}", names: "\${{ intake.tags }}" }
`;

/** `body` is the rest of the file; a list of steps stands for one phase with an owner. */
function lint(body: string): readonly LintFault[] {
  const rest = body.startsWith('- ')
    ? `phases:\n  - id: main\n    owner: engineer\n    steps:\n${body.replace(/^/gm, '      ')}`
    : body;
  return lintRunbook(HEAD + rest, { file: 'sample.yaml', read: () => undefined, catalog }).faults;
}

const MAKE = '- { id: make, uses: thing.make, with: { name: a } }\n';
const LOOK = (expression: string): string => `- id: look\n  check: thing.look\n  expect: '${expression}'`;
const phases = (...list: readonly string[]): string => `phases:\n${list.map((phase) => `  - ${phase}`).join('\n')}`;

/** rule, what breaks it, the nearest thing that does not. */
const CASES: readonly (readonly [rule: string, faulty: string, clean: string])[] = [
  ['unknown-action', '- { id: a, uses: thing.mkae, with: { name: x } }', MAKE],
  [
    'unknown-check',
    `- { id: a, check: thing.lok, expect: output.ok }`,
    '- { id: a, check: thing.look, expect: output.ok }',
  ],
  [
    'unknown-event',
    '- { id: a, wait: { event: thing.dnoe }, timeout: 1d }',
    '- { id: a, wait: { event: thing.done }, timeout: 1d }',
  ],
  ['unknown-runbook', '- { id: a, run: chidl, with: { why: x } }', '- { id: a, run: child, with: { why: x } }'],
  [
    'unknown-runbook',
    '- { id: a, uses: thing.make, with: { name: x }, on_fail: { run: nope } }',
    '- { id: a, uses: thing.make, with: { name: x }, on_fail: { run: child } }',
  ],
  ['unknown-role', '- { id: a, task: Do it, owner: enginer }', '- { id: a, task: Do it, owner: engineer }'],
  [
    'unknown-role',
    '- { id: a, approve: { by: [boss], of: [plan] } }',
    '- { id: a, approve: { by: [lead], of: [plan] } }',
  ],
  [
    'unknown-role',
    '- { id: a, task: Do it, escalate: [{ after: 4h, to: boss }] }',
    '- { id: a, task: Do it, escalate: [{ after: 4h, to: lead }] }',
  ],
  [
    'unknown-artifact',
    phases('{ id: p, owner: lead, artifacts: [report], steps: [{ id: a, document: x.md }] }'),
    phases('{ id: p, owner: lead, artifacts: [report], steps: [{ id: a, document: x.md, artifact: report }] }'),
  ],
  [
    'unknown-artifact',
    '- { id: a, approve: { by: [lead], of: [artifacts.report] } }',
    '- { id: d, document: x.md, artifact: report }\n- { id: a, approve: { by: [lead], of: [artifacts.report] } }',
  ],
  [
    'bad-binding',
    '- { id: a, approve: { by: [lead], of: [everything] } }',
    '- { id: a, approve: { by: [lead], of: [intake, plan, runbook] } }',
  ],
  ['unknown-reference', '- { id: a, task: Do it, help: giude }', '- { id: a, task: Do it, help: guide }'],
  [
    'unknown-step',
    `${MAKE}- { id: b, uses: thing.make, needs: [mkae], with: { name: x } }`,
    `${MAKE}- { id: b, uses: thing.make, needs: [make], with: { name: x } }`,
  ],
  ['unknown-step', `${MAKE}${LOOK('steps.mkae.passed')}`, `${MAKE}${LOOK('steps.make.passed')}`],
  ['unknown-step', `${MAKE}${LOOK('has(steps.mkae.output.id)')}`, `${MAKE}${LOOK('has(steps.make.output.id)')}`],
  ['unknown-phase', LOOK('phases.mian.done'), LOOK('output.ok')],
  [
    'unknown-phase',
    phases(
      '{ id: a, steps: [{ id: s, uses: thing.make, with: { name: x } }] }',
      '{ id: b, needs: [z], steps: [{ id: t, uses: thing.make, with: { name: x } }] }',
    ),
    phases(
      '{ id: a, steps: [{ id: s, uses: thing.make, with: { name: x } }] }',
      '{ id: b, needs: [a], steps: [{ id: t, uses: thing.make, with: { name: x } }] }',
    ),
  ],
  ['unknown-output', `${MAKE}${LOOK('steps.make.output.di == "x"')}`, `${MAKE}${LOOK('steps.make.output.id == "x"')}`],
  ['unknown-output', `${MAKE}${LOOK('has(steps.make.output.di)')}`, `${MAKE}${LOOK('has(steps.make.output.id)')}`],
  ['unknown-field', LOOK('intake.teir == "basic"'), LOOK('intake.tier == "basic"')],
  ['unknown-field', `${MAKE}${LOOK('steps.make.psased')}`, `${MAKE}${LOOK('steps.make.passed')}`],
  ['unknown-name', LOOK('input.tier == "basic"'), LOOK('output.ok')],
  [
    'not-readable-here',
    '- { id: a, task: Do it, title: "${{ output.id }}" }',
    '- { id: a, task: Do it, title: "${{ intake.n }}" }',
  ],
  ['not-readable-here', '- { id: a, task: Do it, if: now > go_live }', '- { id: a, task: Do it, if: vars.premium }'],
  [
    'not-readable-here',
    phases('{ id: p, if: run.id == "x", steps: [{ id: s, uses: thing.make, with: { name: x } }] }'),
    phases('{ id: p, if: vars.premium, steps: [{ id: s, uses: thing.make, with: { name: x } }] }'),
  ],
  ['bad-expression', LOOK('output.ok &&'), LOOK('output.ok')],
  ['bad-expression', LOOK('output.ok and true'), LOOK('output.ok && true')],
  ['bad-expression', '- { id: a, task: "Do ${{ intake.n" }', '- { id: a, task: "Do $${{ intake.n" }'],
  ['matches', LOOK('intake.tier.matches("^b")'), LOOK('intake.tier.startsWith("b")')],
  ['wrong-operand', LOOK('output.count == "3"'), LOOK('output.count == 3')],
  ['wrong-operand', LOOK('output.count'), LOOK('output.count > 0')],
  [
    'wrong-operand',
    LOOK('output.pods.size() > 0 && output.pods.all(p, p.redy)'),
    LOOK('output.pods.size() > 0 && output.pods.all(p, p.ready)'),
  ],
  [
    'template-in-bare-place',
    "- { id: a, task: Do it, if: '${{ vars.premium }}' }",
    "- { id: a, task: Do it, if: 'vars.premium' }",
  ],
  ['not-text', '- { id: a, task: "Do ${{ intake.tags }}" }', `- { id: a, task: 'Do \${{ intake.tags.join(", ") }}' }`],
  ['not-text', '- { id: a, task: "At ${{ go_live }}" }', '- { id: a, task: "At ${{ string(go_live) }}" }'],
  [
    'secret-in-text',
    '- { id: a, task: "Type ${{ intake.key }}" }',
    '- { id: a, task: Type it, shows: { Key: "${{ intake.key }}" } }',
  ],
  [
    'secret-in-text',
    '- { id: a, task: Type it, shows: { Key: "k=${{ intake.key }}" } }',
    '- { id: a, uses: thing.make, with: { name: a, key: "k=${{ intake.key }}" } }',
  ],
  [
    'secret-in-text',
    '- { id: a, document: x.md, with: { key: "${{ intake.key }}" } }',
    '- { id: a, document: x.md, with: { n: "${{ intake.n }}" } }',
  ],
  [
    'secret-in-text',
    '- { id: a, document: x.md, format: pdf, with: { document: { password: "k${{ intake.key }}" } } }',
    '- { id: a, document: x.md, format: pdf, with: { document: { password: "${{ intake.key }}" } } }',
  ],
  [
    'secret-in-text',
    '- { id: a, document: x.md, with: { key: "${{ vars.copy }}" } }',
    '- { id: a, uses: thing.make, with: { name: a, key: "${{ vars.copy }}" } }',
  ],
  [
    'secret-in-text',
    `${MAKE}- { id: b, task: "Use \${{ steps.make.output.token }}" }`,
    `${MAKE}- { id: b, task: "Use \${{ steps.make.output.id }}" }`,
  ],
  ['secret-in-text', LOOK('intake.key == "x"'), LOOK('has(intake.key)')],
  ['later-step', `${LOOK('steps.make.passed')}\n${MAKE}`, `${MAKE}${LOOK('steps.make.passed')}`],
  [
    'later-step',
    '- { id: a, task: "Use ${{ steps.b.output.id }}" }\n- { id: b, uses: thing.make, with: { name: x } }',
    '- { id: b, uses: thing.make, with: { name: x } }\n- { id: a, task: "Use ${{ steps.b.output.id }}" }',
  ],
  ['later-step', LOOK('steps.look.output.ok'), LOOK('output.ok')],
  [
    'later-step',
    `phases: [{ id: p, parallel: true, owner: lead, steps: [{ id: a, uses: thing.make, with: { name: x } }, { id: b, task: "See \${{ steps.a.output.id }}" }] }]`,
    `phases: [{ id: p, parallel: true, owner: lead, steps: [{ id: a, uses: thing.make, with: { name: x } }, { id: b, needs: [a], task: "See \${{ steps.a.output.id }}" }] }]`,
  ],
  [
    'later-step',
    phases(
      '{ id: a, entry: { Late: steps.t.passed }, steps: [{ id: s, uses: thing.make, with: { name: x } }] }',
      '{ id: b, steps: [{ id: t, uses: thing.make, with: { name: x } }] }',
    ),
    phases(
      '{ id: a, steps: [{ id: s, uses: thing.make, with: { name: x } }] }',
      '{ id: b, entry: { Early: steps.s.passed }, steps: [{ id: t, uses: thing.make, with: { name: x } }] }',
    ),
  ],
  [
    'may-be-skipped',
    `- { id: make, if: vars.premium, uses: thing.make, with: { name: a } }\n- { id: b, task: "Use \${{ steps.make.output.id }}" }`,
    `- { id: make, if: vars.premium, uses: thing.make, with: { name: a } }\n- { id: b, if: intake.n > 1 && vars.premium, task: "Use \${{ steps.make.output.id }}" }`,
  ],
  [
    'may-be-skipped',
    `- { id: make, if: vars.premium, uses: thing.make, with: { name: a } }\n${LOOK('steps.make.output.id == "x"')}`,
    `- { id: make, if: vars.premium, uses: thing.make, with: { name: a } }\n${LOOK('!has(steps.make.output.id) || steps.make.output.id == "x"')}`,
  ],
  [
    'may-be-skipped',
    phases(
      '{ id: a, if: vars.premium, steps: [{ id: s, uses: thing.make, with: { name: x } }] }',
      '{ id: b, owner: lead, steps: [{ id: t, task: "See ${{ steps.s.output.id }}" }] }',
    ),
    phases(
      '{ id: a, if: vars.premium, steps: [{ id: s, uses: thing.make, with: { name: x } }] }',
      '{ id: b, if: vars.premium, owner: lead, steps: [{ id: t, task: "See ${{ steps.s.output.id }}" }] }',
    ),
  ],
  [
    'gate-on-skippable',
    phases(
      '{ id: a, steps: [{ id: s, if: vars.premium, uses: thing.make, with: { name: x } }], exit: { Done: steps.s.passed } }',
    ),
    phases(
      '{ id: a, steps: [{ id: s, if: vars.premium, uses: thing.make, with: { name: x } }], exit: { Done: steps.s.done } }',
    ),
  ],
  [
    'gate-on-skippable',
    phases(
      '{ id: a, if: vars.premium, steps: [{ id: s, uses: thing.make, with: { name: x } }] }',
      '{ id: b, entry: { Done: phases.a.passed }, steps: [{ id: t, uses: thing.make, with: { name: x } }] }',
    ),
    phases(
      '{ id: a, if: vars.premium, steps: [{ id: s, uses: thing.make, with: { name: x } }] }',
      '{ id: b, entry: { Done: phases.a.done }, steps: [{ id: t, uses: thing.make, with: { name: x } }] }',
    ),
  ],
  [
    'gate-on-skippable',
    phases(
      '{ id: a, steps: [{ id: s, if: vars.premium, uses: thing.make, with: { name: x } }], exit: { All: "phases.a.steps.all(s, s.passed)" } }',
    ),
    phases(
      '{ id: a, steps: [{ id: s, if: vars.premium, uses: thing.make, with: { name: x } }], exit: { All: "phases.a.steps.all(s, s.done)" } }',
    ),
  ],
  ['enum-never-matches', LOOK('intake.tier == "premum"'), LOOK('intake.tier == "premium"')],
  ['enum-never-matches', LOOK('output.state in ["up", "dwon"]'), LOOK('output.state in ["up", "down"]')],
  [
    'enum-never-matches',
    `${MAKE}${LOOK('"pased" != steps.make.status')}`,
    `${MAKE}${LOOK('"passed" != steps.make.status')}`,
  ],
  [
    'all-of-nothing',
    LOOK('output.pods.all(p, p.ready)'),
    LOOK('output.pods.exists(p, true) && output.pods.all(p, p.ready)'),
  ],
  [
    'cycle',
    'phases: [{ id: p, parallel: true, steps: [{ id: a, needs: [b], uses: thing.make, with: { name: x } }, { id: b, needs: [a], uses: thing.make, with: { name: x } }] }]',
    'phases: [{ id: p, parallel: true, steps: [{ id: a, uses: thing.make, with: { name: x } }, { id: b, needs: [a], uses: thing.make, with: { name: x } }] }]',
  ],
  [
    'cycle',
    'phases: [{ id: p, steps: [{ id: a, needs: [a], uses: thing.make, with: { name: x } }] }]',
    'phases: [{ id: p, steps: [{ id: a, needs: [], uses: thing.make, with: { name: x } }] }]',
  ],
  [
    'cycle',
    phases(
      '{ id: a, needs: [b], steps: [{ id: s, uses: thing.make, with: { name: x } }] }',
      '{ id: b, steps: [{ id: t, uses: thing.make, with: { name: x } }] }',
    ),
    phases(
      '{ id: a, steps: [{ id: s, uses: thing.make, with: { name: x } }] }',
      '{ id: b, steps: [{ id: t, uses: thing.make, with: { name: x } }] }',
    ),
  ],
  [
    'need-of-later-phase',
    phases(
      '{ id: a, steps: [{ id: s, needs: [t], uses: thing.make, with: { name: x } }] }',
      '{ id: b, steps: [{ id: t, uses: thing.make, with: { name: x } }] }',
    ),
    phases(
      '{ id: a, steps: [{ id: s, uses: thing.make, with: { name: x } }] }',
      '{ id: b, steps: [{ id: t, needs: [s], uses: thing.make, with: { name: x } }] }',
    ),
  ],
  [
    'need-above-approvers',
    '- { id: a, approve: { by: [lead], need: 2, of: [plan] } }',
    '- { id: a, approve: { by: [lead, engineer], need: 2, of: [plan] } }',
  ],
  ['approve-without-of', '- { id: a, approve: { by: [lead] } }', '- { id: a, approve: { by: [lead], of: [plan] } }'],
  [
    'wait-without-timeout',
    '- { id: a, wait: { event: thing.done } }',
    '- { id: a, wait: { event: thing.done, where: event.tenant_id == tenant.id }, timeout: 1d }',
  ],
  [
    'irreversible-without-confirm',
    '- { id: y, approve: { by: [lead], of: [plan] } }\n- { id: a, uses: thing.make, with: { name: x }, irreversible: true }',
    '- { id: y, approve: { by: [lead], of: [plan] } }\n- { id: a, uses: thing.make, with: { name: x }, irreversible: true, confirm: "${{ tenant.slug }}" }',
  ],
  [
    'irreversible-without-approval',
    '- { id: a, uses: thing.make, with: { name: x }, irreversible: true, confirm: yes }',
    '- { id: y, approve: { by: [lead], of: [plan] } }\n- { id: a, uses: thing.make, with: { name: x }, irreversible: true, confirm: yes }',
  ],
  [
    'option-lacks-output',
    '- { id: a, choose: { recommended: x, options: { x: { uses: thing.make, with: { name: x } }, y: { task: Do it } } }, outputs: { id: string } }',
    '- { id: a, choose: { recommended: x, options: { x: { uses: thing.make, with: { name: x } }, y: { task: Do it, form: { id: { type: string } } } } }, outputs: { id: string } }',
  ],
  [
    'task-without-owner',
    phases('{ id: p, steps: [{ id: a, task: Do it }] }'),
    phases('{ id: p, owner: lead, steps: [{ id: a, task: Do it }] }'),
  ],
  [
    'task-without-owner',
    phases('{ id: p, steps: [{ id: a, choose: { recommended: x, options: { x: { task: Do it } } } }] }'),
    phases('{ id: p, steps: [{ id: a, choose: { recommended: x, options: { x: { task: Do it, owner: lead } } } }] }'),
  ],
  [
    'action-without-undo',
    '- { id: a, uses: thing.tell, with: { name: x } }',
    '- { id: a, uses: thing.tell, with: { name: x }, undo: none }',
  ],
  ['bad-input', '- { id: a, uses: thing.make, with: { nam: x } }', '- { id: a, uses: thing.make, with: { name: x } }'],
  [
    'bad-input',
    '- { id: a, uses: thing.make, with: { name: x, size: big } }',
    '- { id: a, uses: thing.make, with: { name: x, size: "${{ intake.n }}" } }',
  ],
  [
    'bad-input',
    '- { id: a, uses: thing.make, with: { name: x, mode: sofft } }',
    '- { id: a, uses: thing.make, with: { name: x, mode: soft, extra: { any: 1 } } }',
  ],
  ['bad-input', '- { id: a, run: child, with: {} }', '- { id: a, run: child, with: { why: "${{ intake.tier }}" } }'],
  [
    'bad-input',
    '- { id: a, uses: thing.make, with: { name: "${{ intake.tags }}" } }',
    '- { id: a, uses: thing.make, with: { name: "${{ intake.tags[0] }}" } }',
  ],
  [
    'bad-input',
    'triggers: [{ event: thing.done, intake: { tier: gold } }]\nsteps: [{ id: s, uses: thing.make, with: { name: x } }]',
    'triggers: [{ event: thing.done, if: event.tenant_id == "x", intake: { tier: basic } }]\nsteps: [{ id: s, uses: thing.make, with: { name: x } }]',
  ],
  [
    'unknown-phase',
    '- { id: a, approve: { by: [lead], of: [plan] }, back_to: mian }',
    '- { id: a, approve: { by: [lead], of: [plan] }, back_to: main }',
  ],
  [
    'secret-in-text',
    '- { id: a, document: x.md, with: { all: "${{ intake }}" } }',
    '- { id: a, document: x.md, with: { all: "${{ intake.free }}" } }',
  ],
  [
    'bad-time',
    '- { id: a, task: Do it, start: intake.n + 1d }',
    '- { id: a, task: Do it, start: go_live + vars.wait 09:00 }',
  ],
  [
    'bad-time',
    '- { id: a, task: Do it, start: go_live + intake.n }',
    `${MAKE}- { id: a, task: Do it, start: steps.make.output.ends_at }`,
  ],
  [
    'later-var',
    'vars: { a: "${{ vars.b }}", b: 1 }\nsteps: [{ id: s, uses: thing.make, with: { name: x } }]',
    'vars: { b: 1, a: "${{ vars.b }}" }\nsteps: [{ id: s, uses: thing.make, with: { name: x } }]',
  ],
];

const withVars = (body: string): readonly LintFault[] =>
  body.startsWith('vars:')
    ? lintRunbook(HEAD.replace(/^vars:.*\n/m, '') + body, { file: 'sample.yaml', read: () => undefined, catalog })
        .faults
    : lint(body);

describe('lint rules', () => {
  it.each(CASES)('%s is reported alone, and what is right beside it is not (case %$)', (rule, faulty, clean) => {
    const faults = withVars(faulty);
    expect(faults.map((fault) => fault.rule)).toContain(rule);
    expect(
      new Set(faults.filter((fault) => fault.rule !== rule).map((fault) => `${fault.rule}: ${fault.message}`)),
    ).toEqual(new Set());
    for (const fault of faults) {
      expect(fault.line).toBeGreaterThan(0);
      expect(fault.column).toBeGreaterThan(0);
      expect(fault.fix ?? fault.message).toMatch(/\S/);
    }
    expect(withVars(clean)).toEqual([]);
  });

  it('points at the character of an expression', () => {
    const [fault] = lint("- id: look\n  check: thing.look\n  expect: output.ok && intake.teir == 'x'");
    const line = "        expect: output.ok && intake.teir == 'x'";
    expect(fault?.column).toBe(line.indexOf('intake.teir') + 1);
    expect(fault?.fix).toBe('Did you mean `tier`?');
  });

  it('shows an excerpt with a caret where the file has no such column', () => {
    const [fault] = lint('- id: look\n  check: thing.look\n  expect: >\n    output.ok &&\n    intake.teir == "x"');
    expect(fault?.excerpt).toBe('output.ok && intake.teir == "x"\n             ^');
    expect(fault?.line).toBe(HEAD.split('\n').length - 1 + 4 + 3);
  });

  it('two faults of one expression are both given', () => {
    expect(lint(LOOK('intake.teir == "x" && steps.none.passed')).map((fault) => fault.rule)).toEqual([
      'unknown-field',
      'unknown-step',
    ]);
  });

  it('the output of an unknown action fits everywhere: one fault, no cascade', () => {
    const faults = lint(
      '- { id: a, uses: thing.unknown, with: { x: 1 } }\n- { id: b, task: "Use ${{ steps.a.output.x.y }}" }\n- { id: c, check: thing.look, expect: steps.a.output.z > 3 }',
    );
    expect(faults.map((fault) => fault.rule)).toEqual(['unknown-action']);
  });

  it('a list of a name from another language does not hide the other faults', () => {
    expect(
      lint('- { id: a, uses: thing.mkae, with: { name: x } }\n- { id: b, task: Do it, owner: boss }'),
    ).toHaveLength(2);
  });
});
