import type { CallOptions, Guard, Need, RateOptions } from '../create-guard.ts';
import { type Decision, OK, UNKNOWN } from '../decision.ts';

export interface RequestOptions<Request> {
  /** Whose request it is, once that is known; undefined refuses it. */
  readonly tenantOf: (request: Request) => string | undefined;
  /** Whether it is a pilot user's, who is let in before go-live. */
  readonly pilotOf?: (request: Request) => boolean;
  /** Counts each request against this limit; not at all unless given. */
  readonly rate?: RateOptions | ((request: Request) => RateOptions | undefined);
  readonly check?: Pick<CallOptions, 'maxStaleMs' | 'onStale' | 'onUnknown'>;
}

const READS = new Set(['GET', 'HEAD', 'OPTIONS', 'QUERY']);

/** What a method is for, where the route does not say. */
export const needOf = (method: string): Need => (READS.has(method.toUpperCase()) ? 'read' : 'write');

export type Ruling = Decision & { readonly headers?: Readonly<Record<string, string>> };

/** Status first: who is shut out spends no call. */
export async function rule<Request>(
  guard: Guard,
  options: RequestOptions<Request>,
  request: Request,
  need: Need,
): Promise<Ruling> {
  const tenantId = options.tenantOf(request);
  if (tenantId === undefined) return UNKNOWN;
  const call = { ...options.check, pilot: options.pilotOf?.(request) === true };
  const decision = guard.check(tenantId, need, call);
  const rate = typeof options.rate === 'function' ? options.rate(request) : options.rate;
  if (!decision.ok || rate === undefined) return decision.ok ? OK : decision;
  return guard.rate(tenantId, { ...call, ...rate });
}
