/**
 * The keys of the language, as tables. The parser checks files against them, the linter finds expressions through
 * them, and the JSON Schema for editors is made from them, so the three cannot drift apart.
 */

export type FieldType =
  | 'id'
  | 'ids'
  | 'file_id'
  | 'version'
  | 'string'
  | 'strings'
  /** Text in which `${{ }}` may stand. */
  | 'text'
  /** Any value, with `${{ }}` in its texts. */
  | 'value'
  /** A map of such values. */
  | 'with'
  /** A map of texts. */
  | 'texts'
  | 'cel'
  /** label: expression. */
  | 'gates'
  | 'duration'
  | 'range'
  /** A range, or text that gives one. */
  | 'range_text'
  | 'time'
  | 'bool'
  /** A whole number from 1. */
  | 'count'
  | 'factor'
  | 'role'
  | 'role_names'
  | 'roles'
  | 'step_ids'
  | 'phase_id'
  | 'phase_ids'
  | 'runbook_id'
  | 'artifact'
  | 'artifacts'
  /** Read by a function of its own. */
  | 'map'
  | 'list'
  | 'any';

export interface Field {
  readonly type: FieldType;
  readonly about: string;
  readonly required?: true;
  /** The only values allowed. */
  readonly values?: readonly string[];
}

export type Table = Readonly<Record<string, Field>>;

const field = (type: FieldType, about: string, values?: readonly string[]): Field => ({
  type,
  about,
  ...(values === undefined ? {} : { values }),
});
const required = (type: FieldType, about: string, values?: readonly string[]): Field => ({
  ...field(type, about, values),
  required: true,
});

export const RUNBOOK_TABLE: Table = {
  runbook: required('file_id', 'Its name; runs and `run:` refer to it'),
  version: required('version', 'A published version never changes'),
  title: required('text', 'Shown to people'),
  owner: required('string', 'The owning team'),
  subject: required('string', 'What a run is about', ['new_tenant', 'tenant', 'run', 'none']),
  about: field('map', 'Status, purpose, review, history, references, RACI, approvers'),
  intake: field('any', 'JSON Schema of the intake, or the path of a file that holds it'),
  vars: field('map', 'Named values, evaluated once, at start'),
  roles: required('map', 'Who takes part: {title, party, contact}'),
  calendar: field('map', 'Zone, working days, hours and holidays'),
  go_live: field('text', 'The anchor date; moving it moves every time not yet reached'),
  estimate: field('range_text', 'Effort of the whole'),
  escalation: field('list', 'Default ladder for open human steps'),
  may: field('map', 'Who may override, cancel and roll back'),
  triggers: field('list', 'Events that start a run'),
  rollback: field('runbook_id', 'The runbook that takes a run back'),
  outputs: field('texts', 'What a calling `run:` step may read'),
  phases: field('list', 'Phases, in order'),
  steps: field('list', 'Steps of the only phase'),
};

export const ABOUT_TABLE: Table = {
  status: field('string', 'Such as draft or production_ready'),
  purpose: field('string', 'What it is for'),
  review: field('map', '{every, next}'),
  history: field('list', '[{version, date, author, changes}]'),
  references: field('map', 'id: {title, path or url}'),
  raci: field('map', 'responsible, accountable, consulted, informed: [role]'),
  informed_of: field('map', 'role: what it is told of, where the usual is too much or too little'),
  approvers: field('role_names', 'Roles that sign a version before its first run'),
};

export const REVIEW_TABLE: Table = {
  every: required('string', 'How often'),
  next: required('string', 'Next review, a date'),
};

export const HISTORY_TABLE: Table = {
  version: required('version', 'The version'),
  date: required('string', 'When'),
  author: required('string', 'Who'),
  changes: required('string', 'What'),
};

export const REFERENCE_TABLE: Table = {
  title: required('string', 'Shown as the link'),
  path: field('string', 'A file of the repository'),
  url: field('string', 'An address'),
};

