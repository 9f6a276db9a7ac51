import rateLimit from '@fastify/rate-limit';
import { TenantryError } from '@tenantry/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpServer } from './http-server.ts';

const WINDOW_MS = 60_000;
/** Wrong keys a minute from one address, after which none of its keys are looked at. */
export const FAILURES_PER_MINUTE = 60;

/** Counts requests by the minute, in this process. Each method throws request.throttled past its limit. */
export interface Throttle {
  countKey(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  countAddress(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  countFailure(request: FastifyRequest): Promise<void>;
  /** Looks without counting, so that valid requests never use up the allowance for wrong keys. */
  assertFewFailures(request: FastifyRequest): Promise<void>;
}

export async function createThrottle(server: HttpServer, perMinute: number): Promise<Throttle> {
  await server.register(rateLimit, { global: false });
  // Without a key generator the plugin counts by address, an IPv6 network of 64 bits as one.
  const byAddress = server.createRateLimit({ max: perMinute, timeWindow: WINDOW_MS });
  const byFailure = server.createRateLimit({ max: FAILURES_PER_MINUTE, timeWindow: WINDOW_MS });
  const byKey = server.createRateLimit({
    max: perMinute,
    timeWindow: WINDOW_MS,
    keyGenerator: (request) => request.person?.keyId ?? request.person?.id ?? '',
  });

  const count = async (
    limit: typeof byKey,
    request: FastifyRequest,
    who: string,
    reply?: FastifyReply,
  ): Promise<void> => {
    const state = await limit(request);
    if (state.isAllowed) return;
    reply?.headers({
      'x-ratelimit-limit': state.max,
      'x-ratelimit-remaining': state.remaining,
      'x-ratelimit-reset': state.ttlInSeconds,
    });
    if (state.isExceeded) throw throttled(who, state.max, state.ttl);
  };

  return {
    countKey: (request, reply) => count(byKey, request, 'this key', reply),
    countAddress: (request, reply) => count(byAddress, request, 'this address', reply),
    countFailure: (request) => count(byFailure, request, 'this address without a valid key'),
    assertFewFailures: async (request) => {
      const state = await byFailure(request, { increment: false });
      if (!state.isAllowed && state.remaining === 0) {
        throw throttled('this address without a valid key', state.max, state.ttl);
      }
    },
  };
}

export interface AddressLimit {
  /** @throws request.throttled once there were too many */
  assertFew(request: FastifyRequest): Promise<void>;
  /** @throws request.throttled past the limit */
  count(request: FastifyRequest): Promise<void>;
}

/** A limit of its own for what one address may do in a minute, such as trying links. */
export function limitByAddress(server: HttpServer, max: number): AddressLimit {
  const limit = server.createRateLimit({ max, timeWindow: WINDOW_MS });
  return {
    assertFew: async (request) => {
      const state = await limit(request, { increment: false });
      if (!state.isAllowed && state.remaining === 0) throw throttled('this address', state.max, state.ttl);
    },
    count: async (request) => {
      const state = await limit(request);
      if (!state.isAllowed && state.isExceeded) throw throttled('this address', state.max, state.ttl);
    },
  };
}

const throttled = (who: string, perMinute: number, ttlMs: number): TenantryError =>
  new TenantryError('request.throttled', `More than ${perMinute} requests a minute from ${who}.`, {
    retry: { afterMs: Math.max(1, ttlMs) },
    next: `Wait ${Math.max(1, Math.ceil(ttlMs / 1_000))} seconds, as Retry-After says.`,
    facts: { perMinute },
  });
