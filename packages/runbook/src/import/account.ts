/**
 * The proof that nothing was dropped: every unit of the Markdown stands somewhere in the draft with all its words, and
 * every line of the source belongs to a unit.
 */
import type { Unit, UnitKind } from './unit.ts';
import { wordsOf } from './unit.ts';
import type { Placement } from './write-draft.ts';

export interface ImportEntry {
  readonly line: number;
  readonly kind: UnitKind | 'line';
  /** The beginning of it. */
  readonly text: string;
  /** Where it stands in the draft, first place first. */
  readonly became: readonly string[];
}

export interface ImportCounts {
  readonly headings: number;
  readonly checkboxes: number;
  readonly commands: number;
  readonly code: number;
  readonly tables: number;
  readonly tableRows: number;
  readonly items: number;
  readonly paragraphs: number;
}

export interface Account {
  readonly entries: readonly ImportEntry[];
  readonly unaccounted: readonly ImportEntry[];
}

const EXCERPT_MAX = 100;

export function accountFor(source: string, units: readonly Unit[], placements: readonly Placement[]): Account {
  const placed = new Map<Unit, Placement[]>();
  for (const placement of placements) {
    const own = placed.get(placement.unit);
    if (own === undefined) placed.set(placement.unit, [placement]);
    else own.push(placement);
  }
  const counted = new Map<string, ReadonlyMap<string, number>>();
  const entries: ImportEntry[] = [];
  const unaccounted: ImportEntry[] = [...linesOutside(source, units)];
  for (const unit of units) {
    const own = placed.get(unit) ?? [];
    const entry = { line: unit.line, kind: unit.kind, text: excerpt(unit.text), became: became(own) };
    if (own.length === 0 && wordsOf(unit.text).length === 0)
      entries.push({ ...entry, became: ['nothing: it holds no words'] });
    else if (own.length > 0 && standsIn(unit, own, counted)) entries.push(entry);
    else unaccounted.push(entry);
  }
  return { entries, unaccounted };
}

const became = (placements: readonly Placement[]): readonly string[] => [
  ...new Set(placements.map(({ path }) => path)),
];

const excerpt = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > EXCERPT_MAX ? `${line.slice(0, EXCERPT_MAX - 1)}…` : line;
};

/** All words that did not become something else are found where the unit was placed, as often as they occur. */
function standsIn(
  unit: Unit,
  placements: readonly Placement[],
  counted: Map<string, ReadonlyMap<string, number>>,
): boolean {
  const texts = [...new Set(placements.map(({ words }) => words))];
  const counts = texts.map((words) => {
    const known = counted.get(words) ?? countWords(wordsOf(words));
    counted.set(words, known);
    return known;
  });
  const spent = new Map(countWords(unit.spent.flatMap(wordsOf)));
  const wanted = countWords(wordsOf(unit.text));
  return [...wanted].every(([word, times]) => {
    const found = counts.reduce((sum, count) => sum + (count.get(word) ?? 0), spent.get(word) ?? 0);
    return found >= times;
  });
}

function countWords(words: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** Lines with words in them that no unit covers. Fences around embedded Markdown say nothing. */
function linesOutside(source: string, units: readonly Unit[]): readonly ImportEntry[] {
  const covered = new Set<number>();
  for (const { line, endLine } of units) for (let at = line; at <= endLine; at += 1) covered.add(at);
  return source.split('\n').flatMap((text, index) => {
    const isFence = /^\s*(`{3,}|~{3,})\s*(markdown|md)?\s*$/i.test(text);
    if (covered.has(index + 1) || isFence || !/[\p{L}\p{N}]/u.test(text)) return [];
    return [{ line: index + 1, kind: 'line' as const, text: excerpt(text), became: [] }];
  });
}

/** What a document consists of. */
export function countUnits(units: readonly Unit[], tables: number): ImportCounts {
  const of = (kind: UnitKind): number => units.filter((unit) => unit.kind === kind).length;
  return {
    headings: of('heading'),
    checkboxes: of('checkbox'),
    commands: of('command'),
    code: of('code'),
    tables,
    tableRows: of('table_row'),
    items: of('item'),
    paragraphs: of('paragraph'),
  };
}