export const RACI_TABLE: Table = {
  responsible: field('role_names', 'Does the work'),
  accountable: field('role_names', 'Answers for it'),
  consulted: field('role_names', 'Is asked'),
  informed: field('role_names', 'Is told'),
};

export const ROLE_TABLE: Table = {
  title: required('string', 'Shown to people'),
  party: field('string', '`client` acts in the portal', ['vendor', 'client']),
  contact: field('text', 'Whom to reach'),
};

export const CALENDAR_TABLE: Table = {
  timezone: required('text', 'IANA zone'),
  workdays: field('text', 'Such as mon-fri'),
  hours: field('text', 'Such as 09:00-18:00'),
  holidays: field('strings', 'Dates'),
};

export const RUNG_TABLE: Table = {
  after: required('duration', 'Working time after the step became ready'),
  to: required('role', 'Who is told'),
};

export const MAY_TABLE: Table = {
  override: field('role_names', 'Who may override'),
  cancel: field('role_names', 'Who may cancel'),
  rollback: field('role_names', 'Who may roll back'),
};

export const TRIGGER_TABLE: Table = {
  event: required('string', 'The event that starts a run'),
  if: field('cel', 'Only when this holds of `event`'),
  intake: field('with', 'The intake of the run'),
};

export const PHASE_TABLE: Table = {
  id: required('id', 'Unique among phases'),
  title: field('text', 'Shown to people'),
  owner: field('roles', 'Inherited by steps'),
  if: field('cel', 'Over intake, product, tenant and vars only'),
  needs: field('phase_ids', 'Replaces the default, which is the phase before'),
  start: field('time', 'Not before'),
  entry: field('gates', 'Opens when every line holds'),
  exit: field('gates', 'Closes when every line holds'),
  artifacts: field('artifacts', 'Must exist to close'),
  parallel: field('bool', 'Steps wait only for their `needs`'),
  duration: field('range', 'Elapsed time, for the planner'),
  estimate: field('range', 'Effort'),
  environment: field('string', 'Which connections and `env` the steps use'),
  steps: required('list', 'Steps'),
};

/** Keys of every step. */
export const STEP_TABLE: Table = {
  id: required('id', 'Unique in the runbook'),
  title: field('text', 'Shown to people'),
  instructions: field('text', 'What to do, for people'),
  help: field('text', 'A reference id, a path or a URL'),
  if: field('cel', 'Read once, when its needs are settled'),
  needs: field('step_ids', 'Replaces the default, which is the step before'),
  owner: field('roles', 'Who acts, or answers for it'),
  start: field('time', 'Not before'),
  repeat: field('map', '{from, every, for} or {from, on: [offset]}'),
  timeout: field('duration', 'From ready to settled; then it fails'),
  retry: field('map', '{times, wait, factor}'),
  on_fail: field('any', 'halt, continue, rollback or {run: id}'),
  undo: field('any', 'none, keep, or a body'),
  escalate: field('list', 'Replaces the ladder'),
  artifact: field('artifact', 'Keeps what the step leaves'),
  estimate: field('range', 'Effort'),
  environment: field('string', 'Which connections and `env` it uses'),
};

export const REPEAT_TABLE: Table = {
  from: required('time', 'The first moment'),
  every: field('duration', 'Time between occurrences'),
  for: field('duration', 'How long'),
  on: field('list', 'Offsets from `from`'),
};

export const RETRY_TABLE: Table = {
  times: required('count', 'Retries after the first attempt'),
  wait: field('duration', 'Before the first retry'),
  factor: field('factor', 'Each wait is this many times the one before'),
};

const verify = field('map', '{check, with, expect, within, hold, every}, run when the person says done');

