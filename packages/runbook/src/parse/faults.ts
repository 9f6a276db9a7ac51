import type { Fault } from '@tenantry/contract';

/** `error` keeps a runbook from being published; `warning` does not. */
export type Severity = 'error' | 'warning';

/** One fault of a runbook or intake file; `line` and `column` count from 1. */
export interface LintFault extends Fault {
  /** Stable name of the rule, such as `unknown-step`. */
  readonly rule: string;
  readonly severity: Severity;
  /** The expression with a caret below it, where line and column cannot point inside it. */
  readonly excerpt?: string;
}

/** A fault of the file as a whole, shown at its beginning. */
export const fileFault = (rule: string, message: string, fix: string): LintFault => ({
  rule,
  severity: 'error',
  path: '',
  message,
  fix,
  line: 1,
  column: 1,
});

/** In reading order, then by rule: the same file always gives the same list. */
export function sortFaults(faults: readonly LintFault[]): readonly LintFault[] {
  return [...faults].sort(
    (a, b) =>
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0) ||
      a.rule.localeCompare(b.rule) ||
      a.message.localeCompare(b.message),
  );
}
