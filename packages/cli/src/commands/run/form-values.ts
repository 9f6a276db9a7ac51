import { type AskView, type RunView, TenantryError } from '@tenantry/contract';

/** What waits for people at a step; undefined when nothing does, which the control plane then says best itself. */
export const askAt = (run: RunView, step: string): AskView | undefined => run.asks.find((ask) => ask.step === step);

/**
 * The values of a form from `name=value` texts, each of the type its field asks for. Every fault at once.
 *
 * @throws command.invalid
 */
export function formValues(
  pairs: readonly string[],
  { form, form_required: required }: Pick<AskView, 'form' | 'form_required'>,
  given: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const faults: { path: string; message: string }[] = [];
  const values: Record<string, unknown> = { ...given };
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, Math.max(0, at));
    const schema = Object.hasOwn(form, name) ? form[name] : undefined;
    if (at < 1) faults.push({ path: pair, message: 'is not of the form name=value' });
    else if (schema === undefined)
      faults.push({ path: name, message: `is no field of this form (${fieldNames(form)})` });
    else assign(values, name, readValue(pair.slice(at + 1), schema), faults);
  }
  for (const name of required) {
    if (!Object.hasOwn(values, name) && !faults.some(({ path }) => path === name))
      faults.push({ path: name, message: 'is missing' });
  }
  if (faults.length === 0) return values;
  throw new TenantryError('command.invalid', 'The values given with --set do not fit the form of this task.', {
    faults,
    next: `Give ${required.map((name) => `--set ${name}=…`).join(' ') || 'no --set'}.`,
  });
}

/**
 * `name=value` texts as they are.
 *
 * @throws command.invalid
 */
export function namedValues(pairs: readonly string[]): Readonly<Record<string, string>> {
  const faults = pairs
    .filter((pair) => pair.indexOf('=') < 1)
    .map((path) => ({ path, message: 'is not of the form name=value' }));
  if (faults.length > 0)
    throw new TenantryError('command.invalid', 'The values given with --set cannot be read.', { faults });
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}

const NOT_OF_TYPE = Symbol('not of the type');

function assign(
  values: Record<string, unknown>,
  name: string,
  value: unknown,
  faults: { path: string; message: string }[],
): void {
  if (value === NOT_OF_TYPE) faults.push({ path: name, message: 'is not of the type the form asks for' });
  // Not a plain assignment: a field may be called __proto__.
  else Object.defineProperty(values, name, { value, enumerable: true, configurable: true, writable: true });
}

const fieldNames = (form: AskView['form']): string => Object.keys(form).join(', ') || 'it has none';

/** Text stays text; anything else is read as JSON, so `--set days=3` and `--set list=["a"]` work. */
function readValue(text: string, schema: Readonly<Record<string, unknown>>): unknown {
  const { type } = schema;
  const types = Array.isArray(type) ? type.map(String) : typeof type === 'string' ? [type] : [];
  if (types.length === 0 && Array.isArray(schema.enum))
    return schema.enum.find((option) => String(option) === text) ?? text;
  if (types.length === 0 || types.includes('string')) return text;
  if (types.includes('boolean') && /^(?:yes|no)$/i.test(text)) return text.toLowerCase() === 'yes';
  try {
    return JSON.parse(text);
  } catch {
    return NOT_OF_TYPE;
  }
}

/** Those of whoever does the task, that ask for nothing: any other is ticked by itself. */
export const mayTickWithAll = (item: AskView['checklist'][number], roles: readonly string[]): boolean =>
  !item.by_system &&
  item.ticked === null &&
  item.evidence === null &&
  (item.roles.length === 0 || item.roles.some((role) => roles.includes(role)));

/**
 * The items of the checklist that are reported done.
 *
 * @throws command.invalid for an id that is none
 */
export function ticksOf(
  given: readonly string[],
  all: boolean,
  { checklist, roles }: Pick<AskView, 'checklist' | 'roles'>,
): readonly string[] {
  const ids = checklist.filter((item) => !item.by_system).map(({ id }) => id);
  if (all) return checklist.filter((item) => mayTickWithAll(item, roles)).map(({ id }) => id);
  const unknown = given.filter((id) => !ids.includes(id));
  if (unknown.length === 0) return given;
  throw new TenantryError('command.invalid', `The checklist has no item ${unknown.join(', ')} for people to tick.`, {
    next:
      ids.length === 0 ? 'It has none: leave --tick out.' : `Its items are ${ids.join(', ')}; --tick-all ticks all.`,
  });
}
