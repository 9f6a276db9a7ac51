import { describe, expect, it } from 'vitest';
import { check, task, uses, wait } from './testing/make-runbook.ts';
import { ADA, one, Play, ROLL_BACK } from './testing/play.ts';

/** 2026-01-05 is a Monday. */
const facts = { go_live: '2026-01-05' };
const daily = { from: 'go_live 09:00', every: '1d', for: '3d' } as const;
const times = (play: Play) => play.step('a').occurrences?.map(({ at, status }) => `${at.slice(5, 16)} ${status}`);

describe('a repeated step', () => {
  it('HYP-01 HYP-02: three daily check-ins come at their hour, and the step passes with the last', () => {
    const play = new Play(one({ id: 'a', body: task(), repeat: daily }, { id: 'b' }), { facts });
    expect(play.step('a')).toMatchObject({ status: 'waiting', waitingFor: 'occurrence' });
    for (const day of ['05', '06', '07']) {
      expect(play.told('ask')).toEqual([]);
      play.until(`2026-01-${day}T09:00:00.000Z`);
      expect(play.told('ask')).toMatchObject([{ step: 'a' }]);
      play.done('a');
    }
    expect(times(play)).toEqual(['01-05T09:00 passed', '01-06T09:00 passed', '01-07T09:00 passed']);
    expect(play.started()).toEqual(['apply b']);
  });

  it('HYP-03: two check-ins in the second week, at the days the author lists', () => {
    const repeat = { from: 'go_live 09:00', on: ['8d', '10d'] };
    const play = new Play(one({ id: 'a', body: task(), repeat }), { facts });
    expect(times(play)).toEqual(['01-13T09:00 due', '01-15T09:00 due']);
  });

  it('begins before its anchor where the author says so', () => {
    const play = new Play(one({ id: 'a', body: task(), repeat: { from: 'go_live', on: ['1d', '-2h', '-1d'] } }), {
      facts,
    });
    expect(times(play)).toEqual(['01-04T00:00 due', '01-04T22:00 due', '01-06T00:00 due']);
  });

  it('skips what was over when it became ready, and runs what falls on that day', () => {
    const play = new Play(one({ id: 'a', body: task(), repeat: daily }), { facts, at: '2026-01-06T15:00:00.000Z' });
    expect(times(play)).toEqual(['01-05T09:00 skipped', '01-06T09:00 due', '01-07T09:00 due']);
    expect(play.told('ask')).toHaveLength(1);
  });

  it('of nothing passes at once; of too much or from no time fails and says so', () => {
    const none = new Play(one({ id: 'a', body: task(), repeat: { from: 'go_live', on: [] } }), { facts });
    expect(none.state.status).toBe('completed');
    const many = { from: 'go_live', every: '1m', for: '1mo' };
    expect(new Play(one({ id: 'a', repeat: many }), { facts }).step('a').failure?.message).toMatch(/more than 400/);
    const still = { from: 'go_live', every: '0s', for: '1d' };
    expect(new Play(one({ id: 'a', repeat: still }), { facts }).step('a').failure?.message).toMatch(/more than 400/);
    const unknown = new Play(one({ id: 'a', repeat: { from: 'vars.nothing', every: '1d' } }), { facts });
    expect(unknown.step('a').failure?.message).toMatch(/is not known/);
  });

  it('keeps its place when go-live moves: no occurrence comes twice, none is lost', () => {
    const play = new Play(one({ id: 'a', body: task(), repeat: daily }), { facts });
    play.until('2026-01-05T09:00:00.000Z').done('a');
    play.send({ type: 'go_live_moved', go_live: '2026-01-12', by: ADA, reason: 'late' });
    expect(times(play)).toEqual(['01-05T09:00 passed', '01-13T09:00 due', '01-14T09:00 due']);
    expect(play.timers.get('start:a')).toBe('2026-01-13T09:00:00.000Z');
  });

  it('takes the times to come along while an occurrence is under way', () => {
    const play = new Play(one({ id: 'a', body: task(), repeat: daily }), { facts }).until('2026-01-05T09:00:00.000Z');
    play.send({ type: 'go_live_moved', go_live: '2026-01-12', by: ADA, reason: 'late' });
    expect(times(play)).toEqual(['01-05T09:00 due', '01-13T09:00 due', '01-14T09:00 due']);
    expect(play.done('a').step('a').waitingFor).toBe('occurrence');
  });

  it('goes on after an occurrence that failed where the author allows it, and halts where not', () => {
    const step = { id: 'a', body: check(), repeat: daily } as const;
    const play = new Play(one({ ...step, onFail: { do: 'continue' } }), { facts });
    play.until('2026-01-05T09:00:00.000Z').pass('a', { ok: false }, 0);
    expect([times(play)?.[0], play.state.status]).toEqual(['01-05T09:00 failed', 'waiting']);
    const halting = new Play(one(step), { facts }).until('2026-01-05T09:00:00.000Z').pass('a', { ok: false }, 0);
    expect(halting.state.status).toBe('halted');
    expect(halting.send({ type: 'retry', step: 'a' }).started()).toEqual(['check a']);
  });

  it('gives each occurrence its own time to come true and its own limit', () => {
    const body = check('output.ok', { within: '8s' });
    const play = new Play(one({ id: 'a', body, repeat: daily, timeout: '1h', onFail: { do: 'continue' } }), { facts });
    play.until('2026-01-05T09:00:00.000Z').pass('a');
    expect(play.timers.has('timeout:a')).toBe(false);
    play.until('2026-01-06T09:00:00.000Z').pass('a', { ok: false }, 0);
    expect(play.step('a')).toMatchObject({ waitingFor: 'time', timesOutAt: '2026-01-06T10:00:00.000Z' });
  });

  it('counts events only while an occurrence waits for them', () => {
    const play = new Play(one({ id: 'a', body: wait(), repeat: daily }), { facts });
    const before = play.state;
    expect(play.send({ type: 'outside_event', step: 'a', event: {}, position: 1 }).state).toBe(before);
  });

  it('RUN-38: rolled back with an occurrence running, leaves nothing of it', () => {
    const play = new Play(one({ id: 'a', body: uses(), repeat: daily }), { facts }).until('2026-01-05T09:00:00.000Z');
    play.send(ROLL_BACK).pass('a');
    expect(play.started()).toEqual(['undo a']);
    expect(play.pass('a', {}, 0).state.status).toBe('rolled_back');
    const waiting = new Play(one({ id: 'a', body: uses(), repeat: daily }), { facts }).send(ROLL_BACK);
    expect([waiting.state.status, waiting.status('a'), waiting.timers.size]).toEqual(['rolled_back', 'skipped', 0]);
  });
});
