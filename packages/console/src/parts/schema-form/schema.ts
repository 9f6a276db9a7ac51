/** Reading a JSON Schema as a form: which kind of field, what it is called, where in a value it stands. Pure. */
export type Schema = Readonly<Record<string, unknown>>;
export type FieldKind =
  | 'text'
  | 'long'
  | 'secret'
  | 'number'
  | 'boolean'
  | 'choice'
  | 'date'
  | 'file'
  | 'lines'
  | 'list'
  | 'group'
  | 'json';

/** Keys from the root of the value. */
export type Path = readonly (string | number)[];

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Follows `#/$defs/NAME`, which is how an intake schema names its own parts. */
export function resolve(schema: unknown, root: Schema): Schema {
  if (!isSchema(schema)) return {};
  const reference = schema.$ref;
  if (typeof reference !== 'string' || !reference.startsWith('#/')) return schema;
  const found = reference
    .slice(2)
    .split('/')
    .reduce<unknown>(
      (value, key) => (isSchema(value) ? value[key.replace(/~1/g, '/').replace(/~0/g, '~')] : undefined),
      root,
    );
  return isSchema(found) ? { ...found, ...withoutReference(schema) } : {};
}

const withoutReference = ({ $ref: _reference, ...rest }: Schema): Schema => rest;

const LONG = 200;

export function kindOf(schema: Schema): FieldKind {
  const type = typeOf(schema);
  if (schema['x-secret'] === true) return 'secret';
  if (Array.isArray(schema.enum)) return 'choice';
  if (schema.format === 'file') return 'file';
  if (type === 'boolean') return 'boolean';
  if (type === 'number' || type === 'integer') return 'number';
  if (type === 'object') return isSchema(schema.properties) ? 'group' : 'json';
  if (type === 'array') return arrayKind(schema);
  if (type !== 'string') return 'json';
  if (schema.format === 'date') return 'date';
  return typeof schema.maxLength === 'number' && schema.maxLength > LONG ? 'long' : 'text';
}

function arrayKind(schema: Schema): FieldKind {
  const items = isSchema(schema.items) ? schema.items : {};
  if (typeOf(items) === 'string' && !Array.isArray(items.enum)) return 'lines';
  return typeOf(items) === 'object' && isSchema(items.properties) ? 'list' : 'json';
}

/** `[string, null]` is a string that may be left out. */
function typeOf({ type, properties }: Schema): unknown {
  if (Array.isArray(type)) return type.find((each) => each !== 'null');
  return type ?? (isSchema(properties) ? 'object' : undefined);
}

export const inputType = (schema: Schema): 'email' | 'url' | 'tel' | 'text' =>
  schema.format === 'email' ? 'email' : schema.format === 'uri' ? 'url' : schema.format === 'phone' ? 'tel' : 'text';

export const propertiesOf = (schema: Schema): readonly (readonly [string, unknown])[] =>
  isSchema(schema.properties) ? Object.entries(schema.properties) : [];

export const requiredOf = (schema: Schema): ReadonlySet<string> =>
  new Set(Array.isArray(schema.required) ? schema.required.map(String) : []);

/** The title, else the name as words: `contract_start` is `Contract start`. */
export function labelOf(name: string, schema: Schema): string {
  if (typeof schema.title === 'string') return schema.title;
  const text = name.replaceAll('_', ' ');
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

export const aboutOf = ({ description }: Schema): string | undefined =>
  typeof description === 'string' ? description : undefined;

/** As faults name a place: `contacts[0].email`. */
export const pathText = (path: Path): string =>
  path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? key : `${text}.${key}`),
    '',
  );

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (held, key) => (typeof held === 'object' && held !== null ? Reflect.get(held, key) : undefined),
    value,
  );
}

/** A copy with something else at a place; undefined takes it away, and what it leaves empty with it. */
export function withValue(value: unknown, path: Path, to: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return to;
  if (typeof key === 'number') {
    const list: readonly unknown[] = Array.isArray(value) ? value : [];
    const next = withValue(list[key], rest, to);
    return next === undefined && rest.length === 0
      ? list.filter((_each, index) => index !== key)
      : replaced(list, key, next);
  }
  const held = isSchema(value) ? value : {};
  const next = withValue(held[key], rest, to);
  if (next !== undefined) return { ...held, [key]: next };
  const left = Object.fromEntries(Object.entries(held).filter(([name]) => name !== key));
  return Object.keys(left).length === 0 ? undefined : left;
}

const replaced = (list: readonly unknown[], at: number, value: unknown): readonly unknown[] =>
  at >= list.length ? [...list, value] : list.map((each, index) => (index === at ? value : each));

/** A copy without what is marked secret: the only form in which a draft is kept. */
export function withoutSecrets(value: unknown, schema: unknown, root: Schema): unknown {
  const here = resolve(schema, root);
  if (here['x-secret'] === true) return undefined;
  if (Array.isArray(value)) return value.map((each) => withoutSecrets(each, here.items, root));
  if (!isSchema(value)) return value;
  const known = Object.fromEntries(propertiesOf(here));
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) => {
      const kept = withoutSecrets(each, known[name], root);
      return kept === undefined ? [] : [[name, kept]];
    }),
  );
}
