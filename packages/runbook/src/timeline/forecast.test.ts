import { describe, expect, it } from 'vitest';
import { makeRunbook, type PhaseSketch } from '../advance/testing/make-runbook.ts';
import type { Calendar, Runbook } from '../definition.ts';
import { forecastTimeline } from './forecast.ts';
import { planTimeline } from './plan-timeline.ts';

const calendar: Calendar = { timezone: 'UTC', workdays: 'mon-fri', hours: '09:00-18:00' };
const phase = (id: string, duration: string, more: Partial<PhaseSketch> = {}): PhaseSketch => ({
  id,
  duration,
  steps: [],
  ...more,
});
const runbook: Runbook = {
  ...makeRunbook([phase('setup', '1w-2w'), phase('uat', '1w'), phase('go_live', '1d', { start: 'go_live 09:00' })]),
  calendar,
};
const START = '2026-01-05T09:00:00.000Z';
const plan = planTimeline(runbook, { start: START, goLive: '2026-02-02', skippedPhases: [] });
const open = { status: 'open', round: 1 } as const;
const passed = { status: 'passed', round: 1 } as const;
const waiting = { status: 'pending', round: 1 } as const;

describe('forecastTimeline', () => {
  it('RUN-17: a run in time goes live on the day that was agreed', () => {
    const actual = { setup: { ...open, openedAt: START }, uat: waiting, go_live: waiting };
    expect(forecastTimeline(runbook, plan, actual, START).goLive).toBe('2026-02-02T09:00:00.000Z');
  });

  it('what is late moves everything that follows, and go-live with it', () => {
    const actual = { setup: { ...open, openedAt: START }, uat: waiting, go_live: waiting };
    const { phases, goLive } = forecastTimeline(runbook, plan, actual, '2026-02-10T09:00:00.000Z');
    expect(phases.map(({ id, from, to }) => `${id} ${from.slice(0, 10)} ${to.slice(0, 10)}`)).toEqual([
      'setup 2026-01-05 2026-02-10',
      'uat 2026-02-10 2026-02-17',
      'go_live 2026-02-17 2026-02-18',
    ]);
    expect(goLive).toBe('2026-02-17T09:00:00.000Z');
  });

  it('what has ended stays where it is, and a skipped phase takes no time', () => {
    const actual = {
      setup: { ...passed, openedAt: START, doneAt: '2026-01-06T09:00:00.000Z' },
      uat: { status: 'skipped', round: 1 } as const,
      go_live: { ...open, openedAt: '2026-01-20T09:00:00.000Z' },
    };
    const { phases, goLive } = forecastTimeline(runbook, plan, actual, '2026-01-20T10:00:00.000Z');
    expect(phases.map(({ id }) => id)).toEqual(['setup', 'go_live']);
    expect(phases[0]?.to).toBe('2026-01-06T09:00:00.000Z');
    expect(goLive).toBe('2026-01-20T09:00:00.000Z');
  });
});
