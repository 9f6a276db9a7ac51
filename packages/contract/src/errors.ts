/**
 * The closed list of error codes and the one error class everything throws.
 * Callers switch on `code`, never on text; each code has a page in `docs/errors/`.
 */

/** `refusal`: the caller can act. `failure`: a dependency let us down. `bug`: an invariant broke. */
export type ErrorKind = 'refusal' | 'failure' | 'bug';

interface CodeFacts {
  readonly kind: ErrorKind;
  /** HTTP status of the problem+json answer. */
  readonly status: number;
  /** One line, in plain words, for the page and the OpenAPI document. */
  readonly title: string;
}

const refusal = (status: number, title: string): CodeFacts => ({ kind: 'refusal', status, title });
const failure = (status: number, title: string): CodeFacts => ({ kind: 'failure', status, title });

export const ERROR_CODES = {
  // Requests
  'request.invalid': refusal(400, 'A field of the request is missing, misspelt or of the wrong type'),
  'request.not_found': refusal(404, 'There is nothing at this address'),
  'request.too_large': refusal(413, 'The request body is larger than this route takes'),
  'request.throttled': refusal(429, 'Too many requests with this key'),
  'request.idempotency_reused': refusal(422, 'This Idempotency-Key was used with another body'),
  'request.precondition_required': refusal(428, 'The request must say which version it changes'),
  'request.precondition_failed': refusal(412, 'The thing was changed since it was read'),
  'access.unauthenticated': refusal(401, 'The request carries no valid key'),
  'access.forbidden': refusal(403, 'The key does not allow this'),
  'access.person_not_found': refusal(404, 'No such person'),
  'access.key_not_found': refusal(404, 'No such key'),
  'access.email_taken': refusal(409, 'Another person has this e-mail address'),
  'access.support_required': refusal(403, 'The data of this tenant needs a live support access'),
  'access.support_not_found': refusal(404, 'No such support access'),
  'access.support_refused': refusal(409, 'The support access is not in a state, or not for you, to do this with'),
  'access.own_role': refusal(403, 'Nobody changes their own role'),
  'access.last_owner': refusal(409, 'The installation keeps at least one owner'),
  'access.sign_in_refused': refusal(401, 'The sign-in was refused'),
  'access.invitation_spent': refusal(410, 'The invitation was used, has expired or was replaced'),
  'access.provider_failed': failure(502, 'The provider operators sign in with did not answer as it should'),
  // The command line
  'command.invalid': refusal(400, 'The command line asks for something that cannot be done as it is written'),
  'command.unreachable': failure(503, 'The control plane did not answer the command line'),
  'command.answer_unreadable': failure(502, 'The control plane answered something this release cannot read'),
  // Files a person hands in
  'file.unreadable': refusal(400, 'The file cannot be read as UTF-8 YAML or JSON of a sensible size'),
  'intake.invalid': refusal(400, 'The intake does not fit the schema of the runbook'),
  // Runbooks
  'runbook.invalid': refusal(400, 'The runbook has lint faults'),
  'runbook.fixture_invalid': refusal(400, 'The cases a runbook is tested against have faults'),
  'runbook.expression_invalid': refusal(422, 'An expression, duration or time cannot be read or evaluated'),
  'runbook.not_found': refusal(404, 'No runbook of that name and version is known'),
  'runbook.version_exists': refusal(409, 'This version was published before with other content'),
  'runbook.not_approved': refusal(409, 'The version lacks the approvals it asks for'),
  'runbook.unsupported': refusal(422, 'The runbook uses a feature this release does not run yet'),
  // Runs
  'run.not_found': refusal(404, 'No such run'),
  'run.infeasible_date': refusal(409, 'The go-live date cannot be met with the planned durations'),
  'run.step_not_found': refusal(404, 'The run has no such step'),
  'run.wrong_state': refusal(409, 'The run or step is not in a state that allows this'),
  'run.stale_plan': refusal(409, 'A value known at plan time has changed'),
  'run.not_migratable': refusal(409, 'The run has begun work that the other version does not have as it is'),
  'run.own_work': refusal(403, 'Nobody approves their own work'),
  'run.content_changed': refusal(409, 'What was to be signed changed after it was shown'),
  'run.point_of_no_return': refusal(409, 'An irreversible step has started'),
  'run.conflict': refusal(409, 'Somebody else acted on this first'),
  // Tenants
  'tenant.not_found': refusal(404, 'No such tenant'),
  'tenant.slug_taken': refusal(409, 'Another tenant uses this slug'),
  'tenant.slug_reserved': refusal(409, 'This slug is reserved'),
  'tenant.illegal_transition': refusal(409, 'The tenant cannot go from its status to the one asked for'),
  'tenant.plan_unknown': refusal(400, 'There is no plan of that name'),
  'tenant.feature_not_in_plan': refusal(409, 'The plan does not include a feature that was asked for'),
  'tenant.limit_unset': refusal(409, 'The plan leaves a limit to the contract and the contract gives none'),
  'tenant.limit_reached': refusal(409, 'The tenant has used up a limit of its plan'),
  'tenant.over_limit': refusal(409, 'The tenant uses more than the plan asked for allows'),
  'tenant.plan_requested': refusal(409, 'A plan was asked for already, or none was'),
  'tenant.changed': refusal(409, 'The tenant was changed after the step that is to be undone'),
  'tenant.not_empty': refusal(409, 'Other records of the tenant are still there'),
  'product.not_found': refusal(404, 'No such product or environment'),
  'user.not_found': refusal(404, 'No such user'),
  'user.login_refused': refusal(401, 'The e-mail address or the password is not right'),
  'user.password_refused': refusal(400, 'The new password cannot be used'),
  'user.email_taken': refusal(409, 'Another user of the tenant has this e-mail address'),
  'user.email_unverified': refusal(403, 'The e-mail address is not verified yet'),
  'user.password_change_required': refusal(403, 'The temporary password must be changed first'),
  'user.second_factor_required': refusal(403, 'A second factor is needed'),
  'user.second_factor_refused': refusal(401, 'The code is not right'),
  'user.second_factor_set': refusal(409, 'The user has a second factor already'),
  'user.token_refused': refusal(410, 'The link was used, has expired or was withdrawn'),
  'user.session_ended': refusal(401, 'The session has ended'),
  'user.session_not_found': refusal(404, 'No such session'),
  'user.address_refused': refusal(403, 'The tenant does not allow log-ins from this address'),
  'user.last_admin': refusal(409, 'The tenant would be left without an administrator'),
  'tenant.closed': refusal(403, 'The tenant is not open to its users'),
  'tenant.read_only': refusal(403, 'The tenant is suspended: it can be read, and not changed'),
  'identity.busy': refusal(503, 'More people are logging in than can be checked right now'),
  'client.not_found': refusal(404, 'No such client'),
  // Billing
  'billing.refused': refusal(400, 'The event does not come from the billing system, or not now'),
  'billing.not_found': refusal(404, 'No such event or key of the billing system'),
  'billing.held': refusal(409, 'The event is not in a state, or not of a kind, to be applied without a person'),
  'billing.customer_taken': refusal(409, 'Another tenant pays as this customer'),
  // Figures
  'metrics.conflict': refusal(409, 'This source has reported this time already, with other figures'),
  // Vault
  'vault.key_missing': refusal(500, 'No vault key is configured for this data'),
  'vault.key_wrong': refusal(500, 'A vault key is not the one the data was sealed with'),
  'vault.unreadable': failure(500, 'A sealed value cannot be opened'),
  'vault.not_found': refusal(404, 'No such vault entry'),
  'vault.link_spent': refusal(410, 'The one-time link was used, has expired or was withdrawn'),
  'vault.secret_in_message': refusal(409, 'The message would carry a secret in plain text'),
  // The client portal
  'portal.link_refused': refusal(410, 'The link does not open the portal, or not any more'),
  'portal.signed_out': refusal(401, 'Nobody is signed in to the portal in this browser'),
  'portal.not_found': refusal(404, 'There is nothing of that name in this portal'),
  'portal.draft_conflict': refusal(409, 'A newer draft was saved somewhere else'),
  'portal.file_refused': refusal(400, 'The file is too large, or of a kind that is not taken'),
  'portal.wish_refused': refusal(409, 'There is nothing of that kind to ask for now'),
  'portal.person_refused': refusal(409, 'No portal link can be made for this person'),
  // Backups
  'backup.not_found': refusal(404, 'No such backup'),
  'backup.unreadable': failure(500, 'A backup is damaged, cut off or not what it should be'),
  'backup.mismatch': refusal(409, 'The backup does not fit where it is to be restored'),
  'backup.refused': refusal(409, 'The database cannot be backed up or restored as it stands'),
  'backup.tools_too_old': refusal(409, 'The pg_dump that is configured is older than the server'),
  // Exports
  'export.unavailable': refusal(409, 'A database of the product cannot be read, so an export would not be whole'),
  'export.not_found': refusal(404, 'No such export'),
  'export.too_many': refusal(409, 'The tenant has as many archives of exports as are kept at once'),
  'export.link_refused': refusal(410, 'The link to an export has expired or was withdrawn'),
  'export.range_refused': refusal(416, 'The archive of the export has no such bytes'),
  // Connectors: the closed set outside systems are translated to
  'connector.unreachable': failure(502, 'The outside system could not be reached'),
  'connector.unauthorized': failure(502, 'The outside system did not accept our credentials'),
  'connector.refused': failure(502, 'The outside system refused the request'),
  'connector.not_found': failure(502, 'The outside system has no such object'),
  'connector.conflict': failure(502, 'The outside system holds a conflicting object'),
  'connector.throttled': failure(503, 'The outside system asks us to slow down'),
  'connector.exhausted': failure(503, 'The outside system is out of a resource'),
  'connector.malformed': failure(502, 'The outside system answered something we cannot read'),
  'connector.timeout': failure(504, 'The outside system did not answer in time'),
  // The machine below
  'database.unavailable': failure(503, 'PostgreSQL cannot be reached'),
  'database.full': failure(503, 'PostgreSQL has no space left to write'),
  'database.start_failed': failure(500, 'The embedded PostgreSQL could not start'),
  'database.too_new': refusal(500, 'The database was written by a newer release'),
  'database.migration_edited': refusal(500, 'A migration was changed after it had been applied'),
  'database.migration_failed': failure(500, 'A migration could not be applied'),
  'config.invalid': refusal(500, 'The configuration has faults'),
  'audit.broken_chain': failure(500, 'The audit chain does not verify'),
  'internal.bug': { kind: 'bug', status: 500, title: 'An invariant of Tenantry broke' },
} as const satisfies Record<string, CodeFacts>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** When the same call may be made again: never as it is, at once, or after a delay. */
export type Retry = 'never' | 'now' | { readonly afterMs: number };

