/** Which control a field of a form gets, from its JSON Schema. Pure. */
export type FieldSchema = Readonly<Record<string, unknown>>;
export type FieldKind =
  | 'text'
  | 'long'
  | 'secret'
  | 'number'
  | 'yes'
  | 'choice'
  | 'date'
  | 'file'
  | 'lines'
  | 'group'
  | 'json';

export const isSchema = (value: unknown): value is FieldSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `[string, null]` is a string that may be left out. */
const typeOf = ({ type }: FieldSchema): unknown => (Array.isArray(type) ? type.find((each) => each !== 'null') : type);

export function fieldKind(schema: FieldSchema): FieldKind {
  if (schema['x-secret'] === true) return 'secret';
  if (schema.format === 'file') return 'file';
  if (Array.isArray(schema.enum)) return 'choice';
  switch (typeOf(schema)) {
    case 'boolean':
      return 'yes';
    case 'number':
    case 'integer':
      return 'number';
    case 'array':
      return isSchema(schema.items) && typeOf(schema.items) === 'string' ? 'lines' : 'json';
    case 'object':
      return isSchema(schema.properties) ? 'group' : 'json';
    case 'string':
      if (schema.format === 'date') return 'date';
      return typeof schema.maxLength === 'number' && schema.maxLength > 200 ? 'long' : 'text';
    default:
      return 'json';
  }
}

export const inputType = ({ format }: FieldSchema): 'email' | 'url' | 'tel' | 'text' =>
  format === 'email' ? 'email' : format === 'uri' ? 'url' : format === 'phone' ? 'tel' : 'text';

/** The title, else the name as words. */
export function labelOf(name: string, { title }: FieldSchema): string {
  if (typeof title === 'string') return title;
  const text = name.replaceAll('_', ' ');
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

export const secretFields = (form: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.entries(form).flatMap(([name, schema]) => (isSchema(schema) && holdsSecret(schema) ? [name] : []));

const holdsSecret = (schema: FieldSchema): boolean =>
  schema['x-secret'] === true ||
  (isSchema(schema.properties) && Object.values(schema.properties).some((each) => isSchema(each) && holdsSecret(each)));
