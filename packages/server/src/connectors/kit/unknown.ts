/**
 * A value a plan cannot know yet, because an earlier step will only produce it when applied. `path` says
 * which output it will come from; it prints as `(known after apply)`.
 */
export class Unknown {
  readonly path: string;
  readonly text: string;

  constructor(path: string, text = '(known after apply)') {
    this.path = path;
    this.text = text;
  }

  toString(): string {
    return this.text;
  }

  toJSON(): { readonly $unknown: string; readonly text: string } {
    return { $unknown: this.path, text: this.text };
  }
}

/** An input as `plan` sees it: every member may still be unknown. */
export type Planned<T> = T extends readonly (infer Item)[]
  ? readonly Planned<Item>[] | Unknown
  : T extends object
    ? { readonly [Key in keyof T]: Planned<T[Key]> | Unknown }
    : T | Unknown;

export const isKnown = <T>(value: T | Unknown): value is T => !(value instanceof Unknown);

/** True when no value anywhere inside is unknown. */
export function isWhollyKnown(value: unknown): boolean {
  if (value instanceof Unknown) return false;
  if (Array.isArray(value)) return value.every(isWhollyKnown);
  if (typeof value === 'object' && value !== null) return Object.values(value).every(isWhollyKnown);
  return true;
}
