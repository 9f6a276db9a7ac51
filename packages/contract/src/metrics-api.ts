/** Figures of a tenant that the vendor's application reports, on the wire. */
import { z } from 'zod';

/**
 * Upper bounds of the latency counts, in milliseconds, each inclusive; one count more follows for what took longer.
 * Everybody counts by the same bounds: counts of many processes and minutes can be added, percentiles cannot.
 */
export const LATENCY_BOUNDS_MS = [
  5, 10, 25, 50, 75, 100, 150, 200, 300, 400, 500, 750, 1_000, 1_500, 2_000, 3_000, 5_000, 10_000,
] as const;

const count = z.int().min(0).max(1_000_000_000_000);
const FEATURES_MAX = 50;
const WINDOW_MAX_MS = 3_600_000;

export const metricsReportSchema = z
  .strictObject({
    source: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/)
      .describe('Which process of the application counted; figures of several are added up'),
    from: z.iso.datetime({ offset: true }),
    to: z.iso.datetime({ offset: true }).describe('At most an hour after `from`; no two reports of a source overlap'),
    requests: count,
    errors: count.describe('Requests that failed by our fault, such as 5xx; never more than `requests`'),
    latency: z
      .array(count)
      .length(LATENCY_BOUNDS_MS.length + 1)
      .optional()
      .describe(`How many requests took how long: at most ${LATENCY_BOUNDS_MS.join(', ')} ms, and longer`),
    log_ins: count.optional().describe('Log-ins that succeeded'),
    log_ins_failed: count.optional(),
    active_users: z
      .int()
      .min(0)
      .max(2_000_000_000)
      .optional()
      .describe('Different people of the tenant in the day before `to`, over all processes'),
    tickets: count
      .optional()
      .describe('Support tickets opened; the ticket system may report them as a source of its own'),
    features: z
      .record(z.string().regex(/^[a-z][a-z0-9_.-]{0,63}$/), count)
      .refine((features) => Object.keys(features).length <= FEATURES_MAX, `names at most ${FEATURES_MAX} features`)
      .default({})
      .describe('How often each feature was used'),
  })
  .superRefine((report, context) => {
    const fault = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message });
    const length = Date.parse(report.to) - Date.parse(report.from);
    if (length <= 0 || length > WINDOW_MAX_MS) fault('to', 'is not within an hour after from');
    if (report.errors > report.requests) fault('errors', 'is more than requests');
    const timed = report.latency?.reduce((sum, part) => sum + part, 0) ?? 0;
    if (timed > report.requests) fault('latency', 'counts more than requests');
  });

export type MetricsReport = z.infer<typeof metricsReportSchema>;

export const metricsReceiptSchema = z.object({
  status: z.enum(['stored', 'known']).describe('`known`: the same report was stored before'),
});

export const metricsBandSchema = z.enum(['ok', 'warn', 'alert', 'missing']);
export type MetricsBand = z.infer<typeof metricsBandSchema>;

/** What is null was not reported, or is a share of nothing; `missing` names it. */
export const metricsSummarySchema = z.object({
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  reports: z.int(),
  coverage: z.number().describe('Share of the time that some report covers, 0 to 1'),
  requests: z.int(),
  errors: z.int(),
  error_rate: z.number().nullable().describe('Errors of all requests, 0 to 1'),
  p50_ms: z.number().nullable(),
  p95_ms: z.number().nullable().describe('Within a bound counted in between; 10000 stands for that and longer'),
  p99_ms: z.number().nullable(),
  log_ins: z.int().nullable(),
  log_in_success_rate: z.number().nullable(),
  active_users: z.int().nullable().describe('By the newest report that says so'),
  tickets: z.int().nullable().describe('Support tickets opened'),
  features: z.record(z.string(), z.int()),
  missing: z.array(z.enum(['error_rate', 'p95_ms', 'log_in_success_rate', 'active_users'])),
  bands: z.object({ error_rate: metricsBandSchema, p95_ms: metricsBandSchema, log_in_success_rate: metricsBandSchema }),
});

export type MetricsSummary = z.infer<typeof metricsSummarySchema>;
