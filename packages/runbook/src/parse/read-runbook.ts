/** The keys at the top of a runbook. */
import type { About, Json, JsonObject, Phase, Role, Runbook, Subject, Trigger } from '../definition.ts';
import { reservedKeysIn } from '../expr/index.ts';
import { misfitId } from './field-types.ts';
import {
  ABOUT_TABLE,
  CALENDAR_TABLE,
  HISTORY_TABLE,
  MAY_TABLE,
  RACI_TABLE,
  REFERENCE_TABLE,
  REVIEW_TABLE,
  ROLE_TABLE,
  RUNBOOK_TABLE,
  type Table,
  TRIGGER_TABLE,
} from './grammar.ts';
import { joinPath, pathOf } from './positions.ts';
import { readFields } from './read-fields.ts';
import { readInformedOf } from './read-informed-of.ts';
import { type ReadFile, readIntake } from './read-intake.ts';
import { readPhases, readSteps } from './read-phase.ts';
import { celOf, mapOf, optional, readRungs, textOf, textsOf } from './read-values.ts';
import { addFault, addTexts, asArray, entriesOf, isObject, type Reading } from './reading.ts';

const ONLY_PHASE = 'main';

/** The runbook as far as it can be read; undefined when the file is not a map at all. */
export function readRunbook(reading: Reading, value: Json, read: ReadFile): Runbook | undefined {
  const fields = readFields(reading, value, '', RUNBOOK_TABLE, 'runbook');
  if (!isObject(value)) return undefined;
  for (const segments of reservedKeysIn(value)) {
    const message = `\`${String(segments.at(-1))}\` is a key only the system writes.`;
    addFault(reading, { rule: 'reserved-key', path: pathOf('', segments), message, fix: 'Remove it.', key: true });
  }
  const about = readAbout(reading, fields.about);
  return {
    id: textOf(fields.runbook) ?? '',
    version: textOf(fields.version) ?? '',
    title: textOf(fields.title) ?? '',
    owner: textOf(fields.owner) ?? '',
    subject: (textOf(fields.subject) ?? 'none') as Subject,
    about,
    intake: readIntake(reading, fields.intake, read),
    vars: readVars(reading, fields.vars),
    roles: readRoles(reading, fields.roles),
    ...optional('calendar', readCalendar(reading, fields.calendar)),
    ...optional('goLive', fields.go_live),
    ...optional('estimate', fields.estimate),
    escalation: readRungs(reading, fields.escalation, 'escalation', {}),
    may: readMay(reading, fields.may, about.raci.accountable ?? []),
    triggers: asArray(fields.triggers).map((trigger, index) =>
      readTrigger(reading, trigger, joinPath('triggers', index)),
    ),
    ...optional('rollback', textOf(fields.rollback)),
    outputs: mapOf(fields.outputs),
    phases: readBodyOfRunbook(reading, value, fields),
  };
}

function readBodyOfRunbook(reading: Reading, value: JsonObject, fields: JsonObject): readonly Phase[] {
  const hasPhases = Object.hasOwn(value, 'phases');
  if (hasPhases === Object.hasOwn(value, 'steps')) {
    addFault(reading, {
      rule: 'missing-key',
      path: hasPhases ? 'steps' : '',
      message: 'A runbook has either `phases` or `steps`.',
      fix: hasPhases ? 'Move the steps into a phase.' : 'Add `phases:` or `steps:`.',
    });
  }
  if (hasPhases) return readPhases(reading, fields.phases, 'phases');
  reading.phasePaths.set(ONLY_PHASE, 'steps');
  const steps = readSteps(reading, fields.steps, 'steps', ONLY_PHASE, 'production', false);
  return [
    {
      id: ONLY_PHASE,
      title: textOf(fields.title) ?? '',
      needs: [],
      entry: [],
      exit: [],
      artifacts: [],
      parallel: false,
      environment: 'production',
      steps,
    },
  ];
}

/** The items of a list, each checked against a table. */
const readEach = (
  reading: Reading,
  value: Json | undefined,
  path: string,
  table: Table,
  what: string,
): readonly JsonObject[] =>
  asArray(value).map((item, index) => readFields(reading, item, joinPath(path, index), table, what));

