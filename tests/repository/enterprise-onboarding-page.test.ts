import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseRunbook, type Runbook, type Step, stepsOf } from '@tenantry/runbook';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

type Body = Step['body'];

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = join(ROOT, 'runbooks/cutlist');
const MAIN = 'enterprise-onboarding';
const read = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');

const runbooks: Readonly<Record<string, Runbook>> = Object.fromEntries(
  [MAIN, 'enterprise-rollback', 'hypercare-check-in'].map((id) => {
    const { runbook, faults } = parseRunbook(read(`${id}.yaml`), { file: `${id}.yaml`, read });
    return [id, runbook ?? expect.fail(JSON.stringify(faults))];
  }),
);
const main = runbooks[MAIN] as Runbook;
const product: unknown = parse(read('product.yaml'));
const intake: unknown = parse(read('enterprise-onboarding.intake.yaml'));

const lines = readFileSync(join(ROOT, 'docs/reference/enterprise-onboarding.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|') && !/^\|(?:---|\s*line)/.test(line));
const references = lines.flatMap((line) => [...line.matchAll(/`([^`]+)`/g)].map(([, reference = '']) => reference));

const memberAt = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (at, name) => (typeof at === 'object' && at !== null ? (at as Readonly<Record<string, unknown>>)[name] : undefined),
    value,
  );

/** Whether what a reference names is there. */
function exists(reference: string): boolean {
  const [kind, path] = reference.split(':');
  if (path !== undefined) {
    if (kind === 'gate') return main.phases.some(({ id }) => id === path);
    if (kind === 'product') return memberAt(product, path.split('.')) !== undefined;
    const inSchema = path.split('.').flatMap((name) => ['properties', name]);
    return kind === 'intake' && memberAt(intake, inSchema) !== undefined;
  }
  const [id, item] = stepOf(reference);
  const body = steps.get(id);
  if (body === undefined || item === undefined) return body !== undefined;
  return body.kind === 'task' && body.checklist.some((one) => one.id === item);
}

const steps = new Map<string, Body>(
  Object.entries(runbooks).flatMap(([runbook, definition]) =>
    stepsOf(definition).map(({ id, body }) => [`${runbook}/${id}`, body] as const),
  ),
);
const stepOf = (reference: string): readonly [id: string, item: string | undefined] => {
  const [id = '', item] = reference.split('#');
  return [id.includes('/') ? id : `${MAIN}/${id}`, item];
};

describe('the page that says which step carries which line of the procedure', () => {
  it('names nothing that is not there', () => {
    expect(references.length).toBeGreaterThan(120);
    expect(references.filter((reference) => !exists(reference))).toEqual([]);
  });

  it('RUN-03: names every step of the three runbooks, and every line of their checklists', () => {
    const named = new Set(references.map((reference) => stepOf(reference)[0]));
    expect([...steps.keys()].filter((id) => !named.has(id))).toEqual([]);
    const items = [...steps].flatMap(([id, body]) =>
      body.kind === 'task' ? body.checklist.map((item) => `${id}#${item.id}`) : [],
    );
    const ticked = new Set(references.map((reference) => stepOf(reference).join('#')));
    expect(items.filter((item) => !ticked.has(item))).toEqual([]);
  });

  it('says of every line what carries it, or what it waits for', () => {
    const bare = lines.filter((line) => !line.includes('`') && !/waits|approvers|troubleshooting/.test(line));
    expect(bare).toEqual([]);
  });
});
