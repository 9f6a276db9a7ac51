/**
 * Reads and checks intake by the very rules of the command line and the server, off the page: compiling a schema needs
 * `eval`, which the policy of the page forbids and the policy of this worker alone allows.
 */
import { checkIntake, type Json, type JsonSchema, type LintFault, parseIntakeFile } from '@tenantry/runbook';

export interface CheckRequest {
  readonly number: number;
  /** A file as it was dropped; left out where only `intake` is to be checked. */
  readonly file?: { readonly name: string; readonly source: string };
  readonly intake?: unknown;
  readonly schema?: unknown;
}

export interface CheckAnswer {
  readonly number: number;
  /** What the file holds. */
  readonly data?: unknown;
  readonly faults: readonly LintFault[];
}

const answer = ({ number, file, intake, schema }: CheckRequest): CheckAnswer => {
  if (file !== undefined) {
    const { data, faults } = parseIntakeFile(file.source, file.name);
    return { number, data, faults };
  }
  return { number, faults: checkIntake(intake as Json, schema as JsonSchema).faults };
};

self.addEventListener('message', (event: MessageEvent<CheckRequest>) => {
  try {
    self.postMessage(answer(event.data));
  } catch (error) {
    // Said, not swallowed: a check that cannot run must not look like one that found nothing.
    const message = `The check could not run: ${error instanceof Error ? error.message : String(error)}`;
    const fault: LintFault = { rule: 'check', severity: 'error', path: '', message };
    self.postMessage({ number: event.data.number, faults: [fault] } satisfies CheckAnswer);
  }
});
