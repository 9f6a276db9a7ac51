/** What stands between `---` lines at the head of a template: one `key: value` a line, apart from its text. */

export interface Parted {
  /** The lines between the marks; undefined for a template without. */
  readonly head: string | undefined;
  readonly body: string;
}

const FRONT_MATTER = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---\r?\n/;

export function partTemplate(source: string): Parted {
  const found = FRONT_MATTER.exec(source);
  return found === null ? { head: undefined, body: source } : { head: found[1], body: source.slice(found[0].length) };
}
