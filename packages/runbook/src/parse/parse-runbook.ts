import type { Runbook } from '../definition.ts';
import { type LintFault, sortFaults } from './faults.ts';
import type { Positions } from './positions.ts';
import type { ReadFile } from './read-intake.ts';
import { readRunbook } from './read-runbook.ts';
import { readYaml } from './read-yaml.ts';
import { type Reading, startReading } from './reading.ts';

/** The largest runbook that is read. */
export const RUNBOOK_BYTES_MAX = 2 * 1024 * 1024;

export interface ParseOptions {
  /** Shown in messages. */
  readonly file: string;
  /** Gives the text of a file named in the runbook, relative to it. */
  readonly read: ReadFile;
}

export interface ParsedRunbook {
  /** Only when the file has no fault of form; `lintRunbook` says whether it also makes sense. */
  readonly runbook?: Runbook;
  readonly faults: readonly LintFault[];
  readonly positions: Positions;
}

export interface Draft {
  readonly runbook: Runbook | undefined;
  readonly reading: Reading;
}

/** Reads as much as can be read, for the linter. */
export function readDraft(source: string, options: ParseOptions): Draft {
  const file = readYaml(source, options.file, RUNBOOK_BYTES_MAX);
  const reading = startReading(file.positions, file.faults);
  return { runbook: file.value === undefined ? undefined : readRunbook(reading, file.value, options.read), reading };
}

/** Reads a runbook. Every fault of form is given at once, with line, column, path, reason and fix. */
export function parseRunbook(source: string, options: ParseOptions): ParsedRunbook {
  const { runbook, reading } = readDraft(source, options);
  const faults = sortFaults(reading.faults);
  const good = runbook !== undefined && !faults.some((fault) => fault.severity === 'error');
  return { ...(good ? { runbook } : {}), faults, positions: reading.positions };
}
