/** Checks that read the headers of one answer. */
import { isTenantryError } from '@tenantry/contract';
import { z } from 'zod';
import { defineCheck } from '../kit/index.ts';
import { type Caller, type HttpAnswer, openCaller } from './caller.ts';
import { hstsMaxAge, judgeHeaders, readRateLimit } from './core/headers.ts';
import { addressShape } from './get.ts';

const addressInput = z.strictObject(addressShape);

const securityOutput = z.strictObject({
  status: z.number(),
  present: z.array(z.string()),
  missing: z.array(z.string()),
  weak: z.array(z.strictObject({ header: z.string(), reason: z.string() })),
});

/** `http.security_headers` (VAL-21): which of our list an answer carries. */
export const securityHeadersCheck = defineCheck<z.infer<typeof addressInput>, z.infer<typeof securityOutput>>({
  name: 'http.security_headers',
  version: 1,
  summary: 'Says which security headers an answer carries, and which are missing or weak',
  input: addressInput,
  output: securityOutput,
  async run(ctx, given) {
    await using caller = openCaller(ctx, given.connection);
    const { status, headers } = await caller.call({ method: 'GET', url: given.url });
    const { present, missing, weak } = judgeHeaders(headers, caller.resolve(given.url).protocol === 'https:');
    return { status, present: [...present], missing: [...missing], weak: [...weak] };
  },
});

const limitOutput = z.strictObject({
  status: z.number(),
  advertised: z.boolean(),
  limit: z.number().nullable(),
  remaining: z.number().nullable(),
  reset_seconds: z.number().nullable(),
  source: z.string().nullable(),
});

/** `http.rate_limit` (VAL-19): the limit an answer advertises. */
export const rateLimitCheck = defineCheck<z.infer<typeof addressInput>, z.infer<typeof limitOutput>>({
  name: 'http.rate_limit',
  version: 1,
  summary: 'Reads the rate limit that an answer advertises',
  input: addressInput,
  output: limitOutput,
  async run(ctx, given) {
    await using caller = openCaller(ctx, given.connection);
    const { status, headers } = await caller.call({ method: 'GET', url: given.url });
    const { limit, remaining, resetSeconds, source } = readRateLimit(headers);
    return {
      status,
      advertised: limit !== undefined,
      limit: limit ?? null,
      remaining: remaining ?? null,
      reset_seconds: resetSeconds ?? null,
      source: source ?? null,
    };
  },
});

const httpsInput = z.strictObject({
  /** The https address. */
  url: z.url({ protocol: /^https$/ }),
  /** The plain address that must not serve. Default: the same host on port 80. */
  plain_url: z.url({ protocol: /^http$/ }).optional(),
  connection: z.string().min(1).optional(),
  /** Connection for the plain address, which is another origin. */
  plain_connection: z.string().min(1).optional(),
});

const httpsOutput = z.strictObject({
  /** True when the plain address redirects to https or refuses. */
  enforced: z.boolean(),
  plain: z.enum(['redirects', 'refuses', 'serves']),
  /** Absent when nothing answered there. */
  plain_status: z.number().optional(),
  location: z.string().optional(),
  https_status: z.number(),
  hsts: z.boolean(),
  /** Seconds; 0 where the header is missing. */
  hsts_max_age: z.number(),
});

/** Statuses with which a server turns plain HTTP away; anything else below 500 would have served. */
const TURNED_AWAY = new Set([400, 403, 404, 410, 421, 426]);
/** A plain address that cannot be reached, or speaks only TLS, refuses. */
const NOTHING_THERE = new Set(['connector.unreachable', 'connector.timeout', 'connector.malformed']);

function judgePlain(answer: HttpAnswer, url: URL): 'redirects' | 'refuses' | 'serves' {
  const { location } = answer.headers;
  if (answer.status >= 300 && answer.status < 400 && location !== undefined && URL.canParse(location, url.href)) {
    return new URL(location, url).protocol === 'https:' ? 'redirects' : 'serves';
  }
  return TURNED_AWAY.has(answer.status) || answer.status >= 500 ? 'refuses' : 'serves';
}

async function tryPlain(caller: Caller, url: string) {
  try {
    const answer = await caller.call({ method: 'GET', url });
    const { location } = answer.headers;
    return {
      plain: judgePlain(answer, new URL(url)),
      plain_status: answer.status,
      ...(location === undefined ? {} : { location }),
    };
  } catch (error) {
    if (isTenantryError(error) && NOTHING_THERE.has(error.code)) return { plain: 'refuses' as const };
    throw error;
  }
}

function plainOf(url: string): string {
  const plain = new URL(url);
  plain.protocol = 'http:';
  plain.port = '80';
  return plain.href;
}

/** `http.redirects_to_https` (VAL-20): nothing is served in the clear, and browsers are told to stay with https. */
export const redirectsToHttpsCheck = defineCheck<z.infer<typeof httpsInput>, z.infer<typeof httpsOutput>>({
  name: 'http.redirects_to_https',
  version: 1,
  summary: 'Proves that the plain address redirects to https or refuses, and that HSTS is set',
  input: httpsInput,
  output: httpsOutput,
  async run(ctx, given) {
    await using caller = openCaller(ctx, given.connection);
    const secure = await caller.call({ method: 'GET', url: given.url });
    await using plainCaller = openCaller(ctx, given.plain_connection);
    const plain = await tryPlain(plainCaller, given.plain_url ?? plainOf(given.url));
    // The step's own time running out is no proof that the plain address refuses.
    ctx.signal.throwIfAborted();
    const maxAge = hstsMaxAge(secure.headers) ?? 0;
    return {
      enforced: plain.plain !== 'serves',
      ...plain,
      https_status: secure.status,
      hsts: maxAge > 0,
      hsts_max_age: maxAge,
    };
  },
});
