import type { AskView, RunView } from '@tenantry/contract';
import type { Client } from '../client.ts';
import { answerCommand } from '../command-text.ts';
import { plainLine, plainText } from '../terminal/plain-text.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { indentLines, wrapText } from '../terminal/text-width.ts';
import { valueText } from './value-text.ts';

const KIND_WORDS: Readonly<Record<AskView['kind'], string>> = {
  task: 'task',
  approve: 'approval',
  sign_off: 'sign-off',
  undo_task: 'task of the rollback',
};

/** Everything that waits for people: of whom, what exactly, and the command to type. */
export function asksLines(
  run: RunView,
  caller: Pick<Client, 'identity' | 'identities'>,
  terminal: Terminal,
): readonly string[] {
  if (run.asks.length === 0) return [];
  const { style } = terminal;
  const count = run.asks.length === 1 ? 'one thing' : `${run.asks.length} things`;
  return [
    '',
    style.warn(style.strong(`The run waits for people: ${count}.`)),
    ...run.asks.flatMap((ask) => [
      '',
      ...askLines(ask, terminal),
      `  ${style.faint('Type:')} ${style.accent(answerCommand(run, ask, caller))}`,
    ]),
  ];
}

/** One of them, without the command. */
export function askLines(ask: AskView, terminal: Terminal): readonly string[] {
  const { style } = terminal;
  const block = (text: string): readonly string[] =>
    indentLines(wrapText(plainText(text), terminal.columns - 4), '    ');
  const text = plainLine(ask.text) === plainLine(ask.title) ? [] : block(ask.text);
  return [
    `  ${style.strong(plainLine(ask.title))}  ${style.faint(`${ask.step} · ${KIND_WORDS[ask.kind]} for ${rolesText(ask)}`)}`,
    ...text,
    ...(ask.instructions === null ? [] : block(ask.instructions)),
    ...Object.entries(ask.shows).flatMap(([label, value]) => block(`${label}: ${valueText(value)}`)),
    ...ask.checklist.flatMap((item) => checklistLines(item, terminal)),
    ...Object.entries(ask.form).map(([name, schema]) => `    ${name}: ${style.faint(fieldWords(schema))}`),
    ...(ask.evidence === null ? [] : [`    ${style.faint(`asks for a ${ask.evidence} as evidence`)}`]),
    ...(ask.help === null ? [] : [`    ${style.faint(`help: ${plainLine(ask.help)}`)}`]),
  ];
}

const rolesText = ({ roles, need }: AskView): string =>
  roles.map(plainLine).join(need > 1 && need >= roles.length ? ' and ' : ' or ') || 'nobody';

function checklistLines(item: AskView['checklist'][number], { style, columns }: Terminal): readonly string[] {
  const tail = item.by_system ? ' (checked by the system)' : '';
  const [first = '', ...rest] = wrapText(`${plainText(item.item)}${tail}`, columns - 8);
  return [`    ${item.by_system ? style.faint('[auto]') : '[ ]'} ${first}`, ...indentLines(rest, '        ')];
}

/** `date`, `one of a, b`, `number`: what may be typed. */
function fieldWords(schema: AskView['form'][string]): string {
  const { type, format, title, description } = schema;
  const options = schema.enum;
  const kind = Array.isArray(options)
    ? `one of ${options.map(valueText).join(', ')}`
    : typeof format === 'string'
      ? format
      : valueText(type ?? 'text');
  const about = [title, description].find((text) => typeof text === 'string');
  return about === undefined ? plainLine(kind) : `${plainLine(kind)}, ${valueText(about)}`;
}
