import { describe, expect, it } from 'vitest';
import { check, uses, wait } from './testing/make-runbook.ts';
import { one, Play, ROLL_BACK } from './testing/play.ts';

describe('a check that must hold', () => {
  const body = check('output.ok', { hold: '10m', within: '1h', every: '4m' });
  const at = (minute: number) => `2026-01-01T00:${String(minute).padStart(2, '0')}:00.000Z`;

  it('RUN-26: is looked at until it has been true for long enough', () => {
    const play = new Play(one({ id: 'a', body })).pass('a');
    expect(play.step('a')).toMatchObject({
      status: 'waiting',
      waitingFor: 'time',
      heldSince: '2026-01-01T00:00:02.000Z',
    });
    play.until(at(5)).pass('a').until(at(10)).pass('a');
    expect(play.status('a')).toBe('waiting');
    expect(play.until(at(15)).pass('a').state.status).toBe('completed');
    expect(play.step('a').heldSince).toBeUndefined();
  });

  it('counts anew after it broke, as long as it may still come true', () => {
    const play = new Play(one({ id: 'a', body })).pass('a').until(at(5)).pass('a', { ok: false }, 0);
    expect(play.step('a').heldSince).toBeUndefined();
    play.until(at(10)).pass('a').until(at(15)).pass('a');
    expect(play.step('a').heldSince).toBe('2026-01-01T00:10:01.000Z');
  });

  it('RUN-25: fails when it breaks and nothing lets it come true again', () => {
    const play = new Play(one({ id: 'a', body: check('output.ok', { hold: '10m' }) })).pass('a');
    play.until(at(5)).pass('a', { ok: false }, 0);
    expect([play.status('a'), play.state.status, play.timers.size]).toEqual(['failed', 'halted', 0]);
  });

  it('has its whole time again when a person tries it again', () => {
    const play = new Play(one({ id: 'a', body: check('output.ok', { within: '8s' }) })).until(at(5));
    play.pass('a', { ok: false }, 0).send({ type: 'retry', step: 'a' }).pass('a', { ok: false }, 0);
    expect(play.step('a')).toMatchObject({ status: 'waiting', waitingFor: 'time' });
  });

  it('is asked once for a timer that fires twice, and not at all after it moved on', () => {
    const play = new Play(one({ id: 'a', body })).pass('a').until(at(5));
    const { state } = play;
    expect(play.send({ type: 'timer', key: 'poll:a' }).state).toBe(state);
    play.pass('a', { ok: true }, 0).send(ROLL_BACK);
    expect([play.state.status, play.timers.size]).toEqual(['rolled_back', 0]);
  });
});

describe('a time limit', () => {
  it('is not shortened by a timer of an earlier go', () => {
    const play = new Play(one({ id: 'a', timeout: '1h' })).send({ type: 'timer', key: 'timeout:a' });
    expect([play.status('a'), play.told('set_timer')]).toMatchObject(['running', [{ at: '2026-01-01T01:00:01.000Z' }]]);
  });

  it('counts anew when a person tries the step again', () => {
    const play = new Play(one({ id: 'a', timeout: '1h' })).fail('a').until('2026-01-01T09:00:00.000Z');
    play.send({ type: 'retry', step: 'a' });
    expect(play.timers.get('timeout:a')).toBe('2026-01-01T10:00:01.000Z');
  });

  it('leaves a call in doubt, and a probe not', () => {
    const made = new Play(one({ id: 'a', body: uses(), timeout: '1m' })).until('2026-01-01T00:02:00.000Z');
    const read = new Play(one({ id: 'a', body: check(), timeout: '1m' })).until('2026-01-01T00:02:00.000Z');
    expect([made.step('a').doubt, read.step('a').doubt]).toEqual([true, undefined]);
  });
});

describe('a wait for events', () => {
  const counted = { id: 'a', body: wait({ count: 2, where: 'event.kind == "paid"' }), timeout: '1d' } as const;
  let position = 0;
  const event = (kind: unknown) => {
    position += 1;
    return { type: 'outside_event', step: 'a', event: { kind }, position };
  };

  it('passes with the last of those it counts, and hands that one on', () => {
    const play = new Play(one(counted)).send(event('paid')).send(event('lost'));
    expect(play.step('a')).toMatchObject({ status: 'waiting', seen: [1] });
    expect(play.send(event('paid')).step('a')).toMatchObject({ status: 'passed', output: { kind: 'paid' } });
    expect(play.timers.size).toBe(0);
  });

  it('takes no notice of an event that lacks what it looks for', () => {
    const play = new Play(one(counted));
    const { state } = play;
    expect(play.send({ type: 'outside_event', step: 'a', event: {}, position: 9 }).state).toBe(state);
  });

  it('RUN-38: rolled back while it waits, leaves no live step and no timer', () => {
    const play = new Play(one(counted)).send(ROLL_BACK);
    expect([play.state.status, play.status('a'), play.timers.size]).toEqual(['rolled_back', 'skipped', 0]);
  });
});
