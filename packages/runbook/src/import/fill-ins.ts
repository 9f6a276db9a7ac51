/** Blanks to fill in: `Company name: ____`, `SSO required: [ ] Yes [ ] No`. They become fields of a form. */

export interface FillIn {
  readonly title: string;
  readonly schema: Readonly<Record<string, unknown>>;
  /** Words the type says. */
  readonly spent: readonly string[];
}

const BLANK = /_{3,}%?|\.{5,}/;
const CHOICE = /\[[ xX]?\]\s*([^[\]]+)/g;
const SECRET = /\b(password|secret|api key|token|private key|credential)s?\b/i;
const NAME_AND_CHOICES = /^([^:[\]]{1,80}):\s*(\[[ xX]?\].*)$/;

/** The field a line asks for; undefined where it asks for nothing. */
export function readFillIn(text: string): FillIn | undefined {
  const choice = NAME_AND_CHOICES.exec(text);
  if (choice !== null) {
    const [, title = '', offered = ''] = choice;
    const values = [...offered.matchAll(CHOICE)].map(([, value = '']) => value.replace(/:?\s*_{2,}\s*$/, '').trim());
    const isWhole = !/[\p{L}\p{N}]/u.test(offered.replace(CHOICE, ''));
    return isWhole &&
      values.length > 1 &&
      new Set(values).size === values.length &&
      values.every((value) => value !== '')
      ? choiceField(title, values, /_{2,}/.test(offered))
      : undefined;
  }
  const blank = /^([^:_]{1,80}):\s*(.*)$/.exec(text);
  if (blank === null) return undefined;
  const [, title = '', value = ''] = blank;
  if (!BLANK.test(value) || /[\p{L}\p{N}]/u.test(value.replace(BLANK, ''))) return undefined;
  const isAmount = /%|\b(count|number of|total|users?$|logins|tickets)\b/i.test(`${title} ${value}`);
  return { title: title.trim(), schema: fieldOf(title, isAmount ? 'number' : 'string'), spent: [] };
}

/** A field by its title alone, as a row of a table of required information gives it. */
export const fieldOf = (title: string, type: 'string' | 'number' = 'string'): Readonly<Record<string, unknown>> => ({
  type,
  ...(/\bdate$/i.test(title.trim()) ? { format: 'date' } : {}),
  ...(SECRET.test(title) ? { 'x-secret': true } : {}),
});

/** A free answer beside the choices makes it text that names them. */
function choiceField(title: string, values: readonly string[], isOpen: boolean): FillIn {
  if (values.length === 2 && /^yes$/i.test(values[0] ?? '') && /^no$/i.test(values[1] ?? ''))
    return { title, schema: { type: 'boolean' }, spent: values };
  const more = isOpen ? { description: values.join(', ') } : { enum: values };
  return { title, schema: { type: 'string', ...more }, spent: [] };
}

/** `Engineering: ______ Date: ______`: somebody signs. */
export const signerOf = (text: string): string | undefined =>
  /^\s*([^:_]{2,60}):\s*_{3,}.*\b(date|signature|signed)\b.*_{3,}/i.exec(text)?.[1]?.trim();

export const hasBlank = (text: string): boolean => BLANK.test(text);
