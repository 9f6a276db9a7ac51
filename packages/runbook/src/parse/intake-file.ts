import type { Json, JsonSchema } from '../definition.ts';
import { reservedKeysIn } from '../expr/index.ts';
import { nearest } from '../expr/suggest.ts';
import { fileFault, type LintFault, sortFaults } from './faults.ts';
import { compileSchema, type ErrorObject } from './intake-schema.ts';
import { joinPath, type Positions, pathOf } from './positions.ts';
import { readYaml } from './read-yaml.ts';
import { isObject } from './reading.ts';

/** The largest intake file that is read. */
export const INTAKE_BYTES_MAX = 1024 * 1024;

export interface IntakeFile {
  readonly data?: Json;
  readonly faults: readonly LintFault[];
  readonly positions: Positions;
}

/** Reads a client's intake file (YAML, and so JSON too). A file that is too large or hostile gives one clear fault. */
export function parseIntakeFile(source: string, file: string): IntakeFile {
  const { value, faults, positions } = readYaml(source, file, INTAKE_BYTES_MAX);
  if (faults.length > 0) return { faults: sortFaults(faults), positions };
  if (isObject(value)) return { data: value, faults: [], positions };
  return {
    faults: [fileFault('wrong-type', 'The file is not a map of intake fields.', 'Write `name: value` lines.')],
    positions,
  };
}

export interface CheckedIntake {
  /** A copy with the schema's defaults filled in. */
  readonly data: Json;
  readonly faults: readonly LintFault[];
}

export interface CheckOptions {
  /** What the data is, in messages; `intake` where nothing is said. */
  readonly what?: string;
  /** The data comes from this system, with its secrets sealed; from anybody else a sealed secret is refused. */
  readonly sealed?: boolean;
}

/**
 * Checks intake against the schema of a runbook; every fault at once, each naming its field and, from a file, its
 * line. Objects that list their properties take no others unless the schema says so.
 */
export function checkIntake(
  data: Json,
  schema: JsonSchema,
  positions?: Positions,
  options: CheckOptions = {},
): CheckedIntake {
  if (isDeep(data))
    return {
      data: null,
      faults: [
        fileFault('too-deep', `The ${options.what ?? 'intake'} is nested too deeply to be read.`, 'Flatten it.'),
      ],
    };
  const copy = structuredClone(data);
  const reserved = options.sealed === true ? [] : reservedFaults(copy, positions);
  const validate = compileSchema(schema, options.sealed === true ? 'sealed' : 'plain');
  if (validate(copy)) return { data: copy, faults: reserved };
  const faults = (validate.errors ?? [])
    .filter((error) => error.keyword !== 'if')
    .map((error) => intakeFault(error, copy, positions, options.what ?? 'intake'));
  return { data: copy, faults: sortFaults(distinct([...reserved, ...faults])) };
}

const DEPTH_MAX = 64;

/** Level by level, because data that comes as JSON may nest deeper than the stack. */
function isDeep(data: Json): boolean {
  let level: readonly Json[] = [data];
  for (let depth = 0; depth <= DEPTH_MAX; depth += 1) {
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []));
    if (level.length === 0) return false;
  }
  return true;
}

const reservedFaults = (data: Json, positions: Positions | undefined): readonly LintFault[] =>
  reservedKeysIn(data).map((segments) => {
    const path = pathOf('', segments);
    return {
      rule: 'reserved-key',
      severity: 'error',
      path,
      message: `\`${String(segments.at(-1))}\` is a key only the system writes.`,
      fix: 'Remove it.',
      ...positions?.ofKey(path),
    };
  });

/** `anyOf` and friends report one fault for each branch; the same words at the same place are one fault. */
function distinct(faults: readonly LintFault[]): readonly LintFault[] {
  const seen = new Map(faults.map((fault) => [`${fault.path} ${fault.message}`, fault]));
  return [...seen.values()];
}

function intakeFault(error: ErrorObject, data: Json, positions: Positions | undefined, what: string): LintFault {
  const base = pathOfPointer(error.instancePath, data);
  const params = error.params as Readonly<Record<string, unknown>>;
  const extra =
    error.keyword === 'required' ? params.missingProperty : (params.additionalProperty ?? params.unevaluatedProperty);
  const path = typeof extra === 'string' ? joinPath(base, extra) : base;
  const place =
    error.keyword === 'required'
      ? positions?.of(base)
      : typeof extra === 'string'
        ? positions?.ofKey(path)
        : positions?.of(path);
  return { rule: `intake-${error.keyword}`, severity: 'error', path, ...wording(error, path, params, what), ...place };
}

function pathOfPointer(pointer: string, data: Json): string {
  let path = '';
  let value: Json | undefined = data;
  for (const token of pointer.split('/').slice(1)) {
    const name = token.replace(/~1/g, '/').replace(/~0/g, '~');
    path = joinPath(path, Array.isArray(value) ? Number(name) : name);
    value = Array.isArray(value) ? value[Number(name)] : isObject(value) ? value[name] : undefined;
  }
  return path;
}

const KIND_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  null: 'empty',
};

function wording(
  error: ErrorObject,
  path: string,
  params: Readonly<Record<string, unknown>>,
  what: string,
): { message: string; fix?: string } {
  const name = path === '' ? `The ${what}` : `\`${path}\``;
  switch (error.keyword) {
    case 'required':
      return { message: `${name} is missing.`, fix: 'Add it.' };
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return unknownField(error, name, params, what);
    case 'type':
      return {
        message: `${name} must be ${kinds(params.type)}.`,
        ...(params.type === 'string' ? { fix: 'Put quotes around it.' } : {}),
      };
    case 'enum':
      return {
        message: `${name} must be one of ${(params.allowedValues as readonly unknown[]).map(String).join(', ')}.`,
      };
    case 'const':
      return { message: `${name} must be ${JSON.stringify(params.allowedValue)}.` };
    case 'format':
      return { message: `${name} is not a valid ${String(params.format)}.`, ...formatFix(String(params.format)) };
    case 'false schema':
      return { message: `${name} must be left out here.`, fix: 'Remove it.' };
    case 'pattern':
      return { message: `${name} does not have the form asked for (${String(params.pattern)}).` };
    default:
      return { message: `${name} ${error.message ?? 'does not fit'}.` };
  }
}

const kinds = (type: unknown): string =>
  (Array.isArray(type) ? type : [type]).map((one) => KIND_WORDS[String(one)] ?? String(one)).join(' or ');

const FORMAT_EXAMPLES: Readonly<Record<string, string>> = {
  date: '2026-03-01',
  'date-time': '2026-03-01T09:00:00Z',
  email: 'name@example.com',
  uri: 'https://example.com',
};
const formatFix = (format: string): { fix?: string } =>
  FORMAT_EXAMPLES[format] === undefined ? {} : { fix: `Write it like ${FORMAT_EXAMPLES[format]}.` };

function unknownField(
  error: ErrorObject,
  name: string,
  params: Readonly<Record<string, unknown>>,
  what: string,
): { message: string; fix?: string } {
  const extra = String(params.additionalProperty ?? params.unevaluatedProperty);
  const parent = error.parentSchema as { properties?: object } | undefined;
  const near = nearest(extra, Object.keys(parent?.properties ?? {}));
  return {
    message: `${name} is not a field of this ${what}.`,
    fix: near === undefined ? 'Remove it.' : `Did you mean \`${near}\`?`,
  };
}
