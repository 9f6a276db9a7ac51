/** What is wrong with a field, in the reader's language: found by the field's own schema, as the server found it. Pure. */
import type { TextKey } from '../texts/en.ts';
import { type FieldSchema, fieldKind, isSchema } from './field-kind.ts';

/** A text of the catalogue with what fills its places. */
export type FaultText = readonly [key: TextKey, places?: Readonly<Record<string, string | number>>];

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

const numberIn = (schema: FieldSchema, name: string): number | undefined => {
  const value = schema[name];
  return typeof value === 'number' ? value : undefined;
};

/** Undefined where the schema alone does not say: then only the server knows. */
export function faultText(schema: FieldSchema, value: unknown): FaultText | undefined {
  if (isEmpty(value)) return ['field.missing'];
  const kind = fieldKind(schema);
  if (kind === 'choice') return ['field.choice'];
  if (kind === 'number') return ofNumber(schema, value);
  if (kind === 'date') return ['field.date'];
  if (typeof value === 'string') return ofText(schema, value);
  return undefined;
}

function ofNumber(schema: FieldSchema, value: unknown): FaultText | undefined {
  if (typeof value !== 'number') return ['field.number'];
  const [min, max] = [numberIn(schema, 'minimum'), numberIn(schema, 'maximum')];
  if (min !== undefined && value < min) return ['field.min', { min }];
  if (max !== undefined && value > max) return ['field.max', { max }];
  return Number.isInteger(value) ? undefined : ['field.whole'];
}

function ofText(schema: FieldSchema, value: string): FaultText | undefined {
  const [min, max] = [numberIn(schema, 'minLength'), numberIn(schema, 'maxLength')];
  if (min !== undefined && value.length < min) return ['field.short', { min }];
  if (max !== undefined && value.length > max) return ['field.long', { max }];
  if (schema.format === 'email') return ['field.email'];
  if (schema.format === 'uri') return ['field.address'];
  return undefined;
}

/** The schema and what was typed at a place such as `network.port`. */
export function fieldAt(
  form: Readonly<Record<string, unknown>>,
  values: Readonly<Record<string, unknown>>,
  path: string,
): { readonly schema: FieldSchema; readonly value: unknown } | undefined {
  let schema: FieldSchema = { properties: form };
  let value: unknown = values;
  for (const name of path.split('.')) {
    const next = isSchema(schema.properties) ? schema.properties[name] : undefined;
    if (!isSchema(next)) return undefined;
    schema = next;
    value = isSchema(value) ? value[name] : undefined;
  }
  return { schema, value };
}
