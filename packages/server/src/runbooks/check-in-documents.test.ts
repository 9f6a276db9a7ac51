/** The documents of a check-in and of the hypercare, written from what the probe and the form leave (HYP-10 to HYP-15). */
import { readFileSync } from 'node:fs';
import { fillDocument } from '@tenantry/runbook';
import { describe, expect, it } from 'vitest';
import { renderDocument } from '../connectors/document/index.ts';
import { asText } from '../connectors/kit/index.ts';
import type { Database } from '../db/index.ts';
import { hypercareActions } from '../hypercare/index.ts';

const TEMPLATES = new URL('../../../../runbooks/cutlist/templates/', import.meta.url);
const [check] = hypercareActions({
  database: {} as Database,
  countUsers: async () => 0,
  tellFindings: async () => undefined,
}).checks;

const item = { opened_at: '2026-12-02T17:00:00.000Z', opened_by: 'run' };
const summary = {
  from: '2026-12-01T00:00:00.000Z',
  to: '2026-12-03T11:00:00.000Z',
  reports: 40,
  coverage: 0.97,
  requests: 12_400,
  errors: 149,
  error_rate: 0.012,
  p50_ms: 90,
  p95_ms: 320,
  p99_ms: 800,
  log_ins: 40,
  log_in_success_rate: 0.995,
  active_users: 12,
  tickets: 2,
  features: {},
  missing: [],
  bands: { error_rate: 'alert', p95_ms: 'ok', log_in_success_rate: 'ok' },
};
const figures = {
  from: summary.from,
  to: summary.to,
  day: 2,
  summary,
  words: {
    active_users: '12',
    log_ins: '40, 99.5 % succeeded',
    requests: '12400',
    error_rate: '1.2 %',
    p95: '320 ms',
    tickets: '2',
    trend: 'falling by 0.5 a day over seven days',
    coverage: '97 %',
  },
  usage: [{ name: 'users', used: 12, limit: 1_000, share: 0.012, text: '12 of 1000, 1 %' }],
  breaches: [
    {
      metric: 'error_rate',
      kind: 'alert',
      figure: 0.012,
      threshold: 0.01,
      baseline: null,
      text: 'Error rate: 1.2 %, past the alert at 1 %',
    },
  ],
  findings: [{ number: 1, title: 'Error rate: 1.2 %, past the alert at 1 %', ...item }],
  issues: [
    { number: 2, title: 'Exports are slow', ...item, kind: 'issue', status: 'open', resolution: '' },
    { number: 3, title: 'A label is wrong', ...item, kind: 'issue', status: 'resolved', resolution: 'Mended in 2.1' },
  ],
  actions: [{ number: 4, title: 'Train <b>the second</b> site', ...item }],
  resolved: [
    { number: 3, title: 'A label is wrong', ...item, kind: 'issue', status: 'resolved', resolution: 'Mended in 2.1' },
  ],
  check_ins: [{ from: summary.from, to: summary.to, feedback: 'They like it.', next_on: '2026-12-04' }],
};
const empty = { ...figures, breaches: [], findings: [], issues: [], actions: [], resolved: [], check_ins: [] };

const write = async (template: string, found: typeof figures | typeof empty = figures): Promise<string> => {
  const scope = {
    now: new Date('2026-12-03T11:00:00Z'),
    title: 'Hypercare',
    figures: found,
    intake: { title: 'Check-in on day 3', company: 'Northwind Joinery', go_live: '2026-12-01', adoption: true },
    artifacts: { report: { hash: 'a'.repeat(64), url: '/x' } },
    steps: {
      figures: { output: found },
      after: { output: found },
      talk: { output: { feedback: 'They like it.', adoption: 'Both sites', next_check_in: '2026-12-04' } },
    },
  };
  const { bytes } = await renderDocument({
    template: readFileSync(new URL(`${template}.md`, TEMPLATES), 'utf8'),
    format: 'html',
    name: template,
    render: (part, escaped = asText) => fillDocument(part, scope as never, escaped),
    brand: { name: 'CutListCreator', color: '#1a6b4f' },
    at: scope.now,
    signal: new AbortController().signal,
  });
  return bytes.toString();
};

describe('the figures these documents are written from', () => {
  it('are of the shape the probe declares', () => {
    expect(check?.output.parse(figures)).toEqual(figures);
  });
});

describe('a document of the hypercare', () => {
  it.each(['check-in-report', 'check-in', 'hypercare-report'])(
    '%s leaves nothing open, with or without findings',
    async (name) => {
      for (const found of [figures, empty]) {
        const html = await write(name, found);
        expect(html).not.toMatch(/\$\{\{|\}\}|\{%|%\}|undefined|\[object|\bNaN\b/);
        expect(html).not.toContain('<b>the second</b>');
      }
    },
  );

  it('HYP-10 HYP-11: the report has customer, go-live date, day, figures with their bands, and the use of limits', async () => {
    const html = await write('check-in-report');
    for (const text of [
      'Check-in on day 3: Northwind Joinery',
      'Go-live date: 2026-12-01. Hypercare day: 2.',
      '<td>12</td>',
      '40, 99.5 % succeeded',
      '<td>1.2 %</td>\n<td>alert</td>',
      '<td>320 ms</td>\n<td>ok</td>',
      'falling by 0.5 a day over seven days',
      '12 of 1000, 1 %',
      '#1 Error rate: 1.2 %, past the alert at 1 % (since 2026-12-02T17:00:00.000Z)',
    ]) {
      expect(html).toContain(text);
    }
  });

  it('HYP-12 to HYP-15: the check-in has issues with status and resolution, feedback, boxes to tick, and the next day', async () => {
    const html = await write('check-in');
    for (const text of [
      '#2 Exports are slow',
      'Status: open',
      'Resolution: none yet',
      'Status: resolved',
      'Resolution: Mended in 2.1',
      'They like it.',
      '[ ] #4 Train',
      'Both sites',
      '2026-12-04',
      'a'.repeat(64),
    ]) {
      expect(html).toContain(text);
    }
  });

  it('HYP-36: the report of a week or of all of it says what is open, what was resolved, and what the customer said', async () => {
    const html = await write('hypercare-report');
    expect(html).toMatch(
      /Still open[\s\S]*Finding #1[\s\S]*Issue #2[\s\S]*Action item #4[\s\S]*Resolved[\s\S]*#3 A label is wrong: Mended in 2.1[\s\S]*They like it/,
    );
    expect(await write('hypercare-report', empty)).toMatch(/Still open<\/h2>\s*<p>Nothing\./);
  });
});
