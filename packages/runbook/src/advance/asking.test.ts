import { describe, expect, it } from 'vitest';
import { task, wait } from './testing/make-runbook.ts';
import { one, Play, ROLL_BACK } from './testing/play.ts';

/** Friday, 16:00 in Berlin; Monday is a holiday. */
const at = '2026-01-02T15:00:00.000Z';
const calendar = { timezone: 'Europe/Berlin', hours: '09:00-18:00', holidays: ['2026-01-05'] };
const escalate = [
  { after: '4h', to: 'support_lead' },
  { after: '6h', to: 'engineering_lead' },
];
const play = (more = {}) => new Play(one({ id: 'a', body: task(), escalate, ...more }), { facts: { calendar }, at });

describe('the escalation ladder', () => {
  it('ROLE-01 ROLE-03: counts working time, over a weekend and a holiday', () => {
    const asked = play();
    expect(asked.timers.get('escalate:a')).toBe('2026-01-06T10:00:01.000Z');
    asked.until('2026-01-06T10:00:01.000Z');
    expect(asked.told('escalate')).toEqual([{ do: 'escalate', step: 'a', to: 'support_lead', rung: 1 }]);
    expect(asked.timers.get('escalate:a')).toBe('2026-01-06T12:00:01.000Z');
    asked.until('2026-01-06T12:00:01.000Z');
    expect(asked.told('escalate')).toMatchObject([{ to: 'engineering_lead', rung: 2 }]);
    expect([asked.timers.size, asked.step('a').escalated]).toEqual([0, 2]);
  });

  it('climbs no rung before its time: not for a timer that fires early, nor for one that fires twice', () => {
    const early = play().send({ type: 'timer', key: 'escalate:a' });
    expect([early.told('escalate'), early.timers.get('escalate:a')]).toEqual([[], '2026-01-06T10:00:01.000Z']);
    const twice = play().until('2026-01-06T10:00:01.000Z').send({ type: 'timer', key: 'escalate:a' });
    expect([twice.told('escalate'), twice.timers.get('escalate:a')]).toEqual([[], '2026-01-06T12:00:01.000Z']);
  });

  it('ROLE-02: the ladder of the runbook holds where the step has none, for events that are waited for as well', () => {
    const runbook = { escalation: [{ after: '1h', to: 'engineering' }] };
    for (const body of [task(), wait()]) {
      const asked = new Play(one({ id: 'a', body }), { facts: { calendar }, at, runbook });
      expect(asked.until('2026-01-02T16:00:01.000Z').told('escalate')).toMatchObject([{ to: 'engineering' }]);
    }
  });

  it('ends when the work is done, goes on while only one of two owners has acted', () => {
    const done = play().done('a');
    const { state } = done;
    expect([done.timers.size, done.send({ type: 'timer', key: 'escalate:a' }).state === state]).toEqual([0, true]);
    const joint = play({ owner: { mode: 'all', roles: ['engineer', 'client'] } }).done('a');
    expect(joint.timers.get('escalate:a')).toBe('2026-01-06T10:00:01.000Z');
  });

  it('RUN-38: leaves no timer behind when the run is rolled back', () => {
    const asked = play().send(ROLL_BACK);
    expect([asked.state.status, asked.timers.size]).toEqual(['rolled_back', 0]);
  });
});
