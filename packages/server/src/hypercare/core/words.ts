/** Figures as people say them, for reports and mails. What nobody reported is said to be missing, never shown as zero. */
import type { MetricsSummary } from '@tenantry/contract';
import type { Breach, WatchedMetric } from './breaches.ts';

const MISSING = 'not reported';

export const METRIC_WORDS: Readonly<Record<WatchedMetric, string>> = {
  error_rate: 'Error rate',
  p95_ms: 'Response time (p95)',
  log_in_success_rate: 'Log-ins that succeed',
  tickets: 'Support tickets in a day',
};

export function figureText(metric: WatchedMetric, figure: number | null): string {
  if (figure === null) return MISSING;
  switch (metric) {
    case 'error_rate':
    case 'log_in_success_rate':
      return percent(figure);
    case 'p95_ms':
      return `${Math.round(figure)} ms`;
    case 'tickets':
      return short(figure);
  }
}

/** `Error rate is 2 %; more than 1 % raises an alert.` */
export function breachText({ metric, kind, figure, threshold, baseline }: Breach): string {
  const said = `${METRIC_WORDS[metric]}: ${figureText(metric, figure)}`;
  const bound = figureText(metric, threshold);
  if (kind === 'alert') return `${said}, past the alert at ${bound}`;
  const usual = baseline === null ? '' : ` against ${figureText(metric, baseline)} a day before`;
  return `${said}, a spike${usual} (bound ${bound})`;
}

export interface SummaryWords {
  readonly active_users: string;
  readonly log_ins: string;
  readonly requests: string;
  readonly error_rate: string;
  readonly p95: string;
  readonly tickets: string;
  readonly trend: string;
  readonly coverage: string;
}

export function wordsOf(summary: MetricsSummary, slope: number | null): SummaryWords {
  const rate = summary.log_in_success_rate;
  return {
    active_users: countText(summary.active_users),
    log_ins:
      summary.log_ins === null ? MISSING : `${summary.log_ins}${rate === null ? '' : `, ${percent(rate)} succeeded`}`,
    requests: summary.reports === 0 ? MISSING : String(summary.requests),
    error_rate: figureText('error_rate', summary.error_rate),
    p95: figureText('p95_ms', summary.p95_ms),
    tickets: countText(summary.tickets),
    trend: trendText(slope),
    coverage: percent(summary.coverage),
  };
}

const countText = (count: number | null): string => (count === null ? MISSING : String(count));

function trendText(slope: number | null): string {
  if (slope === null) return 'not known yet';
  if (Math.abs(slope) < 0.05) return 'even over seven days';
  return `${slope > 0 ? 'rising' : 'falling'} by ${short(Math.abs(slope))} a day over seven days`;
}

const percent = (share: number): string => `${short(share * 100)} %`;

/** At most two decimals, and none that say nothing. */
const short = (figure: number): string => String(Math.round(figure * 100) / 100);
