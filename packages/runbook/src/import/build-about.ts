/** What a document says of itself: version, owner, dates, references, RACI, approvals. */
import type { RemarkLine } from './draft-tree.ts';
import type { Section } from './outline.ts';
import type { Block, ListBlock, ParagraphBlock, Row, TableBlock } from './read-markdown.ts';
import { bookRole, bookRoles, idFor, type RoleBook, uniqueId } from './role-book.ts';
import { cellUnder } from './tables.ts';
import { spend, type Unit, wordsOf } from './unit.ts';

export interface Said {
  readonly text: string;
  readonly from: Unit;
}

export interface ReferenceDraft {
  readonly id: string;
  readonly title: string;
  readonly key: 'path' | 'url';
  readonly target: string;
  readonly from: Unit;
  readonly before: readonly RemarkLine[];
}

export interface HistoryDraft {
  readonly version: string;
  readonly date: string;
  readonly author: string;
  readonly changes: string;
  readonly from: Unit;
}

export interface AboutDraft {
  version?: Said;
  status?: Said;
  owner?: Said;
  ownerRole?: string;
  review?: { readonly every: string; readonly next: string; readonly from: Unit };
  /** Text and headings, in order. */
  readonly purpose: Block[];
  /** Headings the key itself says. */
  readonly purposeUnits: Unit[];
  readonly history: HistoryDraft[];
  readonly references: ReferenceDraft[];
  readonly raci: Map<string, string[]>;
  readonly approvers: string[];
  /** Headings and table heads that say what the lists are. */
  readonly remarks: Record<'purpose' | 'history' | 'raci' | 'approvers' | 'roles', RemarkLine[]>;
}

export const startAbout = (): AboutDraft => ({
  purpose: [],
  purposeUnits: [],
  history: [],
  references: [],
  raci: new Map(),
  approvers: [],
  remarks: { purpose: [], history: [], raci: [], approvers: [], roles: [] },
});

const FACT =
  /^[\s*_]*(document version|version|last updated|updated|effective date|date|owner|author|status|review schedule)[\s*_]*:[\s*_]*(\S.*?)[\s*_]*$/i;

/** Takes `Version: 1.0` and the like; false where the line says something else. */
export function takeFact(about: AboutDraft, roles: RoleBook, line: string, unit: Unit): boolean {
  const [, label = '', value = ''] = FACT.exec(line) ?? [];
  const word = label.toLowerCase();
  if (/version$/.test(word) && about.version === undefined && /^v?\d[\w.+-]{0,30}$/i.test(value)) {
    about.version = { text: value.replace(/^v/i, ''), from: unit };
    spend(unit, label, value);
  } else if (word === 'status' && about.status === undefined) {
    about.status = { text: value, from: unit };
  } else if (/^(owner|author)$/.test(word) && about.owner === undefined) {
    about.owner = { text: value, from: unit };
    about.ownerRole = bookRole(roles, value, unit);
    spend(unit, label);
  } else if (/date/.test(word) && /^[\d\s/.,\p{L}-]{4,30}$/u.test(value)) {
    about.history.push({ version: about.version?.text ?? '', date: value, author: '', changes: label, from: unit });
  } else if (word === 'review schedule') {
    const next = /\d{4}-\d\d-\d\d/.exec(value)?.[0];
    if (next === undefined || about.review !== undefined) return false;
    about.review = { every: value, next, from: unit };
    spend(unit, label);
  } else return false;
  return true;
}

/** Takes what fits the kind of the part; gives back what does not. */
export function takePart(about: AboutDraft, roles: RoleBook, section: Section, kind: string): readonly Block[] {
  const rest: Block[] = [];
  const heads: RemarkLine[] = [{ text: section.label, from: [section.unit] }];
  const take = (block: Block): boolean => {
    if (block.kind === 'paragraph') return takeFact(about, roles, block.text, block.unit);
    if (kind === 'references' && block.kind === 'list') return takeReferences(about, block, heads);
    if (kind === 'raci' && block.kind === 'list') return takeRaci(about, roles, block, heads);
    if (block.kind !== 'table') return false;
    if (kind === 'history') return takeHistory(about, block, heads);
    if (kind === 'approval' || kind === 'contacts') return takePeople(about, roles, block, kind, heads, section.title);
    return false;
  };
  for (const block of section.blocks) if (!take(block)) rest.push(block);
  if (heads.length > 0 && section.children.length === 0) {
    // Nothing carried the heading away: it goes where the rest goes.
    rest.unshift({ kind: 'heading', depth: 3, text: section.label, unit: section.unit });
  } else if (heads.length > 0) {
    remarkPlace(about, kind).push(...heads);
  }
  for (const child of section.children) rest.push(...takePart(about, roles, child, kind));
  return rest;
}

const remarkPlace = (about: AboutDraft, kind: string): RemarkLine[] => {
  if (kind === 'approval') return about.remarks.approvers;
  if (kind === 'history' || kind === 'raci') return about.remarks[kind];
  return about.remarks.roles;
};

