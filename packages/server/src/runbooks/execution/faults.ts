import { isTenantryError, type TenantryError } from '@tenantry/contract';
import type { StepFailure } from '@tenantry/runbook';
import { mayHaveHappened } from '../../connectors/kit/index.ts';

export interface Fault {
  readonly failure: StepFailure;
  /** The call may have had an effect although it failed. */
  readonly doubt: boolean;
}

/** What an error of a connector means for its step. Only the public message goes on; detail stays in the log. */
export function faultOf(error: unknown): Fault {
  if (!isTenantryError(error)) {
    const failure = {
      code: 'internal.bug',
      message: 'The action broke in a way it did not foresee; the log has the details.',
      retryable: false,
    };
    return { failure, doubt: true };
  }
  const retryable = error.retry !== 'never';
  return {
    failure: {
      code: error.code,
      message: withFaults(error),
      retryable,
      ...(error.next === undefined ? {} : { next: error.next }),
    },
    doubt: mayHaveHappened(error),
  };
}

function withFaults(error: TenantryError): string {
  if (error.faults.length === 0) return error.message;
  return `${error.message} ${error.faults.map((fault) => `${fault.path}: ${fault.message}`).join('; ')}`;
}

/** Faults of our own database: the attempt is not at fault and none of its tries is used up. */
export const isOutage = (error: unknown): boolean =>
  isTenantryError(error) && (error.code === 'database.unavailable' || error.code === 'database.full');
