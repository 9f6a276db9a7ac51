import { isTenantryError, TenantryError } from '@tenantry/contract';
import pg from 'pg';

const RETRY_AFTER_MS = 1_000;

/** SQLSTATEs (PostgreSQL, appendix A) that mean the server is away, starting, stopping, out of connections, or done with ours. */
const AWAY_STATES = new Set(['57P01', '57P02', '57P03', '57P05', '25P03', '53300', '53200', '53400']);
const FULL_STATE = '53100';
const CANCELLED_STATE = '57014';
/** The server is there and says no to our login, our password or our database name. */
const LOGIN_STATES = new Set(['28000', '28P01', '3D000']);
const SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EACCES',
]);
/** The driver gives these no code. */
const DRIVER_MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after)/;

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** Drizzle wraps what the driver threw in an error whose text repeats every parameter: secrets would reach the log. */
const unwrap = (error: unknown): unknown =>
  error instanceof Error && error.name !== 'TenantryError' && error.cause instanceof pg.DatabaseError
    ? error.cause
    : error instanceof Error && error.message.startsWith('Failed query:') && error.cause !== undefined
      ? error.cause
      : error;

const isConnectionLoss = (error: unknown): boolean => {
  const code = codeOf(error);
  if (code !== undefined) return AWAY_STATES.has(code) || code.startsWith('08') || SYSTEM_CODES.has(code);
  if (error instanceof AggregateError) return error.errors.some(isConnectionLoss);
  return error instanceof Error && DRIVER_MESSAGES.test(error.message);
};

const unavailable = (cause: unknown): TenantryError =>
  new TenantryError('database.unavailable', 'PostgreSQL cannot be reached right now.', {
    cause,
    detail: cause instanceof Error ? cause.message : String(cause),
    retry: { afterMs: RETRY_AFTER_MS },
    next: 'The same call can be made again; if this lasts, check that the PostgreSQL server runs and is reachable.',
  });

const full = (cause: unknown): TenantryError =>
  new TenantryError('database.full', 'PostgreSQL has no space left, so nothing was written.', {
    cause,
    retry: { afterMs: 30_000 },
    next: 'Free space on the disk that holds the PostgreSQL data directory; work goes on by itself afterwards.',
  });

const tooSlow = (cause: unknown): TenantryError =>
  new TenantryError('database.unavailable', 'PostgreSQL took longer over a statement than it may.', {
    cause,
    retry: { afterMs: RETRY_AFTER_MS },
    next: 'The same call can be made again; if this lasts, look at the load of the PostgreSQL server.',
  });

const loginRefused = (cause: Error): TenantryError =>
  new TenantryError('database.unavailable', `PostgreSQL refuses our login: ${cause.message}.`, {
    cause,
    next: 'Correct the user, password or database name in the database URL.',
  });

/**
 * Translates what the driver or Drizzle threw: a lost or refused connection becomes `database.unavailable`, a full
 * disk `database.full`. Anything else, such as a violated constraint, comes back as the driver's own error.
 */
export const toDatabaseError = (thrown: unknown): unknown => {
  const error = unwrap(thrown);
  if (isTenantryError(error)) return error;
  const code = codeOf(error);
  if (code === FULL_STATE) return full(error);
  if (code === CANCELLED_STATE) return tooSlow(error);
  if (error instanceof pg.DatabaseError && code !== undefined && LOGIN_STATES.has(code)) return loginRefused(error);
  return isConnectionLoss(error) ? unavailable(error) : error;
};

/** A commit whose answer never came: nobody can say whether it holds, so a blind retry could write twice. */
export const commitOutcomeUnknown = (cause: unknown): TenantryError =>
  new TenantryError('database.unavailable', 'PostgreSQL went away during a commit; it may or may not have been kept.', {
    cause,
    facts: { committed: 'unknown' },
    next: 'Read the state back before the call is made again.',
  });

/** The name of the constraint an error says was violated, or undefined; sees through Drizzle's wrapping. */
export const violatedConstraint = (thrown: unknown): string | undefined => {
  const error = unwrap(thrown);
  return error instanceof pg.DatabaseError && error.code?.startsWith('23') === true ? error.constraint : undefined;
};
