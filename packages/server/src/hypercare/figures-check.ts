import { issueSchema, metricsSummarySchema, TenantryError } from '@tenantry/contract';
import { z } from 'zod';
import { defineCheck } from '../connectors/kit/index.ts';
import { tenantOf } from '../tenants/index.ts';
import { listCheckIns } from './check-ins.ts';
import { breachText } from './core/words.ts';
import { readFigures } from './figures.ts';
import { type HypercareDeps, reading } from './hypercare-deps.ts';

const DAY_MS = 86_400_000;
const DAYS_MAX = 62;

const input = z.strictObject({
  tenant: z.uuid().optional().describe('Id of the tenant; that of the run unless given'),
  go_live: z.string().describe('Date or time of the go-live: where the first check-in counts from, and day 0'),
  since: z.enum(['last_check_in', 'go_live']).default('last_check_in'),
});

const breach = z.strictObject({
  metric: z.string(),
  kind: z.enum(['alert', 'spike']),
  figure: z.number(),
  threshold: z.number(),
  baseline: z.number().nullable(),
  text: z.string(),
});
const openItem = z.strictObject({ number: z.int(), title: z.string(), opened_at: z.string(), opened_by: z.string() });
const issueItem = openItem.extend({
  kind: issueSchema.shape.kind,
  status: z.enum(['open', 'resolved']),
  resolution: z.string(),
});

const output = z.strictObject({
  from: z.string(),
  to: z.string(),
  /** Days since the go-live, its own day being 0. */
  day: z.int(),
  summary: metricsSummarySchema,
  /** The same in words, where a figure that nobody reported says so. */
  words: z.strictObject({
    active_users: z.string(),
    log_ins: z.string(),
    requests: z.string(),
    error_rate: z.string(),
    p95: z.string(),
    tickets: z.string(),
    trend: z.string(),
    coverage: z.string(),
  }),
  usage: z.array(
    z.strictObject({
      name: z.string(),
      used: z.number().nullable(),
      limit: z.number().nullable(),
      share: z.number().nullable(),
      text: z.string(),
    }),
  ),
  /** Of the last 24 hours. */
  breaches: z.array(breach),
  findings: z.array(openItem),
  /** Open, or opened or resolved in the time; neither findings nor action items. */
  issues: z.array(issueItem),
  actions: z.array(openItem),
  /** Resolved in the time, of every kind. */
  resolved: z.array(issueItem),
  check_ins: z.array(z.strictObject({ from: z.string(), to: z.string(), feedback: z.string(), next_on: z.string() })),
});

type Input = z.output<typeof input>;
type Output = z.output<typeof output>;

/** `hypercare.figures`: what a check-in opens with (HYP-10 to HYP-12, HYP-14). */
export const figuresCheck = (deps: HypercareDeps) =>
  defineCheck<Input, Output>({
    name: 'hypercare.figures',
    version: 1,
    summary:
      'Figures of the tenant since the last check-in, what passed its bound, use of the limits, and what is open',
    input,
    output,
    run: async (ctx, wanted) => {
      const tenantId = tenantOf(ctx, wanted.tenant);
      const goLive = goLiveOf(wanted.go_live, ctx.now);
      return reading(deps, async (tx) => {
        const users = await deps.countUsers(tx, tenantId);
        const held = await listCheckIns(tx, tenantId, goLive);
        const last = wanted.since === 'last_check_in' ? held.at(-1) : undefined;
        const period = { from: new Date(last?.to ?? goLive), to: ctx.now };
        const figures = await readFigures(tx, { tenantId, period, users });
        const items = figures.issues.map(({ number, kind, title, status, resolution, opened_by, opened_at }) => ({
          ...{ number, kind, title, status, opened_by, opened_at, resolution: resolution ?? '' },
        }));
        const open = (kind: string): Output['findings'] =>
          items
            .filter((item) => item.kind === kind && item.status === 'open')
            .map(({ number, title, opened_at, opened_by }) => ({ number, title, opened_at, opened_by }));
        return {
          from: period.from.toISOString(),
          to: period.to.toISOString(),
          day: Math.floor((ctx.now.getTime() - goLive.getTime()) / DAY_MS),
          summary: figures.summary,
          words: figures.words,
          usage: [...figures.usage],
          breaches: figures.breaches.map((one) => ({ ...one, text: breachText(one) })),
          findings: open('finding'),
          issues: items.filter(({ kind }) => kind === 'issue'),
          actions: open('action'),
          resolved: items.filter(({ status }) => status === 'resolved'),
          check_ins: held.map(({ from, to, feedback, next_on }) => ({ from, to, feedback, next_on: next_on ?? '' })),
        };
      });
    },
  });

/** @throws runbook.invalid for what is no time, lies ahead, or so far back that nobody keeps the figures */
function goLiveOf(text: string, now: Date): Date {
  const at = new Date(text);
  const days = (now.getTime() - at.getTime()) / DAY_MS;
  if (days > 0 && days <= DAYS_MAX) return at;
  throw new TenantryError('runbook.invalid', `"${text}" is no go-live within the last ${DAYS_MAX} days.`, {
    next: 'Give the date on which the tenant went live, such as ${{ string(go_live) }}.',
  });
}
