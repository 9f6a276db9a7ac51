import type { Unit } from './unit.ts';

export interface BookedRole {
  readonly id: string;
  title: string;
  readonly party: 'vendor' | 'client';
  contact?: string;
  readonly from: Unit[];
}

/** Who the document names, by id, in the order they were met. */
export type RoleBook = Map<string, BookedRole>;

export const PLACEHOLDER_ROLE = 'to_be_named';

const CLIENT = /\b(client|customer)\b(?!\s+(success|support|onboarding|care|experience))/i;

/** An id of the language: a-z, 0-9 and _, at most 48 characters, never a word of the expression language. */
export function idFor(text: string, fallback: string): string {
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/&/g, ' and ')
    .replace(/\[[^\]]*\]\([^)]*\)/g, (link) => link.slice(1, link.indexOf(']')))
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+|_+$/g, '');
  const short =
    plain.length <= 48
      ? plain
      : plain
          .slice(0, 49)
          .replace(/_[^_]*$/, '')
          .slice(0, 48);
  if (short === '') return fallback;
  return ['in', 'true', 'false', 'null'].includes(short) ? `${short}_` : short;
}

/** `owner`, `owner_2`, … until nothing has it yet. */
export function uniqueId(id: string, taken: Set<string>): string {
  let unique = id;
  for (let count = 2; taken.has(unique); count += 1) unique = `${id}_${count}`;
  taken.add(unique);
  return unique;
}

/** The ids of the roles a text names: `Platform + DevOps`, `Sales/PM → Platform`. */
export function bookRoles(book: RoleBook, text: string, unit: Unit): readonly string[] {
  const names = text
    .replace(/\*\*|__|`/g, '')
    .split(/\s*(?:[+/,;&|]|→|->|=>|\band\b|\bor\b)(?![^(]*\))\s*/i)
    .map((name) => name.trim())
    .filter((name) => /\p{L}/u.test(name));
  return [...new Set(names.map((name) => bookRole(book, name, unit)))];
}

export function bookRole(book: RoleBook, name: string, unit: Unit, isClient = CLIENT.test(name)): string {
  const id = idFor(name.replace(/\s*\([^)]*\)/g, ''), 'role');
  const known = book.get(id);
  if (known === undefined) {
    book.set(id, { id, title: name, party: isClient ? 'client' : 'vendor', from: [unit] });
  } else {
    if (name.length > known.title.length) known.title = name;
    known.from.push(unit);
  }
  return id;
}
