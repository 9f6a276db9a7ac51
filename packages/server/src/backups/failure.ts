import { isTenantryError, TenantryError } from '@tenantry/contract';

/** An error as rows and reports keep it. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly next: string | null;
  readonly faults: readonly { readonly path: string; readonly message: string }[];
}

export function failureOf(error: unknown): Failure {
  const known = isTenantryError(error)
    ? error
    : new TenantryError('internal.bug', 'The work on the backup broke off.', { cause: error });
  return {
    code: known.code,
    message: known.message,
    next: known.next ?? null,
    faults: known.faults.map(({ path, message }) => ({ path, message })),
  };
}