/** Each kind: its own key first, then the keys only it has. */
export const KIND_TABLES = {
  uses: {
    uses: required('string', 'An action'),
    with: field('with', 'Its input'),
    expect: field('cel', 'Also required of `output`'),
    manual: field('string', 'May a person do it by hand', ['allowed', 'only']),
    temporary: field('bool', 'Undone when the phase closes'),
    irreversible: field('bool', 'No way back from its start on'),
    confirm: field('text', 'The text to type'),
  },
  check: {
    check: required('string', 'A probe; reads only'),
    with: field('with', 'Its input'),
    expect: required('cel', 'Required of `output`'),
    within: field('duration', 'Poll until true'),
    hold: field('duration', 'Must stay true this long'),
    every: field('duration', 'How often to look'),
  },
  task: {
    task: required('text', 'What a person does'),
    checklist: field('list', 'Items to tick'),
    form: field('map', 'name: JSON Schema property; becomes `output`'),
    record: field('string', 'The record of the intake that the answers become: content, who, when and hash'),
    shows: field('texts', 'label: text; a secret shows as a one-time reveal'),
    evidence: field('string', 'What the person must leave', ['note', 'file', 'link']),
    verify,
  },
  approve: {
    approve: required('map', '{by, need, of}: permission'),
    back_to: field('phase_id', 'The phase to reopen on no'),
  },
  sign_off: {
    sign_off: required('map', '{by, need, of, statement}: acceptance'),
    back_to: field('phase_id', 'The phase to reopen on no'),
  },
  wait: {
    wait: required('map', '{event, where, count}'),
  },
  document: {
    document: required('string', 'Path of the template'),
    with: field('with', 'Values for the template'),
    format: field('string', 'What to write', ['md', 'html', 'pdf', 'json', 'yaml']),
    name: field('text', 'File name'),
  },
  choose: {
    choose: required('map', '{recommended, options}'),
    verify,
    outputs: field('map', 'name: type that every option must give'),
    temporary: field('bool', 'Undone when the phase closes'),
  },
  run: {
    run: required('runbook_id', 'A child run'),
    with: field('with', 'Its intake'),
  },
} as const satisfies Record<string, Table>;

export type Kind = keyof typeof KIND_TABLES;
export const KINDS = Object.keys(KIND_TABLES) as readonly Kind[];

export const APPROVE_TABLE: Table = {
  by: required('role_names', 'Roles that may say yes'),
  need: field('count', 'How many people; default 1'),
  of: field('list', 'What the yes is bound to'),
};

export const SIGN_OFF_TABLE: Table = {
  ...APPROVE_TABLE,
  need: field('count', 'How many people; default all'),
  statement: required('text', 'What is signed'),
};

export const WAIT_TABLE: Table = {
  event: required('string', 'The event'),
  where: field('cel', 'Required of `event`'),
  count: field('count', 'How many; default 1'),
};

export const CHOOSE_TABLE: Table = {
  recommended: required('string', 'Picked when nobody is there'),
  options: required('map', 'id: body'),
};

export const VERIFY_TABLE: Table = {
  check: required('string', 'A probe'),
  with: field('with', 'Its input'),
  expect: required('cel', 'Required of `output`'),
  within: field('duration', 'Poll until true, before it goes back to its person'),
  hold: field('duration', 'Must stay true this long'),
  every: field('duration', 'How often to look'),
};

export const CHECKLIST_TABLE: Table = {
  id: field('id', 'Default: its position'),
  item: required('text', 'What to tick'),
  owner: field('roles', 'Who ticks it'),
  if: field('cel', 'Only when this holds'),
  check: field('string', 'The system ticks it'),
  with: field('with', 'Input of the check'),
  expect: field('cel', 'The system ticks it when this holds'),
  evidence: field('string', 'What the person must leave', ['note', 'file', 'link']),
};

/** Keys of a step that an option of `choose` and the body of an `undo` may also have. */
export const BODY_KEYS = ['title', 'instructions', 'help', 'owner', 'timeout', 'estimate'] as const;

/** Which kinds have a key, for "`within` belongs to `check`". */
export const kindsWith = (key: string): readonly Kind[] =>
  KINDS.filter((kind) => Object.hasOwn(KIND_TABLES[kind], key));