function readAbout(reading: Reading, value: Json | undefined): About {
  if (value === undefined) return { history: [], references: {}, raci: {}, approvers: [] };
  const fields = readFields(reading, value, 'about', ABOUT_TABLE, 'about');
  const review =
    fields.review === undefined
      ? undefined
      : readFields(reading, fields.review, 'about.review', REVIEW_TABLE, 'review');
  const references = entriesOf(fields.references, 'about.references').map(([id, reference, path]) => {
    const { title, path: file, url } = readFields(reading, reference, path, REFERENCE_TABLE, 'reference');
    if (file === undefined && url === undefined)
      addFault(reading, {
        rule: 'missing-key',
        path,
        message: 'A reference has a `path` or a `url`.',
        fix: 'Add one.',
      });
    return [
      id,
      { title: textOf(title) ?? id, ...optional('path', textOf(file)), ...optional('url', textOf(url)) },
    ] as const;
  });
  const raci = fields.raci === undefined ? {} : readFields(reading, fields.raci, 'about.raci', RACI_TABLE, 'raci');
  const text = (of: JsonObject, key: string): string => textOf(of[key]) ?? '';
  return {
    ...optional('status', textOf(fields.status)),
    ...optional('purpose', textOf(fields.purpose)),
    ...optional(
      'review',
      review === undefined ? undefined : { every: text(review, 'every'), next: text(review, 'next') },
    ),
    history: readEach(reading, fields.history, 'about.history', HISTORY_TABLE, 'history').map((entry) => ({
      version: text(entry, 'version'),
      date: text(entry, 'date'),
      author: text(entry, 'author'),
      changes: text(entry, 'changes'),
    })),
    references: Object.fromEntries(references),
    raci: Object.fromEntries(Object.entries(raci).map(([part, roles]) => [part, textsOf(roles)])),
    ...optional('informedOf', readInformedOf(reading, fields.informed_of, textsOf(raci.informed))),
    approvers: textsOf(fields.approvers),
  };
}

function readVars(reading: Reading, value: Json | undefined): Runbook['vars'] {
  for (const [name, member, path] of entriesOf(value, 'vars')) {
    const fault = misfitId(name);
    if (fault !== undefined) addFault(reading, { ...fault, path, key: true });
    addTexts(reading, member, path, 'runbook.vars', {});
  }
  return mapOf(value);
}

function readRoles(reading: Reading, value: Json | undefined): Readonly<Record<string, Role>> {
  const roles = entriesOf(value, 'roles').map(([id, member, path]) => {
    const fault = misfitId(id);
    if (fault !== undefined) addFault(reading, { ...fault, path, key: true });
    const { title, party, contact } = readFields(reading, member, path, ROLE_TABLE, 'role');
    return [
      id,
      {
        title: textOf(title) ?? id,
        party: party === 'client' ? 'client' : 'vendor',
        ...optional('contact', textOf(contact)),
      },
    ] as const;
  });
  return Object.fromEntries(roles) as Readonly<Record<string, Role>>;
}

function readCalendar(reading: Reading, value: Json | undefined): Runbook['calendar'] {
  if (value === undefined) return undefined;
  const fields = readFields(reading, value, 'calendar', CALENDAR_TABLE, 'calendar');
  const timezone = textOf(fields.timezone);
  if (timezone === undefined) return undefined;
  return {
    timezone,
    ...optional('workdays', textOf(fields.workdays)),
    ...optional('hours', textOf(fields.hours)),
    ...optional('holidays', fields.holidays === undefined ? undefined : textsOf(fields.holidays)),
  };
}

function readMay(reading: Reading, value: Json | undefined, accountable: readonly string[]): Runbook['may'] {
  const fields = value === undefined ? {} : readFields(reading, value, 'may', MAY_TABLE, 'may');
  const roles = (key: string): readonly string[] => (fields[key] === undefined ? accountable : textsOf(fields[key]));
  return { override: roles('override'), cancel: roles('cancel'), rollback: roles('rollback') };
}

function readTrigger(reading: Reading, value: Json, path: string): Trigger {
  const name = isObject(value) ? String(value.event) : '';
  const fields = readFields(reading, value, path, TRIGGER_TABLE, 'trigger', { outputOf: { kind: 'event', name } });
  const event = textOf(fields.event);
  if (event !== undefined)
    reading.mentions.push({ of: 'event', name: event, path: joinPath(path, 'event'), place: 'event' });
  return { event: event ?? '', ...optional('if', celOf(fields.if)), intake: mapOf(fields.intake) };
}
