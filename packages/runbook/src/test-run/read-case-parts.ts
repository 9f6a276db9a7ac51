/** `happens`, `stop` and `expect` of a case. */

import type { RunStatus } from '../advance/index.ts';
import type { Json, JsonObject } from '../definition.ts';
import { ExpressionError, parseDuration, parseTime } from '../expr/index.ts';
import { joinPath } from '../parse/positions.ts';
import { readFields } from '../parse/read-fields.ts';
import { mapOf, optional, textOf, textsOf } from '../parse/read-values.ts';
import { addFault, asArray, entriesOf, isObject } from '../parse/reading.ts';
import { indexOf } from '../runbook-index.ts';
import type { Deed, Expectation, Happening, Stop } from './fixture.ts';
import { type FixtureReading, isKnown, isOneOf } from './fixture-reading.ts';
import { DEEDS, EXPECT_TABLE, HAPPENING_TABLE, STATUSES, STOP_TABLE } from './fixture-tables.ts';
import { asInstant } from './world.ts';

export const readHappenings = (context: FixtureReading, value: Json | undefined, path: string): readonly Happening[] =>
  asArray(value).flatMap((item, index) => readHappening(context, item, joinPath(path, index)));

function readHappening(context: FixtureReading, value: Json, path: string): readonly Happening[] {
  const fields = readFields(context.reading, value, path, HAPPENING_TABLE, 'happening');
  const [key, ...more] = DEEDS.filter((name) => Object.hasOwn(fields, name));
  if (key === undefined || more.length > 0) {
    addFault(context.reading, {
      rule: 'not-one-deed',
      path,
      message:
        key === undefined ? 'Nothing happens here.' : `\`${key}\` and \`${more.join('`, `')}\` are two happenings.`,
      fix: key === undefined ? `Write one of ${DEEDS.join(', ')}.` : 'Write one after the other.',
    });
    return [];
  }
  const deed = readDeed(context, key, fields, joinPath(path, key));
  if (deed === undefined) return [];
  return [
    {
      ...optional('at', readTestTime(context, fields.at, joinPath(path, 'at'))),
      ...optional('by', textOf(fields.by)),
      ...optional('refused', textOf(fields.refused)),
      deed,
    },
  ];
}

function readDeed(context: FixtureReading, key: string, fields: JsonObject, path: string): Deed | undefined {
  const value = fields[key] ?? null;
  const map = mapOf(value);
  const named = (name: string): string => textOf(map[name]) ?? '';
  switch (key) {
    case 'retry':
    case 'override':
    case 'take_over':
      return isKnown(context, 'step', String(value), path) ? { do: key, what: String(value) } : undefined;
    case 'reopen':
      // The table says that it is a phase: an unknown one is reported with the other names.
      return { do: key, what: String(value), undo: fields.undo === true };
    case 'go_live_moved':
      return { do: key, what: String(value) };
    case 'override_gate': {
      const phase = named('phase');
      const label = named('label');
      if (!isKnown(context, 'phase', phase, joinPath(path, 'phase'))) return undefined;
      const { entry, exit } = indexOf(context.runbook).phase(phase);
      const labels = [...entry, ...exit].map((gate) => gate.label);
      return isOneOf(context, 'gate', label, labels, joinPath(path, 'label')) ? { do: key, phase, label } : undefined;
    }
    case 'resolve': {
      const outcome = named('outcome');
      const known = isKnown(context, 'step', named('step'), joinPath(path, 'step'));
      if (!isOneOf(context, 'outcome', outcome, ['happened', 'did_not_happen'], joinPath(path, 'outcome')))
        return undefined;
      return known ? { do: key, what: named('step'), outcome: outcome as 'happened' | 'did_not_happen' } : undefined;
    }
    case 'mend_intake':
      return { do: key, intake: map };
    case 'cancel':
      return { do: key, undo: value === 'undo' };
    default:
      return { do: 'rollback' };
  }
}

/** `+2d`, an instant, or a time of the language. */
export function readTestTime({ reading }: FixtureReading, value: Json | undefined, path: string): string | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  try {
    if (text.startsWith('+')) parseDuration(text.slice(1).trim());
    else if (asInstant(text) === undefined) parseTime(text);
    return text;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const fix = 'Write +2d, 2026-12-01T09:00:00Z, or a time such as go_live - 1d 09:00.';
    addFault(reading, { rule: 'bad-time', path, message: error.message, fix });
    return undefined;
  }
}

export function readStop(context: FixtureReading, value: Json | undefined, path: string): Stop {
  if (value === undefined) return {};
  const fields = readFields(context.reading, value, path, STOP_TABLE, 'stop');
  const before = textOf(fields.before);
  if (before !== undefined) isKnown(context, 'step', before, joinPath(path, 'before'));
  return {
    ...optional('before', before),
    ...optional('at', textOf(fields.at) as RunStatus | undefined),
    ...optional('until', readTestTime(context, fields.until, joinPath(path, 'until'))),
  };
}

export function readExpectation(context: FixtureReading, value: Json | undefined, path: string): Expectation {
  const fields = value === undefined ? {} : readFields(context.reading, value, path, EXPECT_TABLE, 'expectation');
  if (isObject(value) && Object.keys(value).length === 0)
    addFault(context.reading, {
      rule: 'nothing-expected',
      path,
      message: 'A case that expects nothing cannot fail.',
      fix: 'Name at least the status of the run: `status: completed`.',
    });
  return {
    ...optional('status', textOf(fields.status) as RunStatus | undefined),
    steps: statuses(context, fields, 'steps', path),
    phases: statuses(context, fields, 'phases', path),
    ...optional('asks', fields.asks === undefined ? undefined : textsOf(fields.asks)),
    artifacts: textsOf(fields.artifacts),
    escalations: Object.fromEntries(
      entriesOf(fields.escalations, joinPath(path, 'escalations')).map(([id, roles, at]) => {
        isKnown(context, 'step', id, at, true);
        for (const [index, role] of textsOf(roles).entries()) isKnown(context, 'role', role, joinPath(at, index));
        return [id, textsOf(roles)] as const;
      }),
    ),
  };
}

function statuses(
  context: FixtureReading,
  fields: JsonObject,
  of: 'steps' | 'phases',
  path: string,
): Readonly<Record<string, string>> {
  const entries = entriesOf(fields[of], joinPath(path, of)).map(([id, value, at]) => {
    isKnown(context, of === 'steps' ? 'step' : 'phase', id, at, true);
    isOneOf(context, 'status', String(value), STATUSES[of], at);
    return [id, String(value)] as const;
  });
  return Object.fromEntries(entries);
}
