/**
 * `${{ name }}` in templates of mails and documents: the one notation of the language, held to names with
 * dots. Whoever needs whole expressions hands a document a renderer of their own.
 */
import { TenantryError } from '@tenantry/contract';
import { Secret } from './secret.ts';

/** How a value is written; `before` is the template up to it, which tells what it lands in. */
export type EscapeValue = (value: unknown, before: string) => string;

/** Puts values into template text; each value passes through `escapeValue` on its way, the template does not. */
export type TemplateRenderer = (text: string, escapeValue?: EscapeValue) => string;

const PLACEHOLDER = /(\$?)\$\{\{([^}]*)\}\}/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*$/;

/**
 * A renderer over plain values. `$${{` writes a literal `${{`.
 *
 * @throws TenantryError `runbook.invalid`, naming the placeholder, for a value that is missing, is a list or
 * a map, or is a secret.
 */
export const placeholderRenderer =
  (values: Readonly<Record<string, unknown>>): TemplateRenderer =>
  (text, escapeValue = asText) =>
    text.replace(PLACEHOLDER, (whole, dollar: string, inside: string, offset: number) =>
      dollar === '$' ? whole.slice(1) : escapeValue(valueAt(values, inside.trim()), text.slice(0, offset)),
    );

/** How a single value reads in running text. */
export function asText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) return value.map(asText).join(', ');
  throw unusable('a map or a nested list cannot stand in text; name one of its members');
}

function valueAt(values: Readonly<Record<string, unknown>>, name: string): unknown {
  if (!NAME.test(name)) throw unusable(`"${name}" is not a name`);
  let value: unknown = values;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) {
      throw unusable(`no value is given for "${name}"; known are: ${Object.keys(values).sort().join(', ')}`);
    }
    value = Reflect.get(value, part);
  }
  if (value instanceof Secret) throw unusable(`"${name}" is a secret and may not stand in text`);
  return value;
}

const unusable = (why: string): TenantryError =>
  new TenantryError('runbook.invalid', `The template cannot be filled in: ${why}.`, {
    next: 'Give the value under `with` of the step, or correct the template.',
  });
