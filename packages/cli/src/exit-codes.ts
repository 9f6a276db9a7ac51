import type { TenantryError } from '@tenantry/contract';

/** What a command ends with; described in docs/reference/exit-codes.md. Never renumbered: scripts depend on them. */
export const EXIT = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  badInput: 64,
  refused: 65,
  notFound: 66,
  unavailable: 69,
  bug: 70,
  tryAgain: 75,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The exit code an error ends a command with: first what it is, then what the caller may do about it. */
export function exitCodeOf(error: TenantryError): ExitCode {
  if (error.code === 'command.invalid') return EXIT.usage;
  if (error.code === 'command.unreachable' || error.code === 'command.answer_unreadable') return EXIT.unavailable;
  if (error.kind === 'bug') return EXIT.bug;
  if (error.retry !== 'never' || error.status === 429) return EXIT.tryAgain;
  switch (error.status) {
    case 400:
    case 413:
    case 422:
      return EXIT.badInput;
    case 404:
      return EXIT.notFound;
    case 401:
    case 403:
    case 409:
    case 410:
    case 412:
    case 428:
      return EXIT.refused;
    case 502:
    case 503:
    case 504:
      return EXIT.unavailable;
    default:
      return EXIT.unexpected;
  }
}
