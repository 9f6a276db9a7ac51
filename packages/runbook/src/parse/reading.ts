/** What is collected while a file is read: faults, and every place an expression, text or time stands. */
import type { Json, JsonObject } from '../definition.ts';
import { isTemplate, textsIn } from '../expr/index.ts';
import type { LintFault, Severity } from './faults.ts';
import { joinPath, type Positions, pathOf } from './positions.ts';

export type Notation = 'cel' | 'text' | 'time';

/** Whose `output` or `event` an expression may read besides the common names. */
export interface OutputOf {
  readonly kind: 'action' | 'check' | 'event';
  readonly name: string;
}

/** The step or phase a value belongs to. */
export interface Owner {
  readonly phase?: string;
  readonly step?: string;
  /** The option of a `choose`, or `undo`. */
  readonly option?: string;
  readonly outputOf?: OutputOf;
}

/** One expression, text with `${{ }}`, or time. */
export interface Site extends Owner {
  readonly notation: Notation;
  readonly source: string;
  readonly path: string;
  /** `step.if`, `check.expect`, `phase.start`, …: the table and the key. */
  readonly place: string;
}

/** A name that must exist somewhere: a role, step, phase, artifact, action, … */
export interface Mention extends Owner {
  readonly of:
    | 'role'
    | 'step'
    | 'phase'
    | 'artifact'
    | 'runbook'
    | 'action'
    | 'check'
    | 'event'
    | 'reference'
    | 'bound';
  readonly name: string;
  readonly path: string;
  readonly place: string;
}

export interface Reading {
  readonly positions: Positions;
  readonly faults: LintFault[];
  readonly sites: Site[];
  readonly mentions: Mention[];
  /** Ids of steps that were not readable: their outputs are not checked, so that one fault stays one. */
  readonly broken: Set<string>;
  readonly stepPaths: Map<string, string>;
  readonly phasePaths: Map<string, string>;
}

export const startReading = (positions: Positions, faults: readonly LintFault[]): Reading => ({
  positions,
  faults: [...faults],
  sites: [],
  mentions: [],
  broken: new Set(),
  stepPaths: new Map(),
  phasePaths: new Map(),
});

export interface FaultInput {
  readonly rule: string;
  readonly path: string;
  readonly message: string;
  readonly fix?: string;
  readonly severity?: Severity;
  /** Point at the key instead of the value. */
  readonly key?: true;
}

export function addFault(reading: Reading, input: FaultInput): void {
  const { key, severity = 'error', ...fault } = input;
  const place = key === true ? reading.positions.ofKey(input.path) : reading.positions.of(input.path);
  reading.faults.push({ ...fault, severity, ...place });
}

/** Notes every text with `${{ }}` inside a value. */
export function addTexts(reading: Reading, value: Json, path: string, place: string, owner: Owner): void {
  for (const { text, at } of textsIn(value)) {
    if (isTemplate(text))
      reading.sites.push({ ...owner, notation: 'text', source: text, path: pathOf(path, at), place });
  }
}

/** Notes a name that must exist somewhere, if it is one at all. */
export function addMention(
  reading: Reading,
  of: Mention['of'],
  name: Json | undefined,
  path: string,
  owner: Owner,
): void {
  if (typeof name === 'string') reading.mentions.push({ ...owner, of, name, path, place: of });
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const asArray = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

/** The entries of a map with their paths. */
export const entriesOf = (value: Json | undefined, path: string): readonly (readonly [string, Json, string])[] =>
  isObject(value) ? Object.entries(value).map(([key, member]) => [key, member, joinPath(path, key)] as const) : [];
