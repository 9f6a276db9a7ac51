import { ERROR_CODES, problemOf, TenantryError } from '@tenantry/contract';
import type { ExitCode } from './exit-codes.ts';
import type { InputFile } from './input-file.ts';
import { plainLine, plainText } from './terminal/plain-text.ts';
import type { Terminal } from './terminal/terminal.ts';
import { indentLines, wrapText } from './terminal/text-width.ts';
import { faultLines } from './views/fault-lines.ts';

export interface ReportOptions {
  readonly json: boolean;
  /** Read by the command; a fault with a line shows it when there is just one file, or the error names its file. */
  readonly files: readonly InputFile[];
  readonly exitCode: ExitCode;
}

/** What happened, why, what next: for people, or as a problem document for programs. Always on stderr. */
export function reportError(error: TenantryError, terminal: Terminal, { json, files, exitCode }: ReportOptions): void {
  if (json) terminal.raw(`${JSON.stringify(problemDocument(error, exitCode))}\n`);
  else for (const line of errorLines(error, terminal, files)) terminal.line(line);
}

/** The problem document of the API, with its own schema name and the exit code. */
export function problemDocument(error: TenantryError, exitCode: ExitCode): object {
  const { requestId, ...facts } = error.facts;
  const problem = problemOf(error, { requestId: typeof requestId === 'string' ? requestId : '' });
  return { schema: 'tenantry.problem/1', ...problem, facts, exit_code: exitCode };
}

function errorLines(error: TenantryError, terminal: Terminal, files: readonly InputFile[]): readonly string[] {
  const { style, columns } = terminal;
  const block = (label: string, text: string): readonly string[] => {
    const [first = '', ...rest] = wrapText(plainText(text), columns - label.length - 3);
    return [`  ${style.faint(label)} ${first}`, ...indentLines(rest, ' '.repeat(label.length + 3))];
  };
  const [first = '', ...rest] = wrapText(plainText(error.message), columns - 2);
  const file = files.length === 1 ? files[0] : files.find(({ path }) => path === error.facts.file);
  return [
    `${style.bad('✗')} ${style.strong(first)}`,
    ...indentLines(rest, '  '),
    ...faultLines(error.faults, file, terminal),
    // The message of a fault found right here says all there is to say.
    ...(error.code.startsWith('command.') ? [] : block('Why: ', `${ERROR_CODES[error.code].title} (${error.code}).`)),
    ...(error.next === undefined ? [] : block('Next:', error.next)),
    ...(error.kind === 'bug'
      ? block('Please report this, with:', `request ${String(error.facts.requestId ?? 'none')}`)
      : []),
  ];
}

/** An error nobody foresaw, as one that can be told. */
export function unexpected(error: unknown): TenantryError {
  const text = error instanceof Error ? error.message : String(error);
  return new TenantryError('internal.bug', `The command failed in a way nobody foresaw: ${plainLine(text)}`, {
    cause: error,
  });
}
