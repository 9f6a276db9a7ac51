import { isTenantryError, type Retry, type TenantryError } from '@tenantry/contract';
import pg from 'pg';
import {
  type ConnectorCode,
  codeOf,
  connectorFault,
  type Effect,
  faultOfNetwork,
  RETRY_LATER,
  RETRY_SOON,
} from '../kit/index.ts';
import { UNREADABLE_CODE } from './guarded-socket.ts';
import type { PostgresTarget } from './settings.ts';

type Verdict = readonly [code: ConnectorCode, what: string, retry: Retry];

/** SQLSTATE classes and codes (PostgreSQL, appendix A); the longest match wins. */
const STATES: Readonly<Record<string, Verdict>> = {
  '08': ['connector.unreachable', 'broke the connection', RETRY_SOON],
  '22': ['connector.refused', 'cannot store a value as it is', 'never'],
  '23': ['connector.refused', 'refused the row: a constraint does not hold', 'never'],
  '23505': ['connector.conflict', 'holds a row with the same unique values', 'never'],
  '23P01': ['connector.conflict', 'holds a row that excludes this one', 'never'],
  '28': ['connector.unauthorized', 'does not accept our login', 'never'],
  '3D000': ['connector.not_found', 'has no such database', 'never'],
  '3F000': ['connector.not_found', 'has no such schema', 'never'],
  '40': ['connector.conflict', 'rolled back because of a concurrent change', 'now'],
  '42': ['connector.refused', 'cannot run the statement', 'never'],
  '42501': ['connector.unauthorized', 'does not permit this to the role, or row-level security refuses it', 'never'],
  '42703': ['connector.not_found', 'has no such column', 'never'],
  '42P01': ['connector.not_found', 'has no such table', 'never'],
  '53': ['connector.exhausted', 'is out of a resource', RETRY_LATER],
  '55P03': ['connector.conflict', 'holds a lock on what we need', RETRY_SOON],
  '57014': ['connector.timeout', 'cancelled the statement: it took too long', RETRY_SOON],
  '57P': ['connector.unreachable', 'is shutting down or starting', RETRY_SOON],
  XX: ['connector.refused', 'failed inside', RETRY_SOON],
};

/** Driver messages that carry no code. */
const CONNECT_TIMEOUT = /^(timeout exceeded when trying to connect|timeout expired)/;

/** Translates what the driver threw. `inFlight`: a COMMIT was on its way, so the effect may be there. */
export function faultOfPostgres(
  error: unknown,
  target: PostgresTarget,
  inFlight: boolean,
  signal: AbortSignal,
): TenantryError {
  if (isTenantryError(error)) return error;
  const effect: Effect = inFlight ? 'possible' : 'none';
  const facts = { system: target.system, secrets: target.secrets, effect };
  const message = error instanceof Error ? error.message : String(error);
  if (signal.aborted || CONNECT_TIMEOUT.test(message)) {
    return connectorFault('connector.timeout', 'did not answer in time', {
      ...facts,
      retry: RETRY_SOON,
      detail: message,
    });
  }
  if (error instanceof pg.DatabaseError) return faultOfState(error, facts);
  if (codeOf(error) === UNREADABLE_CODE) {
    return connectorFault('connector.malformed', 'answered something we cannot read', {
      ...facts,
      retry: RETRY_SOON,
      detail: message,
    });
  }
  if (codeOf(error) !== undefined) return faultOfNetwork(error, facts);
  return connectorFault('connector.unreachable', 'broke the connection', {
    ...facts,
    retry: RETRY_SOON,
    detail: message,
  });
}

interface Facts {
  readonly system: string;
  readonly secrets: PostgresTarget['secrets'];
  readonly effect: Effect;
}

function faultOfState(error: pg.DatabaseError, facts: Facts): TenantryError {
  const state = error.code ?? '';
  const key = [5, 3, 2].map((length) => state.slice(0, length)).find((prefix) => Object.hasOwn(STATES, prefix));
  const [code, what, retry] = STATES[key ?? ''] ?? (['connector.refused', 'failed', 'never'] satisfies Verdict);
  return connectorFault(code, `${what} (SQLSTATE ${state})`, {
    ...facts,
    retry,
    detail: [error.message, error.detail, error.hint].filter((line) => line !== undefined).join('\n'),
    facts: { sqlstate: state, table: error.table, constraint: error.constraint },
  });
}
