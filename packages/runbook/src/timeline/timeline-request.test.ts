import { describe, expect, it } from 'vitest';
import type { RunFacts } from '../advance/index.ts';
import { makeRunbook } from '../advance/testing/make-runbook.ts';
import { planTimeline } from './plan-timeline.ts';
import { timelineRequest } from './timeline-request.ts';

const facts: RunFacts = {
  run: { id: 'r', started_at: '2026-01-05T08:00:00.000Z' },
  tenant: null,
  product: { tenants: 0 },
  intake: { timezone: 'America/Sao_Paulo', tier: 'basic' },
  vars: { premium: false },
  env: {},
  go_live: '2026-01-07',
};
const runbook = {
  ...makeRunbook([
    { id: 'a', duration: '1d', steps: [] },
    { id: 'b', if: 'vars.premium', duration: '1w', steps: [] },
    { id: 'go_live', duration: '1d', steps: [] },
  ]),
  calendar: { timezone: '${{ intake.timezone }}', workdays: 'mon-fri', hours: '09:00-18:00' },
  estimate: '${{ product.tenants == 0 ? "2h-4h" : "1h-2h" }}',
};

describe('timelineRequest', () => {
  it('renders what the calendar and the estimate read from the run', () => {
    expect(timelineRequest(runbook, facts)).toMatchObject({
      start: '2026-01-05T08:00:00.000Z',
      goLive: '2026-01-07',
      calendar: { timezone: 'America/Sao_Paulo' },
    });
  });

  it('RUN-24: the estimate follows whether the tenant is the first of its product', () => {
    const effort = (tenants: number) =>
      planTimeline(runbook, timelineRequest(runbook, { ...facts, product: { tenants } })).estimate.declared;
    expect(effort(0)).toEqual({ fromMinutes: 120, toMinutes: 240 });
    expect(effort(3)).toEqual({ fromMinutes: 60, toMinutes: 120 });
  });

  it('leaves out the phases whose condition is false', () => {
    expect(timelineRequest(runbook, facts).skippedPhases).toEqual(['b']);
    expect(planTimeline(runbook, timelineRequest(runbook, facts)).feasible).toBe(true);
    const premium = timelineRequest(runbook, { ...facts, vars: { premium: true } });
    expect(planTimeline(runbook, premium).shortBy?.path).toEqual(['a', 'b']);
  });

  it('takes the calendar of the product for a runbook without one', () => {
    const { calendar: _, ...plain } = runbook;
    expect(timelineRequest(plain, facts, { timezone: 'Asia/Riyadh' }).calendar).toEqual({ timezone: 'Asia/Riyadh' });
    expect(timelineRequest(plain, facts)).not.toHaveProperty('calendar');
  });

  it('refuses a zone that the intake does not hold', () => {
    const request = () =>
      planTimeline(runbook, timelineRequest(runbook, { ...facts, intake: { timezone: 'Mars/Olympus' } }));
    expect(request).toThrow('"Mars/Olympus" is not a time zone.');
  });
});
