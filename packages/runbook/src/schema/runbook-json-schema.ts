/** The JSON Schema of runbook files, for completion and inline errors in editors; made from the grammar's tables. */
import type { Json, JsonSchema } from '../definition.ts';
import {
  ABOUT_TABLE,
  APPROVE_TABLE,
  BODY_KEYS,
  CALENDAR_TABLE,
  CHECKLIST_TABLE,
  CHOOSE_TABLE,
  type Field,
  type FieldType,
  HISTORY_TABLE,
  KIND_TABLES,
  KINDS,
  MAY_TABLE,
  PHASE_TABLE,
  RACI_TABLE,
  REFERENCE_TABLE,
  REPEAT_TABLE,
  RETRY_TABLE,
  REVIEW_TABLE,
  ROLE_TABLE,
  RUNBOOK_TABLE,
  RUNG_TABLE,
  SIGN_OFF_TABLE,
  STEP_TABLE,
  type Table,
  TRIGGER_TABLE,
  VERIFY_TABLE,
  WAIT_TABLE,
} from '../parse/grammar.ts';

type Schemas = Readonly<Record<string, JsonSchema>>;

const ID = '^[a-z][a-z0-9_]*$';
const DURATION = '^\\d+(\\.\\d+)?(s|m|h|d|w|mo|bd)$';
const RANGE = '^\\d+(\\.\\d+)?(s|m|h|d|w|mo|bd)( ?- ?\\d+(\\.\\d+)?(s|m|h|d|w|mo|bd))?$';

const text: JsonSchema = { type: 'string' };
const texts: JsonSchema = { type: 'array', items: text };
const mapOf = (values: JsonSchema): JsonSchema => ({ type: 'object', additionalProperties: values });
const listOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items });
const ref = (name: string): JsonSchema => ({ $ref: `#/$defs/${name}` });
const anything: JsonSchema = {};

const TYPES: Readonly<Record<FieldType, JsonSchema>> = {
  id: { type: 'string', pattern: ID },
  ids: texts,
  file_id: { type: 'string', pattern: '^[a-z][a-z0-9-]*$' },
  version: text,
  string: text,
  strings: texts,
  text,
  value: anything,
  with: { type: 'object' },
  texts: mapOf(text),
  cel: { type: ['string', 'boolean'] },
  gates: mapOf(text),
  duration: { type: 'string', pattern: DURATION },
  range: { type: 'string', pattern: RANGE },
  range_text: text,
  time: text,
  bool: { type: 'boolean' },
  count: { type: 'integer', minimum: 1, maximum: 1000 },
  factor: { type: 'number', minimum: 1, maximum: 100 },
  role: text,
  role_names: texts,
  roles: ref('owner'),
  step_ids: texts,
  phase_id: text,
  phase_ids: texts,
  runbook_id: text,
  artifact: { type: 'string', pattern: ID },
  artifacts: texts,
  map: { type: 'object' },
  list: { type: 'array' },
  any: anything,
};

function fieldSchema(field: Field): JsonSchema {
  const base = TYPES[field.type];
  return { ...base, description: field.about, ...(field.values === undefined ? {} : { enum: field.values }) };
}

/** A closed object; `inner` gives the schemas of members that the table only calls a map or a list. */
function tableSchema(table: Table, inner: Schemas = {}): JsonSchema {
  const properties = Object.entries(table).map(([key, field]): [string, Json] => [
    key,
    { ...fieldSchema(field), ...inner[key] },
  ]);
  const required = Object.entries(table).flatMap(([key, field]) => (field.required ? [key] : []));
  return { type: 'object', properties: Object.fromEntries(properties), required, additionalProperties: false };
}

const KIND_INNER: Schemas = {
  checklist: listOf(ref('checklistItem')),
  form: mapOf({ type: 'object' }),
  verify: ref('verify'),
  approve: tableSchema(APPROVE_TABLE, { of: texts }),
  sign_off: tableSchema(SIGN_OFF_TABLE, { of: texts }),
  wait: tableSchema(WAIT_TABLE),
  choose: tableSchema(CHOOSE_TABLE, { options: mapOf(ref('body')) }),
  outputs: mapOf(text),
};

const STEP_INNER: Schemas = {
  repeat: tableSchema(REPEAT_TABLE, { on: texts }),
  retry: tableSchema(RETRY_TABLE),
  on_fail: {
    anyOf: [
      { enum: ['halt', 'continue', 'rollback'] },
      { type: 'object', properties: { run: text }, required: ['run'], additionalProperties: false },
    ],
  },
  undo: { anyOf: [{ enum: ['none', 'keep'] }, ref('body')] },
  escalate: listOf(ref('escalation')),
};

const bodyTable = Object.fromEntries(BODY_KEYS.map((key) => [key, STEP_TABLE[key]])) as Table;

const steps = listOf(ref('step'));

function definitions(): Schemas {
  const kinds = (common: Table): JsonSchema => ({
    oneOf: KINDS.map((kind) => tableSchema({ ...common, ...KIND_TABLES[kind] }, { ...STEP_INNER, ...KIND_INNER })),
  });
  return {
    owner: {
      anyOf: [
        text,
        { type: 'object', properties: { any: texts }, required: ['any'], additionalProperties: false },
        { type: 'object', properties: { all: texts }, required: ['all'], additionalProperties: false },
      ],
    },
    escalation: tableSchema(RUNG_TABLE),
    verify: tableSchema(VERIFY_TABLE),
    checklistItem: { anyOf: [text, tableSchema(CHECKLIST_TABLE)] },
    body: kinds(bodyTable),
    step: kinds(STEP_TABLE),
    phase: tableSchema(PHASE_TABLE, { steps }),
  };
}

/** Draft 2020-12. */
export function runbookJsonSchema(): JsonSchema {
  const about = tableSchema(ABOUT_TABLE, {
    review: tableSchema(REVIEW_TABLE),
    history: listOf(tableSchema(HISTORY_TABLE)),
    references: mapOf(tableSchema(REFERENCE_TABLE)),
    raci: tableSchema(RACI_TABLE),
    informed_of: mapOf(texts),
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Tenantry runbook',
    ...tableSchema(RUNBOOK_TABLE, {
      about,
      intake: { anyOf: [text, { type: 'object' }] },
      roles: mapOf(tableSchema(ROLE_TABLE)),
      calendar: tableSchema(CALENDAR_TABLE),
      escalation: listOf(ref('escalation')),
      may: tableSchema(MAY_TABLE),
      triggers: listOf(tableSchema(TRIGGER_TABLE)),
      phases: listOf(ref('phase')),
      steps,
    }),
    oneOf: [{ required: ['phases'] }, { required: ['steps'] }],
    $defs: definitions(),
  };
}
