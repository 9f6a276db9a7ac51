import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parseRunbook } from '../parse/parse-runbook.ts';
import { readYaml } from '../parse/read-yaml.ts';
import { drafts, readDraftFile } from '../testing/drafts.ts';
import { runbookJsonSchema } from './runbook-json-schema.ts';

const validate = new Ajv2020({ allErrors: true, strict: false }).compile(runbookJsonSchema());
const accepts = (source: string): boolean => validate(readYaml(source, '', 1 << 22).value);

const HEAD = 'runbook: a\nversion: "1.0"\ntitle: A\nowner: ops\nsubject: tenant\nroles: { e: { title: E } }\n';
const parses = (source: string): boolean =>
  parseRunbook(source, { file: 'x', read: readDraftFile }).runbook !== undefined;

describe('runbookJsonSchema', () => {
  it.each(drafts)('accepts $file', ({ source }) => {
    expect(accepts(source)).toBe(true);
  });

  it.each([
    'steps: [{ id: a, uses: b.c }]',
    'steps: [{ id: a, uses: b.c, whith: {} }]',
    'steps: [{ id: a }]',
    'steps: [{ id: a, uses: b.c, task: d }]',
    'steps: [{ id: a-b, uses: b.c }]',
    'steps: [{ id: a, check: b.c }]',
    'steps: [{ id: a, check: b.c, expect: output.ok, within: 5 minutes }]',
    'steps: [{ id: a, task: t, evidence: photo }]',
    'steps: [{ id: a, uses: b.c, owner: { any: [e] }, retry: { times: 3 }, repeat: { from: go_live, on: [1d] } }]',
    'steps: [{ id: a, uses: b.c, undo: { task: t }, on_fail: { run: x } }]',
    'steps: [{ id: a, uses: b.c, undo: { task: t, needs: [b] } }]',
    'phases: [{ id: p, steps: [{ id: a, uses: b.c }] }]\nsteps: [{ id: a, uses: b.c }]',
    'about: { stauts: x }\nsteps: [{ id: a, uses: b.c }]',
  ])('agrees with the parser on %s', (body) => {
    expect(accepts(HEAD + body)).toBe(parses(HEAD + body));
  });

  it('describes every key', () => {
    const { properties } = runbookJsonSchema();
    for (const [key, schema] of Object.entries(properties as Record<string, { description?: string }>))
      expect([key, schema.description]).toEqual([key, expect.stringMatching(/\S/)]);
  });
});
