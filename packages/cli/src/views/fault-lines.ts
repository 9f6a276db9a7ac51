import type { Fault } from '@tenantry/contract';
import type { InputFile } from '../input-file.ts';
import { plainLine, plainText } from '../terminal/plain-text.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { fitText, textWidth } from '../terminal/text-width.ts';

/** A fault of the linter says more than one of the API. */
type AnyFault = Fault & { readonly rule?: string; readonly severity?: string; readonly excerpt?: string };

const FAULTS_SHOWN = 50;

/** `file:line:col severity rule message`, the line with a caret below it, and the fix; for each fault. */
export function faultLines(
  faults: readonly AnyFault[],
  file: InputFile | undefined,
  terminal: Terminal,
): readonly string[] {
  const source = file?.source.split('\n') ?? [];
  const lines = faults.slice(0, FAULTS_SHOWN).flatMap((fault) => oneFault(fault, file, source, terminal));
  const hidden = faults.length - FAULTS_SHOWN;
  return hidden > 0 ? [...lines, `  … and ${hidden} more`] : lines;
}

function oneFault(
  fault: AnyFault,
  file: InputFile | undefined,
  source: readonly string[],
  { style, columns }: Terminal,
): readonly string[] {
  const place = [file?.path, fault.line, fault.column].filter((part) => part !== undefined).join(':');
  const severity = fault.severity ?? 'error';
  const paint = severity === 'warning' ? style.warn : style.bad;
  const names = fault.path === '' || fault.message.includes(fault.path);
  const path = fault.rule === undefined && !names ? `${plainLine(fault.path)}: ` : '';
  const rule = fault.rule === undefined ? '' : ` ${style.faint(fault.rule)}`;
  const head = fault.rule === undefined ? style.faint(place) : `${place} ${paint(severity)}${rule}`;
  const message = `${path}${plainLine(fault.message)}`;
  return [
    `  ${[head, message].filter((part) => part !== '').join(fault.rule === undefined && place !== '' ? '  ' : ' ')}`,
    ...excerptLines(fault, source, columns).map((line) => `    ${style.faint(line)}`),
    ...(fault.fix === undefined ? [] : [`    ${style.good('fix:')} ${plainLine(fault.fix)}`]),
  ];
}

/** The line a fault names with a caret under the column; the fault's own excerpt where it points more exactly. */
function excerptLines(fault: AnyFault, source: readonly string[], columns: number): readonly string[] {
  if (fault.excerpt !== undefined) return plainText(fault.excerpt).split('\n');
  const text = fault.line === undefined ? undefined : source[fault.line - 1];
  if (text === undefined || text.trim() === '') return [];
  const number = `${fault.line} | `;
  const width = columns - number.length - 4;
  const column = fault.column ?? 1;
  // A caret far to the right would fall off the screen: show the part around it.
  const start = column > width - 10 ? column - 10 : 0;
  const shown = fitText(plainText(text.slice(start)).replace(/\r/g, ''), width);
  const before = plainText(text.slice(start, column - 1));
  return [`${number}${shown}`, `${' '.repeat(number.length + textWidth(before))}^`];
}
