import { describe, expect, it } from 'vitest';
import { findStep, type Runbook } from '../definition.ts';
import { drafts, readDraftFile } from '../testing/drafts.ts';
import { parseRunbook } from './parse-runbook.ts';

const read = (): undefined => undefined;

function parse(source: string): Runbook {
  const { runbook, faults } = parseRunbook(source, { file: 'test.yaml', read });
  if (runbook === undefined) throw new Error(JSON.stringify(faults, null, 1));
  return runbook;
}

const faultsOf = (source: string): readonly string[] =>
  parseRunbook(source, { file: 'test.yaml', read }).faults.map(
    ({ line, column, rule, message, fix }) =>
      `${line}:${column} ${rule}: ${message}${fix === undefined ? '' : ` ${fix}`}`,
  );

const HEAD = 'runbook: a\nversion: "1.0"\ntitle: A\nowner: ops\nsubject: tenant\nroles: { engineer: { title: E } }\n';

describe('parseRunbook', () => {
  it.each(drafts)('reads $file', ({ file, source }) => {
    const { runbook, faults } = parseRunbook(source, { file, read: readDraftFile });
    expect(faults).toEqual([]);
    expect(runbook?.id).toBe(file.replace('.yaml', ''));
    expect(JSON.parse(JSON.stringify(runbook))).toEqual(runbook);
  });

  it('RUN-01: every metadata field is asked for', () => {
    const { faults } = parseRunbook('steps: [{ id: a, uses: b.c }]', { file: 'x', read });
    expect(faults.map((fault) => fault.path)).toEqual(['owner', 'roles', 'runbook', 'subject', 'title', 'version']);
  });

  it('RUN-02: history and review are kept', () => {
    const { about } = parse(
      `${HEAD}about:\n  review: { every: quarter, next: 2026-02-03 }\n  history: [{ version: "1.0", date: 2025-01-23, author: Ops, changes: First }]\nsteps: [{ id: a, uses: b.c }]`,
    );
    expect(about.review).toEqual({ every: 'quarter', next: '2026-02-03' });
    expect(about.history).toEqual([{ version: '1.0', date: '2025-01-23', author: 'Ops', changes: 'First' }]);
  });

  it('writes defaults out and works effective needs out', () => {
    const { phases, may } = parse(`${HEAD}phases:
  - { id: one, steps: [{ id: a, uses: x.y }, { id: b, check: x.y, expect: output.ok }] }
  - { id: two, parallel: true, environment: staging, steps: [{ id: c, uses: x.y }, { id: d, uses: x.y, needs: [c], environment: production }] }
  - { id: three, needs: [], steps: [{ id: e, approve: { by: [engineer], of: [plan] } }] }
`);
    expect(phases.map((phase) => phase.needs)).toEqual([[], ['one'], []]);
    expect(phases.flatMap((phase) => phase.steps).map((step) => [step.id, step.needs, step.environment])).toEqual([
      ['a', [], 'production'],
      ['b', ['a'], 'production'],
      ['c', [], 'staging'],
      ['d', ['c'], 'production'],
      ['e', [], 'production'],
    ]);
    expect(phases[0]?.steps[0]).toMatchObject({
      title: 'A',
      onFail: { do: 'halt' },
      undo: { do: 'default' },
      body: { manual: 'never', temporary: false, with: {} },
    });
    expect(phases[2]?.steps[0]?.body).toMatchObject({ kind: 'approve', need: 1 });
    expect(may).toEqual({ override: [], cancel: [], rollback: [] });
  });

  it('RUN-06: a joint owner keeps every role', () => {
    const { phases } = parse(
      `${HEAD}phases: [{ id: a, owner: { all: [engineer, engineer] }, steps: [{ id: s, owner: engineer, uses: x.y }] }]`,
    );
    expect(phases[0]?.owner).toEqual({ mode: 'all', roles: ['engineer', 'engineer'] });
    expect(phases[0]?.steps[0]?.owner).toEqual({ mode: 'any', roles: ['engineer'] });
  });

  it('RUN-29: options keep their own owner and instructions; temporary reaches the chosen action', () => {
    const runbook = parse(`${HEAD}steps:
  - id: pick
    choose: { recommended: api, options: { api: { uses: x.y }, hand: { task: Do it, owner: engineer, instructions: Slowly } } }
    temporary: true
    undo: { task: Take it back, owner: engineer }
`);
    const body = findStep(runbook, 'pick')?.body;
    expect(body?.kind === 'choose' && body.options).toMatchObject({
      api: { temporary: true },
      hand: { owner: { mode: 'any', roles: ['engineer'] }, instructions: 'Slowly' },
    });
    expect(findStep(runbook, 'pick')?.undo).toMatchObject({
      do: 'body',
      body: { kind: 'task' },
      owner: { roles: ['engineer'] },
    });
  });

  it('a document takes its format from the template', () => {
    const runbook = parse(
      `${HEAD}steps: [{ id: a, document: x.json }, { id: b, document: x.md, format: pdf }, { id: c, document: x.txt }]`,
    );
    expect(['a', 'b', 'c'].map((id) => findStep(runbook, id)?.body)).toMatchObject([
      { format: 'json' },
      { format: 'pdf' },
      { format: 'md' },
    ]);
  });

  it('gives every fault of form at once, each with its place and fix', () => {
    expect(
      faultsOf(`runbook: Bad Name
version: 1.0
titel: x
owner: me
subject: tenannt
roles: { engineer: { title: E } }
phases:
  - id: a-b
    steps:
      - { id: one, usess: x.y }
      - { id: two, uses: a.b, task: c }
      - { id: three, check: a.b, withn: 3m }
      - { id: three, check: a.b, expect: output.x.all(t, t.ok), timeout: 5 }
      - nope
      - id: four
        approve: { by: engineer, need: 0 }
        within: 3m
        start: go_live - x 9
`),
    ).toEqual([
      '1:1 missing-key: A runbook lacks `title`. Add `title:`.',
      '1:10 bad-id: `Bad Name` is not a file-name id. Use a-z, 0-9 and hyphens, starting with a letter.',
      '2:10 version-not-text: `version` must be text. Put quotes around it, such as "1.0".',
      '3:1 unknown-key: A runbook has no key `titel`. Did you mean `title`?',
      '5:10 wrong-type: `subject` is one of new_tenant, tenant, run, none, not `tenannt`.',
      '8:9 bad-id: `a-b` is not an id: a-z, 0-9 and _ only, starting with a letter (`a-b` would be a subtraction). Write `a_b`.',
      '10:9 one-kind: This step does nothing: it has none of uses, check, task, approve, sign_off, wait, document, choose, run. Did you mean `uses`?',
      '11:31 one-kind: This step has two kinds: uses and task. Make two of it.',
      '12:9 check-without-expect: A step without `expect` would pass whatever it finds. Say what must be true of `output`.',
      '12:34 unknown-key: A step has no key `withn`. Did you mean `with`?',
      '13:15 duplicate-id: There are two steps `three`. Step ids are unique in the whole runbook.',
      '13:58 unknown-key: A step has no key `t.ok)`. Put quotes around the text before: inside { } a comma ends a value. `runbook lint --fix` does it.',
      '13:74 bad-duration: `timeout` must be text such as `4h`.',
      '14:9 wrong-type: A step must be a map.',
      '16:24 wrong-type: `by` must be a list of names. Write `[engineer]`.',
      '16:40 wrong-type: `need` must be a whole number from 1 to 1000.',
      '17:9 unknown-key: A step has no key `within`. `within` belongs to `check`.',
      '18:16 bad-time: `9` does not fit here. A time is a path, an offset and an hour: `go_live - 1d 09:00`.',
    ]);
  });

  it.each([
    ['steps: [{ id: a, uses: x.y, retry: { wait: 3s } }]', 'A retry lacks `times`.'],
    [
      'steps: [{ id: a, uses: x.y, repeat: { from: go_live } }]',
      '`repeat` is {from, every, for} or {from, on: [offset]}.',
    ],
    ['steps: [{ id: a, uses: x.y, repeat: { from: go_live, on: [-7x] } }]', '"-7x" is not a duration.'],
    ['steps: [{ id: a, uses: x.y, on_fail: explode }]', '`on_fail` is halt, continue, rollback or {run: id}.'],
    ['steps: [{ id: a, uses: x.y, undo: 3 }]', '`undo` is none, keep or a body.'],
    ['steps: [{ id: a, uses: x.y, owner: { some: [b] } }]', '`owner` is a role, { any: [a, b] } or { all: [a, b] }.'],
    ['steps: [{ id: a, choose: { recommended: x, options: { y: { uses: x.y } } } }]', 'There is no option `x`.'],
    [
      'steps: [{ id: a, task: t, checklist: [{ id: x, item: a }, { id: x, item: b }] }]',
      'The checklist has `x` twice.',
    ],
    [
      'steps: [{ id: a, task: t, checklist: [{ item: a, check: x.y }] }]',
      'A check without `expect` would pass whatever it finds.',
    ],
    ['steps: [{ id: a, task: t, form: { f: text } }]', 'A form field is a JSON Schema property.'],
    ['steps: [{ id: true, uses: x.y }]', '`id` must be text.'],
    ['steps: [{ id: "in", uses: x.y }]', '`in` is a word of the expression language.'],
    ['steps: []', 'There is no step here.'],
    ['phases: []\nsteps: []', 'A runbook has either `phases` or `steps`.'],
    ['intake: ./missing.yaml\nsteps: [{ id: a, uses: x.y }]', 'There is no file `./missing.yaml`.'],
    [
      'intake: ../../etc/passwd\nsteps: [{ id: a, uses: x.y }]',
      "`../../etc/passwd` is not a path below the runbook's folder.",
    ],
    ['intake: { type: strnig }\nsteps: [{ id: a, uses: x.y }]', 'The intake is not a usable JSON Schema'],
    ['vars: { a-b: 1 }\nsteps: [{ id: a, uses: x.y }]', '`a-b` is not an id'],
    ['escalation: [{ after: soon, to: engineer }]\nsteps: [{ id: a, uses: x.y }]', '"soon" is not a duration.'],
  ])('%s: %s', (body, message) => {
    expect(faultsOf(HEAD + body).join('\n')).toContain(message);
  });

  it('one unreadable step is one fault: what reads it is not blamed', () => {
    expect(
      faultsOf(
        `${HEAD}steps:\n  - { id: a, useses: x.y }\n  - { id: b, uses: x.y, with: { v: "\${{ steps.a.output.id }}" } }`,
      ),
    ).toHaveLength(1);
  });
});

