/** What response headers promise, judged without a network (VAL-19 to VAL-21). */

export type Headers = Readonly<Record<string, string>>;

/** `max-age` of Strict-Transport-Security in seconds (RFC 6797); undefined where the header is missing or unreadable. */
export function hstsMaxAge(headers: Headers): number | undefined {
  const found = /(?:^|;)\s*max-age\s*=\s*"?(\d+)"?/i.exec(headers['strict-transport-security'] ?? '');
  return found === null ? undefined : Number(found[1]);
}

export interface HeaderVerdict {
  readonly present: readonly string[];
  readonly missing: readonly string[];
  /** Present, and of little use as it is. */
  readonly weak: readonly { readonly header: string; readonly reason: string }[];
}

const HALF_A_YEAR_S = 15_552_000;
const LEAKY_REFERRERS = new Set(['unsafe-url', 'no-referrer-when-downgrade']);

interface Rule {
  readonly header: string;
  readonly httpsOnly?: boolean;
  present(headers: Headers): boolean;
  weakness?(headers: Headers): string | undefined;
}

const directive = (policy: string, name: string): string | undefined =>
  policy
    .split(';')
    .map((part) => part.trim())
    .find((part) => part.toLowerCase().startsWith(`${name} `));

/** Our list: what a browser needs to be told by every page of an application that holds clients' data. */
const RULES: readonly Rule[] = [
  {
    header: 'strict-transport-security',
    httpsOnly: true,
    present: (headers) => hstsMaxAge(headers) !== undefined,
    weakness: (headers) =>
      (hstsMaxAge(headers) ?? 0) < HALF_A_YEAR_S ? `max-age is below ${HALF_A_YEAR_S} seconds` : undefined,
  },
  {
    header: 'content-security-policy',
    present: (headers) => (headers['content-security-policy'] ?? '') !== '',
    weakness: (headers) => scriptWeakness(headers['content-security-policy'] ?? ''),
  },
  {
    header: 'x-content-type-options',
    present: (headers) => headers['x-content-type-options']?.trim().toLowerCase() === 'nosniff',
  },
  {
    header: 'frame protection',
    present: (headers) =>
      /^(deny|sameorigin)$/i.test(headers['x-frame-options']?.trim() ?? '') ||
      directive(headers['content-security-policy'] ?? '', 'frame-ancestors') !== undefined,
  },
  {
    header: 'referrer-policy',
    present: (headers) => (headers['referrer-policy'] ?? '') !== '',
    weakness: (headers) =>
      LEAKY_REFERRERS.has(headers['referrer-policy']?.trim().toLowerCase() ?? '')
        ? 'it sends whole addresses to other sites'
        : undefined,
  },
];

function scriptWeakness(policy: string): string | undefined {
  const scripts = directive(policy, 'script-src') ?? directive(policy, 'default-src');
  if (scripts === undefined) return 'it says nothing about scripts';
  if (scripts.includes("'unsafe-eval'")) return "it allows 'unsafe-eval'";
  // A nonce or a hash makes browsers ignore 'unsafe-inline' (CSP 3, section 6.7.3.2).
  if (scripts.includes("'unsafe-inline'") && !/'(nonce|sha\d+)-/.test(scripts))
    return "it allows 'unsafe-inline' scripts";
  return /\s\*(\s|$)/.test(scripts) ? 'it allows scripts from anywhere' : undefined;
}

export function judgeHeaders(headers: Headers, https: boolean): HeaderVerdict {
  const rules = RULES.filter((rule) => https || rule.httpsOnly !== true);
  const present = rules.filter((rule) => rule.present(headers));
  const weak = present.flatMap((rule) => {
    const reason = rule.weakness?.(headers);
    return reason === undefined ? [] : [{ header: rule.header, reason }];
  });
  return {
    present: present.map((rule) => rule.header),
    missing: rules.filter((rule) => !present.includes(rule)).map((rule) => rule.header),
    weak,
  };
}

export interface RateLimit {
  readonly limit: number | undefined;
  readonly remaining: number | undefined;
  readonly resetSeconds: number | undefined;
  /** The header the limit was read from. */
  readonly source: string | undefined;
}

const LIMIT_PREFIXES = ['ratelimit', 'x-ratelimit', 'x-rate-limit'];

const firstNumber = (text: string | undefined): number | undefined => {
  const found = /\d+/.exec(text ?? '');
  return found === null ? undefined : Number(found[0]);
};
const member = (text: string | undefined, names: string): number | undefined => {
  const found = new RegExp(`(?:^|[;,\\s])(?:${names})\\s*=\\s*(\\d+)`, 'i').exec(text ?? '');
  return found === null ? undefined : Number(found[1]);
};

/**
 * Reads an advertised limit: the three fields most servers send, or the structured `RateLimit` and
 * `RateLimit-Policy` of draft-ietf-httpapi-ratelimit-headers (`q` quota, `r` remaining, `t` seconds left).
 */
export function readRateLimit(headers: Headers): RateLimit {
  for (const prefix of LIMIT_PREFIXES) {
    const limit = firstNumber(headers[`${prefix}-limit`]);
    if (limit === undefined) continue;
    return {
      limit,
      remaining: firstNumber(headers[`${prefix}-remaining`]),
      resetSeconds: firstNumber(headers[`${prefix}-reset`]),
      source: `${prefix}-limit`,
    };
  }
  const now = headers.ratelimit;
  const policy = headers['ratelimit-policy'];
  const limit = member(policy, 'q') ?? member(now, 'limit') ?? firstNumber(policy);
  return {
    limit,
    remaining: member(now, 'r|remaining'),
    resetSeconds: member(now, 't|reset'),
    source: limit === undefined ? undefined : policy === undefined ? 'ratelimit' : 'ratelimit-policy',
  };
}
