/** The closed list of what the application answers when it does not do what was asked. */
export const REFUSALS = {
  invalid: 400,
  not_authenticated: 401,
  login_refused: 401,
  csrf_refused: 403,
  password_change_required: 403,
  role_forbidden: 403,
  tenant_onboarding: 403,
  tenant_suspended: 403,
  tenant_offboarded: 403,
  tenant_read_only: 403,
  tenant_closed: 403,
  tenant_unknown: 403,
  not_found: 404,
  email_taken: 409,
  plan_limit_reached: 409,
  too_large: 413,
  unsupported_media_type: 415,
  too_many_requests: 429,
  integration_failed: 502,
  login_unavailable: 503,
  control_plane_unreachable: 503,
} as const;

export type RefusalCode = keyof typeof REFUSALS;

/** One fault in what was handed in; `path` as in `boards[0].lengthMm`. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

export interface RefusalOptions {
  readonly faults?: readonly Fault[];
  /** For 429: seconds until the same call may succeed. */
  readonly retryAfterS?: number;
}

/** The caller can act on it. `message` is shown to whoever made the request. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly faults: readonly Fault[];
  readonly retryAfterS: number | undefined;

  constructor(code: RefusalCode, message: string, options: RefusalOptions = {}) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
    this.faults = options.faults ?? [];
    this.retryAfterS = options.retryAfterS;
  }

  get status(): number {
    return REFUSALS[this.code];
  }
}
