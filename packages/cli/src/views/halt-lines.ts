import type { EvidenceView, RunView } from '@tenantry/contract';
import { commandLine, nameOf } from '../command-text.ts';
import { plainLine, plainText } from '../terminal/plain-text.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { fitText, indentLines, wrapText } from '../terminal/text-width.ts';
import { valueText } from './value-text.ts';

const VALUE_MAX = 600;

type Halt = RunView['halts'][number];

/** Everything that stopped the run, and the commands that carry it on. */
export const haltsLines = (run: RunView, evidence: readonly EvidenceView[], terminal: Terminal): readonly string[] =>
  run.halts.length === 0
    ? []
    : [...run.halts.flatMap((halt) => haltLines(run, halt, evidence, terminal)), ...runChoiceLines(run, terminal)];

/** One step that stopped the run: expected, actual, why, and the commands for this step. */
export function haltLines(
  run: RunView,
  halt: Halt,
  evidence: readonly EvidenceView[],
  terminal: Terminal,
): readonly string[] {
  const { style } = terminal;
  const step = run.steps.find(({ id }) => id === halt.step);
  const proof = evidence.filter((row) => row.step === halt.step && row.ok === false).at(-1);
  const field = (label: string, text: string | undefined): readonly string[] => {
    if (text === undefined || text === '') return [];
    const [first = '', ...rest] = wrapText(fitText(plainText(text), VALUE_MAX), terminal.columns - 14);
    return [`  ${label.padEnd(10)} ${first}`, ...indentLines(rest, ' '.repeat(13))];
  };
  return [
    '',
    `${style.bad(style.strong('HALT'))}  ${style.strong(plainLine(step?.title ?? halt.step))}  ${style.faint(halt.step)}`,
    ...field('Expected:', proof === undefined ? undefined : expectedText(proof.expected)),
    ...field('Actual:', proof === undefined ? undefined : actualText(proof.actual)),
    ...field('Why:', halt.failure === null ? WHY[halt.status] : `${halt.failure.message} (${halt.failure.code})`),
    ...field('Next:', halt.failure?.next),
    ...field('Help:', halt.help ?? undefined),
    ...choiceLines(stepChoices(run, halt), terminal),
  ];
}

/** The commands for the run as a whole, which every halt has in common. */
export function runChoiceLines(run: RunView, terminal: Terminal): readonly string[] {
  if (run.ending !== null) return [];
  const name = nameOf(run);
  const choices: readonly Choice[] = [
    ['if the intake is wrong', commandLine('run', 'mend-intake', name, 'FILE')],
    ['to take everything back', commandLine('run', 'rollback', name, '--reason', '…')],
  ];
  return ['', ...choiceLines(choices, terminal)];
}

type Choice = readonly [when: string, command: string];

const choiceLines = (choices: readonly Choice[], { style }: Terminal): readonly string[] =>
  choices.map(([when, command]) => `  ${`${when}:`.padEnd(24)} ${style.accent(command)}`);

/** The condition that had to hold, else what the action set out to reach. */
function expectedText(expected: unknown): string | undefined {
  const holds = memberOf(expected, 'holds') ?? memberOf(expected, 'proof') ?? expected;
  return isBlank(holds) ? undefined : valueText(holds);
}

/** What was read back. A failed call read nothing: its failure is told as the reason. */
function actualText(actual: unknown): string | undefined {
  if (memberOf(actual, 'code') !== undefined && memberOf(actual, 'message') !== undefined) return undefined;
  const found = memberOf(actual, 'proof') ?? memberOf(actual, 'output') ?? actual;
  return isBlank(found) ? undefined : valueText(found);
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;

const isBlank = (value: unknown): boolean =>
  value === null || value === undefined || (typeof value === 'object' && Object.keys(value).length === 0);

const WHY: Partial<Readonly<Record<Halt['status'], string>>> = {
  uncertain: 'The call was interrupted, and the other side cannot tell whether it took effect.',
  undo_failed: 'What the step made could not be taken back.',
};

function stepChoices(run: RunView, halt: Halt): readonly Choice[] {
  const name = nameOf(run);
  if (halt.status === 'uncertain') {
    return [
      ['if it took effect', commandLine('run', 'resolve', name, halt.step, '--happened', '--reason', '…')],
      ['if it did not', commandLine('run', 'resolve', name, halt.step, '--did-not-happen', '--reason', '…')],
    ];
  }
  return [
    ['when it is put right', commandLine('run', 'retry', name, halt.step)],
    ['to go on in spite of it', commandLine('run', 'override', name, halt.step, '--reason', '…')],
  ];
}
