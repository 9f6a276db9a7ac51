/** `http.load_sample` (VAL-17, VAL-18): a small, bounded sample of response times; not a load test. */
import { isTenantryError } from '@tenantry/contract';
import { z } from 'zod';
import { defineCheck } from '../kit/index.ts';
import { type Caller, openCaller } from './caller.ts';
import { addressShape } from './get.ts';

const REQUESTS_MIN = 50;
const REQUESTS_MAX = 1_000;
const CONCURRENCY_MAX = 10;

const input = z.strictObject({
  ...addressShape,
  requests: z.int().min(REQUESTS_MIN).max(REQUESTS_MAX).default(REQUESTS_MIN),
  concurrency: z.int().min(1).max(CONCURRENCY_MAX).default(4),
});

const output = z.strictObject({
  requests: z.number(),
  p50_ms: z.number(),
  p95_ms: z.number(),
  max_ms: z.number(),
  /** Calls without an answer. */
  errors: z.number(),
  /** Answers of 500 and above. */
  server_errors: z.number(),
  /** How often each status came. */
  statuses: z.record(z.string(), z.number()),
});

/** Nearest-rank percentile of ascending values. */
export function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
}

interface Sample {
  readonly status: number | undefined;
  readonly durationMs: number;
}

async function sampleOnce(caller: Caller, url: string): Promise<Sample> {
  const startedAt = performance.now();
  try {
    const { status, durationMs } = await caller.call({ method: 'GET', url });
    return { status, durationMs };
  } catch (error) {
    if (!isTenantryError(error)) throw error;
    return { status: undefined, durationMs: performance.now() - startedAt };
  }
}

async function collect(
  caller: Caller,
  url: string,
  requests: number,
  concurrency: number,
  signal: AbortSignal,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  let started = 0;
  const lane = async (): Promise<void> => {
    while (started < requests) {
      started += 1;
      signal.throwIfAborted();
      samples.push(await sampleOnce(caller, url));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return samples;
}

export const loadSampleCheck = defineCheck<z.infer<typeof input>, z.infer<typeof output>>({
  name: 'http.load_sample',
  version: 1,
  summary: 'Measures the response times of some tens of requests',
  input,
  output,
  timeoutMs: 120_000,
  async run(ctx, given) {
    await using caller = openCaller(ctx, given.connection);
    // Outside the sample: it opens the connection, and shows a system that is away as the fault it is.
    await caller.call({ method: 'GET', url: given.url });
    const samples = await collect(caller, given.url, given.requests, given.concurrency, ctx.signal);
    const answered = samples.filter((sample) => sample.status !== undefined);
    const sorted = answered.map((sample) => sample.durationMs).sort((a, b) => a - b);
    const statuses: Record<string, number> = {};
    for (const { status } of answered) statuses[String(status)] = (statuses[String(status)] ?? 0) + 1;
    return {
      requests: samples.length,
      p50_ms: percentile(sorted, 50),
      p95_ms: percentile(sorted, 95),
      max_ms: sorted.at(-1) ?? 0,
      errors: samples.length - answered.length,
      server_errors: answered.filter((sample) => (sample.status ?? 0) >= 500).length,
      statuses,
    };
  },
});
