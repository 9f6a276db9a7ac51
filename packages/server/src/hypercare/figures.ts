/** Everything a check-in opens with: figures of the time since the last one, what passed its bound, what is open. */
import type { IssueView, MetricsSummary } from '@tenantry/contract';
import type { Tx } from '../db/index.ts';
import { loadLimits, loadTenant } from '../tenants/index.ts';
import { type Breach, findBreaches, slopeOf } from './core/breaches.ts';
import { type Period, type StoredReport, summarizeReports } from './core/summarize.ts';
import { busiestQuarter, type Usage, usageOf } from './core/usage.ts';
import { type SummaryWords, wordsOf } from './core/words.ts';
import { listIssues } from './issues.ts';
import { readAllReports } from './read-metrics.ts';

const DAY_MS = 86_400_000;
/** The last day, and the seven before it. */
const WATCHED_DAYS = 8;

export interface Watched {
  readonly last: MetricsSummary;
  readonly breaches: readonly Breach[];
  /** Change of the tickets of a day from one day to the next; null where too little is known. */
  readonly ticketSlope: number | null;
}

export interface HypercareFigures extends Watched {
  readonly summary: MetricsSummary;
  readonly words: SummaryWords;
  readonly usage: readonly Usage[];
  /** Open now, or opened or resolved in the time. */
  readonly issues: readonly IssueView[];
}

/** The last 24 hours of the tenant, held against its bounds and the seven days before. */
export async function watchTenant(tx: Tx, tenantId: string, now: Date): Promise<Watched> {
  const from = new Date(now.getTime() - WATCHED_DAYS * DAY_MS);
  return watchedIn(await readAllReports(tx, tenantId, { from, to: now }), now);
}

interface FiguresRequest {
  readonly tenantId: string;
  readonly period: Period;
  /** Users that have a place. */
  readonly users: number;
}

/** @throws tenant.not_found */
export async function readFigures(tx: Tx, { tenantId, period, users }: FiguresRequest): Promise<HypercareFigures> {
  const tenant = await loadTenant(tx, tenantId);
  const { limits } = await loadLimits(tx, tenant);
  const begin = Math.min(period.from.getTime(), period.to.getTime() - WATCHED_DAYS * DAY_MS);
  const reports = await readAllReports(tx, tenantId, { from: new Date(begin), to: period.to });
  const within = reportsIn(reports, period);
  const summary = summarizeReports(period, within);
  const watched = watchedIn(reports, period.to);
  const calls = busiestQuarter(within);
  const open = await listIssues(tx, tenantId, { status: 'open' });
  const moved = await listIssues(tx, tenantId, { since: period.from });
  const numbers = new Set(open.map(({ number }) => number));
  return {
    ...watched,
    summary,
    words: wordsOf(summary, watched.ticketSlope),
    usage: usageOf(limits, { users, ...(calls === undefined ? {} : { api_calls_per_15min: calls }) }),
    issues: [...open, ...moved.filter(({ number }) => !numbers.has(number))].sort((a, b) => a.number - b.number),
  };
}

function watchedIn(reports: readonly StoredReport[], now: Date): Watched {
  const days = Array.from({ length: WATCHED_DAYS }, (_, back): MetricsSummary => {
    const day = dayBefore(now, back);
    return summarizeReports(day, reportsIn(reports, day));
  });
  const [last, ...before] = days as [MetricsSummary, ...MetricsSummary[]];
  const sevenDays = days.slice(0, WATCHED_DAYS - 1).map(({ tickets }) => tickets);
  return { last, breaches: findBreaches(last, before), ticketSlope: slopeOf(sevenDays.reverse()) };
}

const dayBefore = (now: Date, back: number): Period => ({
  from: new Date(now.getTime() - (back + 1) * DAY_MS),
  to: new Date(now.getTime() - back * DAY_MS),
});

/** A report belongs to the time it ends in, whole. */
const reportsIn = (reports: readonly StoredReport[], { from, to }: Period): readonly StoredReport[] =>
  reports.filter((report) => report.to > from && report.to <= to);
