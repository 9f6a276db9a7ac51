/** What the readers of a fixture file share: the file, the runbook it is about, and how faults of names are told. */
import { formOf } from '../advance/index.ts';
import type { Catalog } from '../catalog.ts';
import { type JsonObject, type JsonSchema, type Runbook, type Step, stepsOf } from '../definition.ts';
import { nearest } from '../expr/suggest.ts';
import { artifactNames, outputSchema } from '../lint/scope-schema.ts';
import { checkIntake } from '../parse/intake-file.ts';
import { addFault, type Reading } from '../parse/reading.ts';
import { exampleOf } from './example.ts';
import { memberAt, mergePatch } from './json-values.ts';

export interface FixtureReading {
  readonly reading: Reading;
  readonly runbook: Runbook;
  readonly catalog: Catalog;
  /** The text of a file named in the fixture, relative to it. */
  readonly read: (path: string) => string | undefined;
}

type Named = 'step' | 'phase' | 'role' | 'artifact';

function namesOf({ runbook }: FixtureReading, of: Named): readonly string[] {
  switch (of) {
    case 'step':
      return stepsOf(runbook).map(({ id }) => id);
    case 'phase':
      return runbook.phases.map(({ id }) => id);
    case 'role':
      return Object.keys(runbook.roles);
    case 'artifact':
      return artifactNames(runbook);
  }
}

/** True when the runbook has it; else the fault names what is near. `key` points at the key of the path. */
export function isKnown(context: FixtureReading, of: Named, name: string, path: string, key?: true): boolean {
  return isOneOf(context, of, name, namesOf(context, of), path, key);
}

export function isOneOf(
  { reading, runbook }: FixtureReading,
  word: string,
  name: string,
  names: readonly string[],
  path: string,
  key?: true,
): boolean {
  if (names.includes(name)) return true;
  const near = nearest(name, names);
  const few = names.length > 0 && names.length <= 12 ? `There is ${names.join(', ')}.` : 'Check the name.';
  addFault(reading, {
    rule: `unknown-${word}`,
    path,
    message: `${runbook.id} has no ${word} \`${name.slice(0, 80)}\`.`,
    fix: near === undefined ? few : `Did you mean \`${near}\`?`,
    ...(key === undefined ? {} : { key }),
  });
  return false;
}

/** Names that stand in fields whose tables say what they are. */
export function checkMentions(context: FixtureReading): void {
  for (const { of, name, path } of context.reading.mentions) {
    if (of === 'step' || of === 'phase' || of === 'role' || of === 'artifact') isKnown(context, of, name, path);
  }
}

/** What a step gives, as far as its action, probe or form declares it. */
export const outputSchemaOf = ({ runbook, catalog }: FixtureReading, step: Step): JsonSchema =>
  step.body.kind === 'task' ? formOf(runbook, step.body).schema : outputSchema(step, catalog);

/** Reports what is declared and does not fit; what is left out is made up and so always fits. */
export function checkDeclared(
  { reading }: FixtureReading,
  declared: JsonObject,
  schema: JsonSchema,
  path: string,
  what: string,
): void {
  const made = exampleOf(schema, what);
  const whole =
    typeof made === 'object' && made !== null && !Array.isArray(made)
      ? mergePatch(made as JsonObject, declared)
      : declared;
  for (const { rule, path: at, message, fix } of checkIntake(whole, schema, undefined, { what, sealed: true }).faults) {
    if (at !== '' && memberAt(declared, slotOfPath(at)) === undefined) continue;
    addFault(reading, {
      rule: rule.replace('intake-', 'output-'),
      path: pathBelow(path, at),
      message,
      ...(fix === undefined ? {} : { fix }),
      ...(rule.endsWith('Properties') ? { key: true } : {}),
    });
  }
}

/** `a.b[0]` as a, b, 0. */
const slotOfPath = (path: string): readonly (string | number)[] =>
  [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(([, quoted, index, name]) =>
    index === undefined ? (quoted ?? name ?? '') : Number(index),
  );

/** The path of a member, from the path of the whole and the way to it. */
export const pathBelow = (path: string, at: string): string =>
  at === '' || at.startsWith('[') ? `${path}${at}` : `${path}.${at}`;
