import { createHash } from 'node:crypto';
import type { RateStore } from './rate.ts';

/** Sends one command and answers what Redis does: of node-redis `(...args) => client.sendCommand(args)`, of ioredis `(...args) => client.call(...args)`. */
export type SendCommand = (...args: [command: string, ...rest: string[]]) => Promise<unknown>;

export interface RedisRateStoreOptions {
  /** What every key begins with; `tenantry:rate:` unless given. */
  readonly prefix?: string;
  /** After so many milliseconds a call counts as failed, and the guard does as `onStoreFailure` says; 250 unless given. */
  readonly timeoutMs?: number;
}

/** By the clock of Redis alone, in one step. What does not fit is not counted, and begins a window all the same. */
const TAKE = `
local used = tonumber(redis.call('get', KEYS[1]) or '0')
local left = redis.call('pttl', KEYS[1])
local limit, cost = tonumber(ARGV[1]), tonumber(ARGV[2])
local isNew = left <= 0
if isNew then used, left = 0, tonumber(ARGV[3]) end
local fits = used + cost <= limit
if fits then used = used + cost end
local text = string.format('%.17g', used)
if isNew then redis.call('set', KEYS[1], text, 'px', ARGV[3])
elseif fits then redis.call('set', KEYS[1], text, 'px', left) end
return {text, fits and 1 or 0, left}`;
const SHA = createHash('sha1').update(TAKE).digest('hex');

/**
 * Counts calls in a Redis all processes share. A Redis that loses what it holds begins new windows; one that does not
 * answer in time fails the call, so that no request waits for it.
 *
 * @example
 * const guard = createGuard({ url, key, product, rateStore: redisRateStore((...args) => client.sendCommand(args)) });
 */
export function redisRateStore(send: SendCommand, options: RedisRateStoreOptions = {}): RateStore {
  const { prefix = 'tenantry:rate:', timeoutMs = 250 } = options;
  const run = async (rest: readonly string[]): Promise<unknown> => {
    try {
      return await send('EVALSHA', SHA, '1', ...rest);
    } catch (error) {
      // A Redis that was restarted or has never heard of it is told once more.
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return send('EVAL', TAKE, '1', ...rest);
    }
  };
  return {
    take: async ({ tenantId, name, limit, windowMs, cost }) => {
      // The id first, in braces: windows of one tenant lie on one node of a cluster.
      const key = `${prefix}{${tenantId}}:${name}`;
      const window = String(Math.max(1, Math.ceil(windowMs)));
      const answer = await within(timeoutMs, run([key, String(limit), String(cost), window]));
      const [used, fits, left] = Array.isArray(answer) ? answer.map(Number) : [];
      if (used === undefined || fits === undefined || left === undefined || Number.isNaN(used)) {
        throw new Error('The count of calls was not answered.');
      }
      return { used, allowed: fits === 1, resetMs: left };
    },
  };
}

function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Redis did not answer in ${timeoutMs} ms.`)), timeoutMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
