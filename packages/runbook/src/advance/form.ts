/** The form of a task: its own, or that of the record of the intake it completes. */
import type { JsonObject, JsonSchema, Runbook, TaskBody } from '../definition.ts';

export interface Form {
  readonly fields: Readonly<Record<string, JsonSchema>>;
  readonly required: readonly string[];
  /** JSON Schema of the whole answer. */
  readonly schema: JsonSchema;
}

export function formOf(runbook: Runbook, { form, record }: TaskBody): Form {
  const own = Object.keys(form).length > 0 || record === undefined;
  const asked = own ? { properties: form, required: Object.keys(form) } : contentOf(runbook.intake, record);
  const schema = { type: 'object', ...asked, additionalProperties: false };
  const { $defs } = runbook.intake;
  return {
    fields: asked.properties,
    required: asked.required,
    schema: $defs === undefined ? schema : { ...schema, $defs },
  };
}

function contentOf(intake: JsonSchema, record: string): Pick<Form, 'required'> & { properties: Form['fields'] } {
  const content = memberOf(memberOf(memberOf(intake, 'properties'), record), 'properties').content;
  const { properties, required } = asObject(content);
  return {
    properties: asObject(properties) as Form['fields'],
    required: Array.isArray(required) ? required.filter((name) => typeof name === 'string') : [],
  };
}

const memberOf = (value: JsonObject, name: string): JsonObject => asObject(value[name]);

const asObject = (value: unknown): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
