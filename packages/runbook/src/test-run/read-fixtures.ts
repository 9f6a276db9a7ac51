import type { Catalog } from '../catalog.ts';
import type { Json, JsonObject, Runbook } from '../definition.ts';
import { type LintFault, sortFaults } from '../parse/faults.ts';
import { checkIntake, INTAKE_BYTES_MAX, parseIntakeFile } from '../parse/intake-file.ts';
import { joinPath } from '../parse/positions.ts';
import { readFields } from '../parse/read-fields.ts';
import { mapOf, optional, textOf } from '../parse/read-values.ts';
import { readYaml } from '../parse/read-yaml.ts';
import { addFault, asArray, isObject, startReading } from '../parse/reading.ts';
import type { Given, TestCase } from './fixture.ts';
import { checkMentions, type FixtureReading, pathBelow } from './fixture-reading.ts';
import { CASE_TABLE, DEFAULTS_TABLE, FILE_TABLE } from './fixture-tables.ts';
import { mergePatch } from './json-values.ts';
import { readExpectation, readHappenings, readStop } from './read-case-parts.ts';
import { NOTHING_GIVEN, readGiven } from './read-given.ts';
import { asInstant } from './world.ts';

export interface FixtureOptions {
  /** Shown in messages. */
  readonly file: string;
  readonly runbook: Runbook;
  readonly catalog: Catalog;
  /** Gives the text of a file named in the fixture, relative to it. */
  readonly read: (path: string) => string | undefined;
}

export interface ParsedFixtures {
  /** Only when there is no fault. */
  readonly cases?: readonly TestCase[];
  /** In reading order, each with rule, line, column, path, reason and fix. */
  readonly faults: readonly LintFault[];
}

/**
 * Reads the cases a runbook is tested against. Every name has to be one of the runbook, the intake has to fit its schema,
 * and outputs those of the actions and checks.
 */
export function parseFixtures(source: string, { file, ...options }: FixtureOptions): ParsedFixtures {
  const { value, faults, positions } = readYaml(source, file, INTAKE_BYTES_MAX);
  const reading = startReading(positions, faults);
  if (value === undefined) return { faults: sortFaults(reading.faults) };
  const context: FixtureReading = { reading, ...options };
  const cases = readFile(context, value);
  checkMentions(context);
  return reading.faults.length === 0 ? { cases, faults: [] } : { faults: sortFaults(reading.faults) };
}

/** A Monday morning. */
const USUAL_START = '2026-01-05T09:00:00.000Z';
const USUAL_TENANT = '00000000-0000-4000-8000-000000000001';

function readFile(context: FixtureReading, value: Json): readonly TestCase[] {
  const { reading, runbook } = context;
  const fields = readFields(reading, value, '', FILE_TABLE, 'fixture file');
  if (fields.runbook !== undefined && fields.runbook !== runbook.id)
    addFault(reading, {
      rule: 'other-runbook',
      path: 'runbook',
      message: `These are cases of ${String(fields.runbook)}, not of ${runbook.id}.`,
      fix: 'Name the runbook they are about.',
    });
  const defaults =
    fields.defaults === undefined ? {} : readFields(reading, fields.defaults, 'defaults', DEFAULTS_TABLE, 'default');
  const base: Setting = readSetting(context, defaults, 'defaults', {
    intake: {},
    product: {},
    env: {},
    tenant: {},
    at: USUAL_START,
    given: NOTHING_GIVEN,
  });
  const cases = asArray(fields.cases).map((item, index) => readCase(context, item, joinPath('cases', index), base));
  if (Array.isArray(fields.cases) && cases.length === 0)
    addFault(reading, {
      rule: 'no-case',
      path: 'cases',
      message: 'There is no case.',
      fix: 'Add one, or remove the file.',
    });
  checkNames(context, cases);
  return cases;
}

function checkNames({ reading }: FixtureReading, cases: readonly TestCase[]): void {
  for (const [index, { name }] of cases.entries()) {
    if (cases.findIndex((other) => other.name === name) === index) continue;
    addFault(reading, {
      rule: 'duplicate-name',
      path: joinPath(joinPath('cases', index), 'name'),
      message: `Two cases are called "${name}".`,
      fix: 'Give each its own name.',
    });
  }
}

