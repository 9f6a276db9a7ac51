import { describe, expect, it } from 'vitest';
import { run, task, uses } from './testing/make-runbook.ts';
import { ADA, CANCEL, one, Play, ROLL_BACK } from './testing/play.ts';

const child = { id: 'a', body: run('child', { with: { size: '${{ intake.size }}' } }) } as const;
const hold = { id: 'hold', body: task() } as const;
const started = (play: Play, id = 'c1') => play.send({ type: 'child_started', ...play.attempt('a'), child: id });
const ended = (play: Play, status: string, id = 'c1') =>
  play.send({ type: 'child_ended', step: 'a', child: id, status, outputs: { url: 'x' } });
const refused = { type: 'child_refused', failure: { code: 'run.refused', message: 'no', retryable: false } };

describe('a child run', () => {
  it('is started once with its rendered intake, and its outputs are those of the step', () => {
    const play = new Play(one(child));
    expect(play.told('start_child')).toEqual([
      { do: 'start_child', step: 'a', round: 1, try: 1, runbook: 'child', with: { size: 3 } },
    ]);
    ended(started(play), 'completed');
    expect(play.step('a')).toMatchObject({ status: 'passed', output: { url: 'x' }, child: { status: 'completed' } });
  });

  it('that fails, is cancelled or refused halts the parent, and a retry starts another', () => {
    for (const status of ['rolled_back', 'cancelled']) {
      const play = ended(started(new Play(one(child))), status);
      expect([play.step('a').failure?.code, play.state.status]).toEqual(['run.child_failed', 'halted']);
      expect(play.send({ type: 'retry', step: 'a' }).told('start_child')).toMatchObject([{ try: 2 }]);
    }
    const play = new Play(one(child));
    play.send({ ...refused, ...play.attempt('a') });
    expect([play.status('a'), play.state.status]).toEqual(['failed', 'halted']);
  });

  it('that goes on although its step ran out of time is waited for again, and never doubled', () => {
    const play = started(new Play(one({ ...child, timeout: '1h' }))).until('2026-01-01T02:00:00.000Z');
    expect(play.step('a').failure?.code).toBe('run.timeout');
    play.send({ type: 'retry', step: 'a' });
    expect([play.told('start_child').length, play.step('a').waitingFor]).toEqual([0, 'child']);
    expect(ended(play, 'completed').state.status).toBe('completed');
  });

  it('that completes after its step ran out of time counts when the step is tried again', () => {
    const play = started(new Play(one({ ...child, timeout: '1h' }))).until('2026-01-01T02:00:00.000Z');
    ended(play, 'completed').send({ type: 'retry', step: 'a' });
    expect(play.step('a')).toMatchObject({ status: 'passed', output: { url: 'x' } });
  });

  it('tells nothing new when its messages come twice or out of date', () => {
    const play = started(new Play(one(child, hold)));
    const before = play.state;
    started(play, 'c2');
    ended(play, 'completed', 'other');
    expect(play.state).toBe(before);
    const done = ended(play, 'completed').state;
    expect(ended(play, 'completed').state).toBe(done);
  });
});

describe('taking back a child run', () => {
  it('RUN-38: ends it and waits until it is gone', () => {
    const play = ended(started(new Play(one(child, hold))), 'completed').send(ROLL_BACK);
    expect(play.told('end_child')).toEqual([{ do: 'end_child', step: 'a', child: 'c1', undo: true }]);
    expect(play.state.status).toBe('rolling_back');
    expect(ended(play, 'rolled_back').state.status).toBe('rolled_back');
    expect(play.status('a')).toBe('undone');
  });

  it('ends one that is only being started as soon as it is there', () => {
    const play = new Play(one(child)).send(ROLL_BACK);
    expect([play.told('end_child').length, play.state.status]).toEqual([0, 'rolling_back']);
    expect(started(play).told('end_child')).toMatchObject([{ child: 'c1', undo: true }]);
    expect(ended(play, 'rolled_back').state.status).toBe('rolled_back');
  });

  it('stops one that comes after a cancelled parent is over', () => {
    const play = new Play(one(child)).send(CANCEL);
    expect(play.state.status).toBe('cancelled');
    expect(started(play).told('end_child')).toEqual([{ do: 'end_child', step: 'a', child: 'c1', undo: false }]);
    expect(play.state.status).toBe('cancelled');
  });

  it('takes back the child runs of earlier rounds too, the newest first', () => {
    const play = ended(started(new Play(one(child, hold))), 'completed');
    play.send({ type: 'reopened', phase: 'only', by: ADA, reason: 'again' });
    ended(started(play, 'c2'), 'completed', 'c2').send(ROLL_BACK);
    expect(play.told('end_child')).toMatchObject([{ child: 'c2' }]);
    expect(ended(play, 'rolled_back', 'c2').told('end_child')).toMatchObject([{ child: 'c1' }]);
    expect(ended(play, 'rolled_back', 'c1').state.status).toBe('rolled_back');
  });

  it('blocks where the child is behind a point of no return, until a person answers for it', () => {
    const play = ended(started(new Play(one(child, hold))), 'completed').send(ROLL_BACK);
    play.send({ ...refused, ...play.attempt('a'), child: 'c1' });
    expect([play.status('a'), play.state.status]).toEqual(['undo_failed', 'rollback_blocked']);
    expect(play.send({ type: 'retry', step: 'a' }).told('end_child')).toMatchObject([{ child: 'c1' }]);
    play.send({ ...refused, ...play.attempt('a'), child: 'c1' });
    play.send({ type: 'overridden', step: 'a', by: ADA, reason: 'the data stays' });
    expect(play.state.status).toBe('rolled_back');
  });

  it('goes back with a parent that was completed long ago, and nobody else may ask for that', () => {
    const play = new Play(one({ id: 'a', body: uses() })).pass('a');
    expect(() => play.send(ROLL_BACK)).toThrow('The run is completed');
    expect(play.send({ ...ROLL_BACK, byParent: true }).started()).toEqual(['undo a']);
    expect(play.pass('a', {}, 0).state.status).toBe('rolled_back');
  });
});
