/**
 * The closed set every connector translates to: nine codes, a `retry`, and whether the call may have taken
 * effect. What the other side wrote goes to private `detail`, redacted and cut; never to the message.
 */
import { type ErrorCode, isTenantryError, type Retry, TenantryError } from '@tenantry/contract';
import { redactText } from './redact.ts';
import type { Secret } from './secret.ts';

export type ConnectorCode = Extract<ErrorCode, `connector.${string}`>;

/** `none`: the other side certainly did nothing. `possible`: the answer was lost, the effect may be there. */
export type Effect = 'none' | 'possible';

export interface FaultFacts {
  /** The outside system in words a reader knows, e.g. `SMTP server mail.example.com`. Never a credential. */
  readonly system: string;
  readonly retry: Retry;
  readonly effect: Effect;
  /** What the other side said. */
  readonly detail?: string;
  readonly next?: string;
  readonly secrets?: readonly Secret[];
  readonly facts?: Readonly<Record<string, unknown>>;
}

const DETAIL_LENGTH = 2_000;

/** Waits before the next attempt where the other side names none. */
export const RETRY_SOON: Retry = { afterMs: 1_000 };
export const RETRY_LATER: Retry = { afterMs: 5_000 };

/**
 * @example
 * throw connectorFault('connector.refused', 'the mailbox does not exist', {
 *   system: 'SMTP server mail.example.com', retry: 'never', effect: 'none',
 * });
 */
export function connectorFault(code: ConnectorCode, what: string, facts: FaultFacts): TenantryError {
  return new TenantryError(code, `${facts.system}: ${what}.`, {
    retry: facts.retry,
    facts: { ...facts.facts, system: facts.system, effect: facts.effect },
    ...(facts.detail === undefined
      ? {}
      : { detail: redactText(facts.detail, facts.secrets ?? []).slice(0, DETAIL_LENGTH) }),
    ...(facts.next === undefined ? {} : { next: facts.next }),
  });
}

/**
 * Whether a failed `apply` may have taken effect. A refusal (bad input, a missing connection) comes before any
 * call; every other error that does not say otherwise counts as possible, for only a connector knows. The
 * engine asks before it repeats an action of unknown delivery.
 */
export function mayHaveHappened(error: unknown): boolean {
  if (!isTenantryError(error)) return true;
  return error.facts.effect === undefined ? error.kind !== 'refusal' : error.facts.effect !== 'none';
}

/**
 * For actions of `unknown` delivery: a fault that may have taken effect loses its retry, so that nothing
 * repeats it silently; one that certainly had no effect keeps it.
 */
export function withHonestRetry(error: unknown): unknown {
  if (!isTenantryError(error) || !mayHaveHappened(error) || error.retry === 'never') return error;
  return new TenantryError(error.code, error.message, {
    facts: error.facts,
    retry: 'never',
    next: 'Look in the other system whether it took effect, then decide on the step.',
    ...(error.detail === undefined ? {} : { detail: error.detail }),
  });
}

interface StatusFacts {
  readonly system: string;
  readonly body?: string;
  /** The Retry-After header (RFC 9110, section 10.2.3): seconds or a date. */
  readonly retryAfter?: string | undefined;
  readonly now?: Date;
  readonly secrets?: readonly Secret[];
}

type Verdict = readonly [code: ConnectorCode, what: string, retry: Retry, effect: Effect];

/** What a status other than success means. 5xx may have taken effect: the server broke while it worked. */
function verdictOf(status: number): Verdict {
  switch (status) {
    case 401:
    case 403:
    case 407:
      return ['connector.unauthorized', 'does not accept our credentials', 'never', 'none'];
    case 404:
    case 410:
      return ['connector.not_found', 'has no such object', 'never', 'none'];
    case 408:
      return ['connector.timeout', 'gave up waiting for our request', RETRY_SOON, 'none'];
    case 409:
    case 412:
      return ['connector.conflict', 'holds a conflicting object', 'never', 'none'];
    case 429:
      return ['connector.throttled', 'asks us to slow down', RETRY_LATER, 'none'];
    case 501:
    case 505:
      return ['connector.refused', 'does not know this kind of request', 'never', 'none'];
    case 502:
    case 503:
      return ['connector.unreachable', 'is not available at the moment', RETRY_SOON, 'possible'];
    case 504:
      return ['connector.timeout', 'did not answer its gateway in time', RETRY_SOON, 'possible'];
    case 507:
      return ['connector.exhausted', 'has no space left', RETRY_LATER, 'none'];
    default:
      return status >= 500
        ? ['connector.refused', 'failed while it worked on the request', RETRY_SOON, 'possible']
        : ['connector.refused', 'refused the request', 'never', 'none'];
  }
}

