import { readFileSync } from 'node:fs';
import { TenantryError } from '@tenantry/contract';
import { type Command, CommanderError } from 'commander';
import { z } from 'zod';
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.ts';
import type { Io } from './io.ts';
import { buildProgram } from './program.ts';
import { reportError, unexpected } from './report-error.ts';
import { openSession, type Session, wantsJson } from './session.ts';

const manifestSchema = z.object({ version: z.string() });

/** Of this package: `src` and `dist` stand at the same depth. */
export const ownVersion = (): string =>
  manifestSchema.parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))).version;

/** Runs one command line. Every fault is told on stderr and becomes an exit code; nothing is thrown. */
export async function runCli(argv: readonly string[], io: Io): Promise<ExitCode> {
  const program = buildProgram(ownVersion());
  const session = openSession(program, io);
  const json = wantsJson(argv);
  settle(program, io, json);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return session.exitCode;
  } catch (error) {
    return report(error, session, json);
  } finally {
    io.out.status(undefined);
  }
}

/** Commands made apart from the program take its settings: nothing below may end the process by itself. */
function settle(command: Command, io: Io, json: boolean): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => io.out.raw(text),
    writeErr: (text) => {
      if (!json) io.err.raw(text);
    },
    getOutHelpWidth: () => io.out.columns,
    getErrHelpWidth: () => io.err.columns,
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  });
  for (const child of command.commands) {
    child.copyInheritedSettings(command).helpCommand(false);
    settle(child, io, json);
  }
}

function report(error: unknown, { io, files }: Session, json: boolean): ExitCode {
  if (error instanceof CommanderError) return reportUsage(error, io, json);
  const told = error instanceof TenantryError ? error : unexpected(error);
  const exitCode = error instanceof TenantryError ? exitCodeOf(error) : EXIT.unexpected;
  reportError(told, io.err, { json, files, exitCode });
  return exitCode;
}

/** Commander has told people already; programs get a problem document as for any other fault. */
function reportUsage(error: CommanderError, io: Io, json: boolean): ExitCode {
  if (error.exitCode === 0) return EXIT.ok;
  if (json) {
    const message = error.message.replace(/^error: /, '');
    const told = new TenantryError('command.invalid', message, { next: 'tenantry COMMAND --help lists the options.' });
    reportError(told, io.err, { json, files: [], exitCode: EXIT.usage });
  }
  return EXIT.usage;
}
