/** Fenced commands: numbered comments part a script into its steps; `# Expected:` says what should come out. */
import { spend, type Unit } from './unit.ts';

export interface CommandPart {
  /** From its numbered comment; absent where the script is one piece. */
  readonly title?: string;
  readonly command: string;
  readonly expected?: string;
  readonly line: number;
}

const NUMBERED = /^\s*(?:#|--|\/\/)\s*(?:step\s*)?(\d+)[.:)]\s+(\S.*)$/i;
const EXPECTED = /^\s*(?:#|--|\/\/)\s*(expected|example)(?:\s+(?:\w+\s*){1,2})?:\s*(.*)$/i;
const COMMENT = /^\s*(?:#|--|\/\/)\s?(.*)$/;

interface Line {
  readonly text: string;
  readonly at: number;
}

/** The parts of a script, in order. `unit.line` is the line of its opening fence. */
export function readCommands(text: string, unit: Unit, split: boolean): readonly CommandPart[] {
  const lines = text.split('\n').map((line, index): Line => ({ text: line, at: unit.line + 1 + index }));
  const starts = lines.filter((line) => NUMBERED.test(line.text)).map(({ at }) => at);
  const first = lines[0];
  if (!split || starts.length < 2 || first === undefined) return [readPart(lines, unit, first?.at ?? unit.line)];
  // What stands before the first number belongs to it.
  const bounds = [first.at, ...starts.slice(1), Number.POSITIVE_INFINITY];
  return starts.map((start, index) => {
    const own = lines.filter(({ at }) => at >= (bounds[index] ?? 0) && at < (bounds[index + 1] ?? 0));
    const heading = NUMBERED.exec(own.find(({ at }) => at === start)?.text ?? '');
    spend(unit, heading?.[1] ?? '', 'step');
    return {
      title: heading?.[2] ?? '',
      ...readPart(
        own.filter(({ at }) => at !== start),
        unit,
        start,
      ),
    };
  });
}

function readPart(lines: readonly Line[], unit: Unit, line: number): CommandPart {
  // Several answers belong to several commands: they stay where they stand.
  const isTold = lines.filter(({ text }) => EXPECTED.test(text)).length === 1;
  const command: string[] = [];
  const expected: string[] = [];
  let telling = false;
  for (const { text } of lines) {
    const told = isTold ? EXPECTED.exec(text) : null;
    const comment = COMMENT.exec(text);
    if (told !== null) {
      telling = true;
      spend(unit, text.slice(0, text.indexOf(':')));
      if (told[2] !== '') expected.push(told[2] ?? '');
    } else if (telling && comment !== null && !NUMBERED.test(text)) {
      expected.push(comment[1] ?? '');
    } else {
      telling = false;
      command.push(text);
    }
  }
  const script = command.join('\n').replace(/^\s*\n|\s+$/g, '');
  return { command: script, ...(expected.length === 0 ? {} : { expected: expected.join('\n') }), line };
}

/** A name for a file shown in a fence: its first comment often says it. */
export function fileNameIn(text: string): string | undefined {
  const first = text.split('\n', 1)[0] ?? '';
  return /^\s*(?:#|\/\/|--)\s*([\w./-]+\.[a-z]{1,5})\s*$/i.exec(first)?.[1];
}
