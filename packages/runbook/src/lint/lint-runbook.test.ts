import { describe, expect, it } from 'vitest';
import { type Catalog, emptyCatalog } from '../catalog.ts';
import type { JsonSchema } from '../definition.ts';
import { readDraft } from '../parse/parse-runbook.ts';
import { drafts, readDraftFile } from '../testing/drafts.ts';
import { lintRunbook } from './lint-runbook.ts';

const MISSING = ['action', 'check', 'event', 'runbook'];

describe('the drafts', () => {
  it.each(drafts)(
    '$file has no fault but the actions, checks, events and runbooks an empty catalog lacks',
    ({ file, source }) => {
      const { runbook, reading } = readDraft(source, { file, read: readDraftFile });
      const named = reading.mentions.filter((mention) => MISSING.includes(mention.of) && mention.name !== runbook?.id);
      const { faults } = lintRunbook(source, { file, read: readDraftFile, catalog: emptyCatalog });
      expect(faults.map((fault) => `${fault.rule} ${fault.path}`).sort()).toEqual(
        named.map((mention) => `unknown-${mention.of} ${mention.path}`).sort(),
      );
      expect(named.length).toBeGreaterThan(0);
    },
  );

  it.each(drafts)('$file is clean once the catalog knows every name', ({ file, source }) => {
    const { reading } = readDraft(source, { file, read: readDraftFile });
    const names = (of: string): readonly string[] => [
      ...new Set(reading.mentions.filter((mention) => mention.of === of).map((mention) => mention.name)),
    ];
    const anything: JsonSchema = {};
    const record = <T>(list: readonly string[], value: (name: string) => T): Record<string, T> =>
      Object.fromEntries(list.map((name) => [name, value(name)]));
    const catalog: Catalog = {
      ...emptyCatalog,
      actions: record(names('action'), (name) => ({
        name,
        version: 1,
        summary: '',
        delivery: 'idempotent',
        undo: 'reversible',
        input: anything,
        output: anything,
      })),
      checks: record(names('check'), (name) => ({ name, version: 1, summary: '', input: anything, output: anything })),
      events: record(names('event'), () => anything),
      runbooks: record(names('runbook'), () => ({ intake: anything, outputs: [] })),
    };
    const result = lintRunbook(source, { file, read: readDraftFile, catalog });
    expect(result.faults).toEqual([]);
    expect(result.runbook?.phases.length).toBeGreaterThan(0);
  });
});

const HEAD = 'runbook: big\nversion: "1.0"\ntitle: Big\nowner: ops\nsubject: tenant\nroles: { e: { title: E } }\n';

function bigRunbook(count: number): string {
  const steps = Array.from(
    { length: count },
    (_, index) => `  - id: s${index}
    check: pods.list
    with: { namespace: "t-\${{ tenant.slug }}", before: "\${{ ${index === 0 ? 'tenant.id' : `steps.s${index - 1}.output.id`} }}" }
    expect: output.pods.size() > 0 && output.pods.all(p, p.ready) && output.n + ${index} > 3
    timeout: 5m`,
  );
  return `${HEAD}steps:\n${steps.join('\n')}\n`;
}

const catalog: Catalog = {
  ...emptyCatalog,
  checks: {
    'pods.list': {
      name: 'pods.list',
      version: 1,
      summary: '',
      input: { type: 'object', properties: { namespace: { type: 'string' }, before: { type: 'string' } } },
      output: {
        type: 'object',
        properties: {
          id: { type: 'string' },
          n: { type: 'number' },
          pods: { type: 'array', items: { type: 'object', properties: { ready: { type: 'boolean' } } } },
        },
      },
    },
  },
};
const lint = (source: string): readonly string[] =>
  lintRunbook(source, { file: 'x', read: () => undefined, catalog }).faults.map((fault) => fault.rule);

describe('size and hostility', () => {
  it('a thousand typed steps are linted without faults', () => {
    expect(lint(bigRunbook(1_000))).toEqual([]);
  });

  it('ten thousand steps that all wait for each other are one cycle', () => {
    const steps = Array.from(
      { length: 10_000 },
      (_, index) => `  - { id: s${index}, check: pods.list, expect: output.n > 0, needs: [s${(index + 1) % 10_000}] }`,
    );
    expect(lint(`${HEAD}steps:\n${steps.join('\n')}`)).toEqual(['cycle']);
  });

  it('a file that cannot be read gives its syntax fault and nothing else', () => {
    expect(lint('runbook: "a')).toEqual(['yaml-syntax']);
    expect(lint('['.repeat(10_000))).toEqual(['too-deep']);
  });

  it('names of prototypes are unknown, not found by accident', () => {
    const rules = lint(
      `${HEAD}steps:\n  - { id: a, uses: constructor }\n  - { id: b, check: toString, expect: output.ok }\n  - { id: c, check: pods.list, expect: steps.constructor.passed && intake.toString == 1 }\n`,
    );
    expect([...rules].sort()).toEqual(['unknown-action', 'unknown-check', 'unknown-field', 'unknown-step']);
  });

  it('the same file always gives the same list', () => {
    const source = `${HEAD}steps:\n  - { id: a, uses: x, with: { b: "\${{ intake.c }}" } }\n  - { id: a, task: y }\n`;
    expect(lint(source)).toEqual(lint(source));
  });
});
