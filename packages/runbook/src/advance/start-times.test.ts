import { describe, expect, it } from 'vitest';
import { task } from './testing/make-runbook.ts';
import { ADA, one, Play, ROLL_BACK } from './testing/play.ts';

const facts = { go_live: '2026-01-05' };
const moved = (go_live: string) => ({ type: 'go_live_moved', go_live, by: ADA, reason: 'moved' });

describe('a start time', () => {
  it('holds a step until its hour in the zone of the run', () => {
    const calendar = { timezone: 'America/New_York' };
    const play = new Play(one({ id: 'a', start: 'go_live - 1d 09:00' }), { facts: { ...facts, calendar } });
    expect([play.status('a'), play.timers.get('start:a')]).toEqual(['pending', '2026-01-04T14:00:00.000Z']);
    expect(play.until('2026-01-04T13:59:59.000Z').started()).toEqual([]);
    expect(play.until('2026-01-04T14:00:00.000Z').started()).toEqual(['apply a']);
  });

  it('does not give way to a timer that fires early or twice', () => {
    const play = new Play(one({ id: 'a', start: 'go_live' }), { facts });
    play.send({ type: 'timer', key: 'start:a' }).send({ type: 'timer', key: 'start:a' });
    expect([play.status('a'), play.timers.get('start:a')]).toEqual(['pending', '2026-01-05T00:00:00.000Z']);
    play.until('2026-01-05T00:00:00.000Z').pass('a');
    const { state } = play;
    expect(play.send({ type: 'timer', key: 'start:a' }).state).toBe(state);
  });

  it('that a phase has reached waits for nothing more, whatever its gate says', () => {
    const steps = [{ id: 'b', body: task() }];
    const gate = [{ label: 'a is done', expression: 'steps.a.passed' }];
    const play = new Play(
      [
        { id: 'first', steps: [{ id: 'a' }] },
        { id: 'p', needs: [], start: 'go_live 08:00', entry: gate, steps },
      ],
      { facts },
    );
    play.until('2026-01-05T08:00:00.000Z').send({ type: 'timer', key: 'open:p' });
    expect(play.state.phases.p).toMatchObject({ status: 'waiting', blockedBy: ['a is done'] });
    expect(play.timers.has('open:p')).toBe(false);
    play.pass('a');
    expect(play.status('b')).toBe('waiting');
  });

  it('holds a phase, says so, and goes along when go-live moves', () => {
    const play = new Play([{ id: 'p', start: 'go_live 08:00', steps: [{ id: 'a' }] }], { facts });
    expect(play.state.phases.p?.blockedBy).toEqual(['starts 2026-01-05T08:00:00.000Z']);
    play.send(moved('2026-01-07'));
    expect(play.timers.get('open:p')).toBe('2026-01-07T08:00:00.000Z');
    play.until('2026-01-07T08:00:00.000Z');
    expect(play.started()).toEqual(['apply a']);
  });

  it('that go-live moves to before now starts at once and leaves no timer', () => {
    const phases = [{ id: 'p', start: 'go_live - 3d', steps: [{ id: 'a', start: 'go_live - 3d' }] }];
    const play = new Play(phases, { facts }).send(moved('2026-01-02'));
    expect([play.started(), play.timers.size]).toEqual([['apply a'], 0]);
  });

  it('that cannot be read keeps a phase closed and fails a step; a retry reads it again', () => {
    const bad = new Play([{ id: 'p', start: 'intake.size', steps: [{ id: 'a' }] }], { facts });
    expect(bad.state.phases.p?.blockedBy?.[0]).toMatch(/start cannot be read/);
    const play = new Play(one({ id: 'a', start: 'intake.size' }), { facts });
    expect([play.step('a').failure?.code, play.state.status]).toEqual(['runbook.expression', 'halted']);
    expect(play.send({ type: 'retry', step: 'a' }).started()).toEqual([]);
    play.send({ type: 'intake_mended', intake: { size: '2026-01-03' }, vars: {} });
    expect([play.status('a'), play.timers.get('start:a')]).toEqual(['pending', '2026-01-03T00:00:00.000Z']);
  });

  it('does not let a condition be passed over that could not be read', () => {
    const play = new Play(one({ id: 'a', if: 'intake.wanted' })).send({ type: 'retry', step: 'a' });
    expect([play.status('a'), play.started()]).toEqual(['failed', []]);
    expect(play.send({ type: 'intake_mended', intake: { wanted: false }, vars: {} }).status('a')).toBe('skipped');
  });

  it('waits for an anchor that is not known yet', () => {
    const phases = [
      { id: 'p', steps: [{ id: 'a', body: task() }] },
      { id: 'q', needs: [], steps: [{ id: 'b', start: 'phases.p.done_at + 1d' }] },
    ];
    const play = new Play(phases, { facts });
    expect([play.status('b'), play.timers.has('start:b')]).toEqual(['pending', false]);
    play.done('a');
    expect(play.timers.get('start:b')).toBe('2026-01-02T00:00:02.000Z');
  });

  it('RUN-38: rolled back while it waits, leaves no timer of step or phase', () => {
    const phases = [
      { id: 'p', steps: [{ id: 'a', start: 'go_live' }] },
      { id: 'q', needs: [], start: 'go_live', steps: [{ id: 'b' }] },
    ];
    const play = new Play(phases, { facts }).send(ROLL_BACK);
    expect([play.state.status, play.timers.size]).toEqual(['rolled_back', 0]);
  });
});

describe('a run whose calendar cannot be used', () => {
  it('is refused at its start: it has no working day', () => {
    const calendar = { timezone: 'UTC', workdays: '' };
    expect(() => new Play(one({ id: 'a' }), { facts: { calendar } })).toThrow('It has no working day');
  });
});