const LINK = /\[([^\]]*)\]\(([^)\s]+)\)/;
const PATH = /`([^`\s]+)`/;
const ADDRESS = /https?:\/\/[^\s)>]+/;

function takeReferences(about: AboutDraft, list: ListBlock, heads: RemarkLine[]): boolean {
  const hasTarget = ({ text, blocks }: ListBlock['items'][number]): boolean =>
    blocks.length === 0 && (LINK.test(text) || PATH.test(text) || ADDRESS.test(text));
  if (!list.items.every(hasTarget)) return false;
  const taken = new Set(about.references.map(({ id }) => id));
  for (const { text, unit } of list.items) {
    for (const { title, name, target } of targetsIn(text)) {
      const id = uniqueId(idFor(name, 'reference'), taken);
      const key = /^[a-z]+:/i.test(target) ? 'url' : 'path';
      about.references.push({ id, title, key, target, from: unit, before: heads.splice(0) });
    }
  }
  return true;
}

interface Target {
  readonly title: string;
  readonly name: string;
  readonly target: string;
}

/** What a line points to: a link, an address, or the files it names. */
function targetsIn(text: string): readonly Target[] {
  const link = LINK.exec(text);
  if (link !== null) {
    const [written, label = '', target = ''] = link;
    return [{ title: text.replace(written, label || target), name: label || target, target }];
  }
  const address = ADDRESS.exec(text)?.[0];
  if (address !== undefined) return [{ title: text, name: text.replace(address, '') || address, target: address }];
  const paths = [...text.matchAll(/`([^`\s]+)`/g)].map(([, path = '']) => path);
  const [before = '', ...between] = text.split(/`[^`\s]+`/);
  const isPlainList = paths.length > 1 && between.every((part) => /^[\s,;]*$/.test(part));
  const titleOf = (path: string): string => (isPlainList ? `${before}\`${path}\`` : text);
  const named = paths.map((path) => ({ title: titleOf(path), name: fileName(path), target: path }));
  return isPlainList ? named : named.slice(0, 1);
}

const fileName = (path: string): string =>
  path.replace(/^.*\//, '').replace(/\.(md|ya?ml|json|py|ts|js|go|sh|txt)$/, '');

const PART = /^(responsible|accountable|consulted|informed)\s*:\s*(.+)$/i;

function takeRaci(about: AboutDraft, roles: RoleBook, list: ListBlock, heads: RemarkLine[]): boolean {
  const parts = list.items.map((item) => ({ unit: item.unit, match: PART.exec(item.text), more: item.blocks.length }));
  if (parts.some(({ match, more }) => match === null || more > 0)) return false;
  for (const { unit, match } of parts) {
    const key = (match?.[1] ?? '').toLowerCase();
    about.raci.set(key, [...(about.raci.get(key) ?? []), ...bookRoles(roles, match?.[2] ?? '', unit)]);
    spend(unit, key, 'and', 'or');
  }
  about.remarks.raci.push(...heads.splice(0));
  return true;
}

function takeHistory(about: AboutDraft, table: TableBlock, heads: RemarkLine[]): boolean {
  const known = /^(version|date|author|by|changes?|description|notes?|summary)$/i;
  if (!table.head.cells.every((cell) => known.test(cell))) return false;
  for (const row of table.rows) {
    about.history.push({
      version: cellUnder(table, row, /^version$/i) ?? '',
      date: cellUnder(table, row, /^date$/i) ?? '',
      author: cellUnder(table, row, /^(author|by)$/i) ?? '',
      changes: table.head.cells
        .flatMap((cell, index) =>
          /^(changes?|description|notes?|summary)$/i.test(cell) ? [row.cells[index] ?? ''] : [],
        )
        .join('; '),
      from: row.unit,
    });
  }
  about.remarks.history.push(...heads.splice(0), columns(table));
  return true;
}

/** Approvals and contacts: a role on each line, and how to reach who has it. */
function takePeople(
  about: AboutDraft,
  roles: RoleBook,
  table: TableBlock,
  kind: 'approval' | 'contacts',
  heads: RemarkLine[],
  title: string,
): boolean {
  if (!/^(role|title|position|approver|contact)$/i.test(table.head.cells[0] ?? '')) return false;
  const isNamed = ({ cells: [name = ''], unit }: Row): boolean =>
    /\p{L}/u.test(name) || wordsOf(unit.text).length === 0;
  if (!table.rows.every(isNamed)) return false;
  for (const row of table.rows) {
    const [name = '', ...rest] = row.cells;
    if (!/\p{L}/u.test(name)) continue;
    const id = bookRole(roles, name, row.unit, /\b(customer|client)\b/i.test(title));
    const contact = rest.filter((cell) => /[\p{L}\p{N}]/u.test(cell)).join(', ');
    const role = roles.get(id);
    if (contact !== '' && role !== undefined) role.contact = [role.contact, contact].filter(Boolean).join('; ');
    if (kind === 'approval' && !about.approvers.includes(id)) about.approvers.push(id);
  }
  remarkPlace(about, kind).push(...heads.splice(0), columns(table));
  return true;
}

const columns = (table: TableBlock): RemarkLine => ({
  text: `Columns: ${table.head.cells.join(', ')}`,
  from: [table.head.unit],
});

export const isParagraph = (block: Block): block is ParagraphBlock => block.kind === 'paragraph';