describe('hostile runbooks', () => {
  it.each(['null', '[]', '3', 'text', '{}'])('%s is refused without a crash', (source) => {
    expect(parseRunbook(source, { file: 'x', read }).runbook).toBeUndefined();
  });

  it('a runbook cannot name a vault entry', () => {
    const source = `${HEAD}steps:\n  - { id: a, uses: x.y, with: { key: { $secret: "vault:1" } } }`;
    expect(faultsOf(source)).toEqual(['8:40 reserved-key: `$secret` is a key only the system writes. Remove it.']);
  });

  it('names of prototypes are ids like any other', () => {
    const runbook = parse(
      `${HEAD}vars: { constructor: 1, valueof: 2 }\nsteps: [{ id: constructor, uses: hasOwnProperty, with: { toString: x } }]`,
    );
    expect(Object.keys(runbook.vars)).toEqual(['constructor', 'valueof']);
    expect(faultsOf(`${HEAD}toString: 1\nsteps: [{ id: a, uses: x.y, hasOwnProperty: 1 }]`)).toHaveLength(2);
  });

  it('ten thousand steps are read', () => {
    const steps = Array.from({ length: 10_000 }, (_, index) => `  - { id: s${index}, uses: x.y }`).join('\n');
    expect(parse(`${HEAD}steps:\n${steps}`).phases[0]?.steps).toHaveLength(10_000);
  });
});
