/** Tables that are more than text: work with owners, boxes to tick, information to collect, times of phases. */
import { hasBlank } from './fill-ins.ts';
import type { Row, TableBlock } from './read-markdown.ts';

const OWNER = /^(owners?|responsible|who|assignee|lead|dri)$/i;
const WORK = /^(#|step|task|activity|action|day|days|week|when|document|deliverable|milestone|item|check)s?$/i;
const ASKED = /^(information|required info(rmation)?|field|data|question|detail)s?$/i;
const BOX = /^\[[ xX]?\]$/;

export type TableUse = 'boxes' | 'work' | 'fields' | 'text';

export function useOf(table: TableBlock, sectionTitle: string): TableUse {
  const [first = ''] = table.head.cells;
  if (table.rows.some(({ cells }) => cells.some((cell) => BOX.test(cell)))) return 'boxes';
  if (WORK.test(first) && columnOf(table, OWNER) > 0) return 'work';
  const asks = ASKED.test(first) || /\b(information|questionnaire|intake)\b/i.test(sectionTitle);
  return asks && !table.head.cells.some((cell) => OWNER.test(cell)) && table.rows.length > 0 ? 'fields' : 'text';
}

const columnOf = ({ head }: TableBlock, pattern: RegExp): number => head.cells.findIndex((cell) => pattern.test(cell));

export interface WorkRow {
  readonly text: string;
  readonly owner?: string;
  readonly row: Row;
}

/** Each row as one line to tick; who owns it stands apart. */
export function workRows(table: TableBlock): readonly WorkRow[] {
  const owner = columnOf(table, OWNER);
  return table.rows.map((row) => {
    const who = row.cells[owner] ?? '';
    const isNamed = /\p{L}/u.test(who) && !hasBlank(who);
    const told = row.cells.filter((cell, index) => !(isNamed && index === owner) && cell !== '' && !BOX.test(cell));
    const [first = '', ...rest] = told;
    if (first === '') return { text: row.cells.filter((cell) => cell !== '').join('; '), row };
    const text = rest.length === 0 ? first : `${first}: ${rest.join('; ')}`;
    return { text, ...(isNamed ? { owner: who } : {}), row };
  });
}

export interface PhaseTime {
  readonly phase: string;
  readonly owner?: string;
  readonly duration?: string;
  readonly row: Row;
}

const PHASE = /^(phase|stage|operation|process|workstream|part)s?$/i;

/** The rows of a table that says who owns which phase and how long it takes; undefined for any other. */
export function phaseTimes(table: TableBlock): readonly PhaseTime[] | undefined {
  const owner = columnOf(table, OWNER);
  const duration = columnOf(table, /^(duration|time|length|estimate|timeline)$/i);
  if (!PHASE.test(table.head.cells[0] ?? '') || (owner < 0 && duration < 0)) return undefined;
  return table.rows.map((row) => {
    const [who, time] = [row.cells[owner] ?? '', row.cells[duration] ?? ''];
    return {
      phase: row.cells[0] ?? '',
      ...(/\p{L}/u.test(who) ? { owner: who } : {}),
      ...(time === '' ? {} : { duration: time }),
      row,
    };
  });
}

/** The cell of a row under the first heading that fits. */
export function cellUnder(table: TableBlock, row: Row, heading: RegExp): string | undefined {
  const cell = row.cells[columnOf(table, heading)];
  return cell === undefined || cell === '' || hasBlank(cell) ? undefined : cell;
}