/** Translates an HTTP status that is not the one hoped for. */
export function faultOfStatus(status: number, facts: StatusFacts): TenantryError {
  const [code, what, retry, effect] = verdictOf(status);
  const asked = retry === 'never' ? undefined : retryAfterMs(facts.retryAfter, facts.now ?? new Date(0));
  return connectorFault(code, `${what} (HTTP ${status})`, {
    system: facts.system,
    retry: asked === undefined ? retry : { afterMs: asked },
    effect,
    facts: { status },
    ...(facts.body === undefined ? {} : { detail: facts.body }),
    ...(facts.secrets === undefined ? {} : { secrets: facts.secrets }),
  });
}

const LONGEST_WAIT_MS = 3_600_000;

function retryAfterMs(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  const afterMs = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - now.getTime();
  return Number.isFinite(afterMs) && afterMs >= 0 ? Math.min(afterMs, LONGEST_WAIT_MS) : undefined;
}

/** Failures from before a single byte of the request could be acted on. */
const NOT_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'EACCES',
  'EDNS',
]);
const CONNECT_TIMEOUTS = new Set(['UND_ERR_CONNECT_TIMEOUT']);
const TIMEOUTS = new Set(['ETIMEDOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ABORT_ERR']);
const CERTIFICATE =
  /^(ERR_TLS_|CERT_|DEPTH_ZERO_|SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)|HOSTNAME_MISMATCH|ERR_SSL_|EPROTO$)/;

/** The `code` of a system or driver error, looking through the causes. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return codeOf(error.cause);
}

interface NetworkFacts {
  readonly system: string;
  readonly secrets?: readonly Secret[];
  /** Where the caller knows better than the error does. */
  readonly effect?: Effect;
}

/**
 * Translates what a socket, a resolver, TLS or a time-out threw. Anything unknown counts as a lost
 * connection that may have taken effect.
 */
export function faultOfNetwork(error: unknown, facts: NetworkFacts): TenantryError {
  if (isTenantryError(error)) return error;
  const code = codeOf(error);
  const detail = error instanceof Error ? `${code ?? error.name}: ${error.message}` : String(error);
  const fault = (id: ConnectorCode, what: string, retry: Retry, effect: Effect) =>
    connectorFault(id, what, { ...facts, retry, effect: facts.effect ?? effect, detail });

  if (code !== undefined && NOT_CONNECTED.has(code)) {
    return fault('connector.unreachable', 'cannot be reached', RETRY_SOON, 'none');
  }
  if (code !== undefined && CERTIFICATE.test(code)) {
    return fault('connector.unreachable', 'shows a certificate we do not trust, or speaks no TLS', 'never', 'none');
  }
  if (code !== undefined && CONNECT_TIMEOUTS.has(code)) {
    return fault('connector.timeout', 'did not take the connection in time', RETRY_SOON, 'none');
  }
  if ((code !== undefined && TIMEOUTS.has(code)) || isAbort(error)) {
    return fault('connector.timeout', 'did not answer in time', RETRY_SOON, 'possible');
  }
  if (code?.startsWith('HPE_') || (error instanceof Error && error.name === 'HTTPParserError')) {
    return fault('connector.malformed', 'answered something we cannot read', RETRY_SOON, 'possible');
  }
  return fault('connector.unreachable', 'broke the connection', RETRY_SOON, 'possible');
}

const isAbort = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
