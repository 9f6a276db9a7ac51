/** Runs cases written as YAML against a runbook written as YAML, for tests. */
import type { ActionSignature, Catalog, CheckSignature } from '../../catalog.ts';
import type { JsonSchema, Runbook } from '../../definition.ts';
import { lintRunbook } from '../../lint/index.ts';
import type { LintFault } from '../../parse/faults.ts';
import { parseFixtures } from '../read-fixtures.ts';
import { type CaseResult, type TestReport, testRunbook } from '../test-runbook.ts';

const ANY: JsonSchema = { type: 'object', additionalProperties: true };

const action = (name: string, undo: ActionSignature['undo'], output: JsonSchema): ActionSignature => ({
  name,
  version: 1,
  summary: name,
  delivery: 'idempotent',
  undo,
  input: ANY,
  output,
});
const probe = (name: string, output: JsonSchema): CheckSignature => ({
  name,
  version: 1,
  summary: name,
  input: ANY,
  output,
});

const THING: JsonSchema = {
  type: 'object',
  required: ['id', 'name', 'key'],
  properties: { id: { type: 'string', format: 'uuid' }, name: { type: 'string' }, key: { 'x-secret': true } },
};
const PAGE: JsonSchema = {
  type: 'object',
  required: ['status', 'items', 'late'],
  properties: {
    status: { type: 'integer', minimum: 100 },
    late: { type: 'boolean' },
    items: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name', 'ready'],
        properties: { name: { type: 'string' }, ready: { type: 'boolean' } },
      },
    },
  },
};

export const catalog: Catalog = {
  actions: {
    'thing.make': action('thing.make', 'reversible', THING),
    'thing.tell': action('thing.tell', 'none', { type: 'object' }),
    'thing.burn': action('thing.burn', 'irreversible', { type: 'object' }),
  },
  checks: { 'page.get': probe('page.get', PAGE) },
  events: { 'ticket.closed': { type: 'object', required: ['ticket'], properties: { ticket: { type: 'string' } } } },
  product: { type: 'object', additionalProperties: true },
  runbooks: { other: { intake: ANY, outputs: ['address'] } },
};

const HEAD = `runbook: sketch
version: "1.0"
title: Sketch
owner: ops
subject: new_tenant
go_live: \${{ intake.go_live }}
intake:
  type: object
  required: [slug]
  properties:
    slug: { type: string, minLength: 1 }
    tier: { type: string, enum: [basic, premium], default: basic }
    go_live: { type: string, format: date, default: 2026-02-02 }
    token: { type: string, x-secret: true }
roles:
  engineer: { title: Engineer }
  lead: { title: Lead }
  client: { title: Client, party: client }
may: { override: [lead], cancel: [lead], rollback: [lead] }
`;

/** A whole runbook from its phases or steps. */
export const sketch = (rest: string): string => `${HEAD}${rest}`;

export interface Tried {
  readonly faults: readonly LintFault[];
  readonly report: TestReport;
  /** The only case, or the first. */
  readonly result: CaseResult;
}

/** @throws Error where the runbook itself has faults */
export function readSketch(source: string): Runbook {
  const linted = lintRunbook(source, { file: 'sketch.yaml', catalog, read: () => undefined });
  if (linted.runbook === undefined) throw new Error(JSON.stringify(linted.faults, undefined, 1));
  return linted.runbook;
}

export function tryCases(runbookSource: string, fixtures: string, files: Readonly<Record<string, string>> = {}): Tried {
  const runbook = readSketch(runbookSource);
  const { cases = [], faults } = parseFixtures(fixtures, {
    file: 'sketch.test.yaml',
    runbook,
    catalog,
    read: (path) => files[path],
  });
  const report = testRunbook(runbook, catalog, cases);
  return { faults, report, result: report.cases[0] as CaseResult };
}

/** One case with a given, and what else stands in it; expects no particular end. */
export const oneCase = (rest: string): string => `defaults: { intake: { slug: acme } }
cases:
  - name: it
${rest.replace(/^/gm, '    ')}
`;