/** One fault in something a person handed in; `line` and `column` count from 1. */
export interface Fault {
  readonly path: string;
  readonly message: string;
  readonly fix?: string;
  readonly line?: number;
  readonly column?: number;
}

export interface ErrorOptions {
  /** Shown to nobody but logs; redacted there. */
  readonly detail?: string;
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly faults?: readonly Fault[];
  readonly retry?: Retry;
  /** What the reader can do next, in one sentence. */
  readonly next?: string;
  readonly cause?: unknown;
}

/**
 * The only error class. `message` is public: it may be shown to whoever made the call.
 *
 * @example
 * throw new TenantryError('tenant.slug_taken', 'The slug "acme" belongs to another tenant.', {
 *   next: 'Choose another slug in the intake file.',
 * });
 */
export class TenantryError extends Error {
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly faults: readonly Fault[];
  readonly retry: Retry;
  readonly next: string | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TenantryError';
    this.code = code;
    this.detail = options.detail;
    this.facts = options.facts ?? {};
    this.faults = options.faults ?? [];
    this.retry = options.retry ?? 'never';
    this.next = options.next;
  }

  get kind(): ErrorKind {
    return ERROR_CODES[this.code].kind;
  }

  get status(): number {
    return ERROR_CODES[this.code].status;
  }
}

export const isTenantryError = (value: unknown): value is TenantryError => value instanceof TenantryError;

/** Fails loudly where an invariant broke; never use it for bad input. */
export const bug = (message: string, options: ErrorOptions = {}): TenantryError =>
  new TenantryError('internal.bug', message, options);

/** Where the page of a code is served and kept: `docs/errors/tenant.slug_taken.md`. */
export const errorPage = (code: ErrorCode): string => `errors/${code}`;
