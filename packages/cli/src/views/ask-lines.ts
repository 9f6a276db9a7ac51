import type { AskView, RunView } from '@tenantry/contract';
import type { Client } from '../client.ts';
import { answerCommand } from '../command-text.ts';
import { plainLine, plainText } from '../terminal/plain-text.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { indentLines, wrapText } from '../terminal/text-width.ts';
import { timeText } from '../terminal/time-text.ts';
import { commentLines } from './comment-lines.ts';
import { tickWords } from './tick-words.ts';
import { valueText } from './value-text.ts';

const KIND_WORDS: Readonly<Record<AskView['kind'], string>> = {
  task: 'task',
  approve: 'approval',
  sign_off: 'sign-off',
  undo_task: 'task of the rollback',
  choose: 'choice',
  manual: 'work by hand',
  confirm: 'point of no return',
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
    ...ask.checklist.flatMap((item) => checklistLines(item, ask, terminal)),
    ...ask.options.map((option) => optionLine(option, terminal)),
    ...(ask.confirm === null ? [] : [`    type: ${style.strong(plainLine(ask.confirm))}`]),
    ...Object.entries(ask.form).map(([name, schema]) => `    ${name}: ${style.faint(fieldWords(schema))}`),
    ...(ask.evidence === null ? [] : [`    ${style.faint(`asks for a ${ask.evidence} as evidence`)}`]),
    ...(ask.due_at === null ? [] : [`    ${style.faint(`answer by ${timeText(ask.due_at)}`)}`]),
    ...(ask.failure === null ? [] : block(`asked again: ${ask.failure.message}`)),
    ...(ask.comments.length === 0 ? [] : ['    said before:', ...commentLines(ask.comments, terminal, '      ')]),
    ...(ask.help === null ? [] : [`    ${style.faint(`help: ${plainLine(ask.help)}`)}`]),
  ];
}

const rolesText = ({ roles, need }: AskView): string =>
  roles.map(plainLine).join(need > 1 && need >= roles.length ? ' and ' : ' or ') || 'nobody';

const optionLine = ({ id, title, recommended }: AskView['options'][number], { style }: Terminal): string =>
  `    ${style.accent(id)}: ${plainLine(title)}${recommended ? style.faint(' (recommended)') : ''}`;

function checklistLines(
  item: AskView['checklist'][number],
  ask: AskView,
  { style, columns }: Terminal,
): readonly string[] {
  const { found } = item;
  const why = found === null || found.ok ? '' : `: ${found.reason ?? 'does not hold yet'}`;
  const tail = item.by_system ? ` (checked by the system${why})` : openWords(item, ask);
  const [first = '', ...rest] = wrapText(`${plainText(item.item)}${tail}`, columns - 8);
  return [`    ${boxOf(item, style)} ${first}`, ...indentLines(rest, '        ')];
}

/** Who ticked it, or who is to, under which id, and with what. */
function openWords(item: AskView['checklist'][number], { roles }: AskView): string {
  const { ticked } = item;
  if (ticked !== null) return ` (${tickWords(ticked)})`;
  const others = item.roles.some((role) => !roles.includes(role)) ? [`for ${item.roles.join(' or ')}`] : [];
  const asked = item.evidence === null ? [] : [`asks for a ${item.evidence}`];
  const words = [...others, ...asked];
  return words.length === 0 ? '' : ` (${item.id}: ${words.join(', ')})`;
}

function boxOf({ by_system: bySystem, found, ticked }: AskView['checklist'][number], style: Terminal['style']): string {
  if (!bySystem) return ticked === null ? '[ ]' : style.good('[✓]');
  if (found === null) return style.faint('[auto]');
  return found.ok ? style.good('[✓]') : style.bad('[✗]');
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
