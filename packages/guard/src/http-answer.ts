import type { Decision, GuardCode } from './decision.ts';

/** What of a decision an HTTP answer says. */
export interface GuardProblem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** RFC 9457. */
  readonly body: {
    readonly type: 'about:blank';
    readonly title: string;
    readonly status: number;
    readonly code: GuardCode;
  };
}

const ANSWERS: Readonly<Record<GuardCode, readonly [status: number, title: string]>> = {
  ok: [200, 'Allowed'],
  tenant_unknown: [403, 'This organisation is not known here'],
  tenant_onboarding: [403, 'This organisation is still being set up'],
  tenant_read_only: [403, 'This organisation may only read at the moment'],
  tenant_suspended: [403, 'The access of this organisation is suspended'],
  tenant_offboarded: [403, 'This organisation no longer uses this product'],
  tenant_closed: [403, 'The access of this organisation is closed'],
  tenant_unreadable: [503, 'The state of this organisation cannot be read'],
  state_stale: [503, 'What this organisation may do cannot be found out right now'],
  feature_off: [403, 'The plan of this organisation does not include this'],
  limit_reached: [409, 'This organisation has used up a limit of its plan'],
  limit_unset: [409, 'A limit of this organisation is not set'],
  usage_invalid: [400, 'The amount is no number'],
  rate_exceeded: [429, 'This organisation has used up its calls for now'],
  store_failed: [503, 'Calls cannot be counted right now'],
};
const RETRY_S = '5';

/** The answer to a request that a decision refuses; what the decision says of windows is in its headers. */
export function problemOf(decision: Decision & { readonly headers?: Readonly<Record<string, string>> }): GuardProblem {
  const { code } = decision;
  const [status, title] = ANSWERS[code];
  const retry = status === 503 ? { 'retry-after': RETRY_S } : {};
  return {
    status,
    headers: { ...decision.headers, ...retry, 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
    body: { type: 'about:blank', title, status, code },
  };
}