/** What a case shares with the defaults of its file. */
interface Setting {
  readonly at: string;
  readonly intake: JsonObject;
  readonly product: JsonObject;
  readonly env: JsonObject;
  readonly tenant: JsonObject;
  readonly subject?: JsonObject;
  readonly given: Given;
}

function readSetting(context: FixtureReading, fields: JsonObject, path: string, base: Setting): Setting {
  const at = (key: string): string => joinPath(path, key);
  const subject = isObject(fields.subject) ? fields.subject : base.subject;
  return {
    at: readStart(context, fields.at, at('at')) ?? base.at,
    intake: readData(context, fields.intake, at('intake'), base.intake),
    product: readData(context, fields.product, at('product'), base.product),
    env: mergePatch(base.env, mapOf(fields.env)),
    tenant: mergePatch(base.tenant, mapOf(fields.tenant)),
    ...optional('subject', subject),
    given: readGiven(context, fields.given, at('given'), base.given),
  };
}

function readStart({ reading }: FixtureReading, value: Json | undefined, path: string): string | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  const instant = asInstant(text);
  if (instant !== undefined) return instant;
  addFault(reading, {
    rule: 'bad-time',
    path,
    message: `\`${text}\` is no instant.`,
    fix: 'Write 2026-12-01T09:00:00Z.',
  });
  return undefined;
}

/** A map is laid over what the file gives to all (a null removes); a path replaces it. */
function readData(
  { reading, read }: FixtureReading,
  value: Json | undefined,
  path: string,
  base: JsonObject,
): JsonObject {
  if (value === undefined) return base;
  if (isObject(value)) return mergePatch(base, value);
  const source = typeof value === 'string' ? read(value) : undefined;
  const parsed = source === undefined ? undefined : parseIntakeFile(source, String(value));
  if (parsed !== undefined && isObject(parsed.data)) return contentOf(parsed.data);
  const fault = parsed?.faults[0];
  addFault(reading, {
    rule: 'unreadable-file',
    path,
    message:
      fault === undefined
        ? `\`${String(value)}\` cannot be read.`
        : `\`${String(value)}\`, line ${fault.line ?? 1}: ${fault.message}`,
    fix: fault?.fix ?? 'Write a map, or a path relative to this file.',
  });
  return base;
}

/** A client file holds the intake under `intake`; a product profile has its settings as members beside its own. */
function contentOf(data: JsonObject): JsonObject {
  if (isObject(data.intake) && Object.hasOwn(data, 'runbook')) return data.intake;
  return Object.hasOwn(data, 'product') && isObject(data.settings) ? { ...data.settings, ...data } : data;
}

function readCase(context: FixtureReading, value: Json, path: string, base: Setting): TestCase {
  const { reading, runbook } = context;
  const fields = readFields(reading, value, path, CASE_TABLE, 'case');
  const setting = readSetting(context, fields, path, base);
  const intake = checkedIntake(context, setting.intake, joinPath(path, 'intake'));
  const slug = textOf(intake.slug) ?? textOf(mapOf(intake.organization).slug) ?? 'example';
  return {
    ...setting,
    name: textOf(fields.name) ?? '',
    intake,
    tenant: runbook.subject === 'none' ? null : { id: USUAL_TENANT, slug, name: slug, ...setting.tenant },
    happens: readHappenings(context, fields.happens, joinPath(path, 'happens')),
    stop: readStop(context, fields.stop, joinPath(path, 'stop')),
    rollback: fields.rollback !== undefined,
    expect: readExpectation(context, fields.expect, joinPath(path, 'expect')),
    line: reading.positions.of(path).line,
  };
}

function checkedIntake({ reading, runbook }: FixtureReading, intake: JsonObject, path: string): JsonObject {
  const { data, faults } = checkIntake(intake, runbook.intake);
  for (const { rule, message, fix, path: at } of faults)
    addFault(reading, {
      rule,
      path: pathBelow(path, at),
      message,
      ...optional('fix', fix),
    });
  return isObject(data) ? data : intake;
}
