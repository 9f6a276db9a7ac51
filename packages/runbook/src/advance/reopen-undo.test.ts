import { describe, expect, it } from 'vitest';
import { task, uses } from './testing/make-runbook.ts';
import { ADA, Play } from './testing/play.ts';

const reopened = (phase: string, more = {}) => ({ type: 'reopened', phase, by: ADA, reason: 'again', ...more });
const BACK = { undo: true };
const phases = [
  { id: 'p', steps: [{ id: 'a' }] },
  { id: 'q', parallel: true, steps: [{ id: 'b', retry: { times: 3, wait: '1m', factor: 1 } }, { id: 'c' }] },
  { id: 'r', steps: [{ id: 'end', body: task() }] },
];
const made = () => new Play(phases).pass('a').pass('b').pass('c');

describe('opening a phase again once what it made is gone', () => {
  it('tries nothing again meanwhile: a retry would build on what is gone already', () => {
    const play = new Play(phases).pass('a').fail('b', true, 1);
    expect(play.timers.has('retry:b')).toBe(true);
    play.send(reopened('p', BACK)).pass('c');
    expect([play.status('b'), play.timers.size]).toEqual(['undoing', 0]);
  });

  it('refuses a person who would start a step of it meanwhile', () => {
    const play = new Play(phases).pass('a').fail('b', false, 0).send(reopened('p', BACK)).pass('c');
    expect(play.started()).toEqual(['undo c']);
    expect(() => play.send({ type: 'retry', step: 'b' })).toThrow(
      expect.objectContaining({ next: expect.stringContaining('is being taken back') }),
    );
  });

  it('asks nobody meanwhile, and once more in the next round', () => {
    const steps = [{ id: 'b', body: task(), timeout: '1d', escalate: [{ after: '1h', to: 'lead' }] }];
    const play = new Play([
      { id: 'p', steps: [{ id: 'a' }] },
      { id: 'q', steps },
    ]).pass('a');
    play.send(reopened('p', BACK));
    expect([play.told('withdraw'), play.timers.size, play.status('b')]).toMatchObject([[{ step: 'b' }], 0, 'pending']);
    play.pass('a', {}, 0).pass('a');
    expect(play.step('b')).toMatchObject({ status: 'waiting', round: 2 });
  });

  it('forgets the time of a step that waits for it: it begins anew with the rest', () => {
    const steps = [{ id: 'b' }, { id: 'c', start: 'run.started_at + 6h' }];
    const play = new Play([{ id: 'p', parallel: true, steps }]).pass('b');
    expect(play.timers.has('start:c')).toBe(true);
    play.send(reopened('p', BACK));
    expect([play.step('c').startsAt, play.timers.size]).toEqual([undefined, 0]);
    expect(play.pass('b', {}, 0).timers.has('start:c')).toBe(true);
  });

  it('keeps nothing of its way where taking back fails', () => {
    const play = new Play([{ id: 'p', steps: [{ id: 'a', body: uses(), timeout: '1d' }, { id: 'b' }] }]).pass('a');
    play.send(reopened('p', BACK)).fail('b', true, 1).fail('b', false, 1);
    expect(play.step('b')).toMatchObject({ status: 'undo_failed' });
    expect(play.step('b').timesOutAt).toBeUndefined();
  });

  it('holds back another round of the same phases, and cannot be turned into one that leaves things standing', () => {
    for (const phase of ['p', 'q']) {
      const play = made().send(reopened('q', BACK)).send(reopened(phase));
      expect([play.step('b').round, play.status('b')]).toEqual([1, 'undoing']);
      play.pass('b', {}, 0).pass('c', {}, 0);
      expect([play.step('b').made, play.step('b').round > 1]).toEqual([0, true]);
    }
  });

  it('waits for a person where something could not be taken back, whoever asks for another round', () => {
    const play = made().send(reopened('q', BACK)).pass('c', {}, 0).fail('b', false, 1).send(reopened('p'));
    expect([play.status('b'), play.state.status, play.step('b').round]).toEqual(['undo_failed', 'halted', 1]);
  });
});
