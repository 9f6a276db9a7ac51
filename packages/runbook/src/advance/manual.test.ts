import { describe, expect, it } from 'vitest';
import { task, uses } from './testing/make-runbook.ts';
import { ADA, BOB, one, Play, ROLL_BACK } from './testing/play.ts';

const takeOver = (by = ADA) => ({ type: 'taken_over', step: 'a', by });

describe('work done by hand', () => {
  const allowed = { id: 'a', body: uses('test.make', { manual: 'allowed' }) } as const;

  it('RUN-29: is proven and taken over by the action itself', () => {
    const play = new Play(one(allowed)).fail('a').send(takeOver());
    expect(play.told('ask')).toMatchObject([{ step: 'a', purpose: 'do' }]);
    expect(play.done('a').started()).toEqual(['adopt a']);
    expect(play.pass('a', { id: 7 }).step('a')).toMatchObject({ status: 'passed', manual: true, output: { id: 7 } });
  });

  it('stays with the person, with the reason, while it cannot be proven', () => {
    const play = new Play(one(allowed)).fail('a').send(takeOver()).done('a').fail('a');
    expect(play.step('a')).toMatchObject({
      status: 'waiting',
      waitingFor: 'person',
      failure: { message: 'no' },
      acts: [],
    });
  });

  it('has tries of its own: faults of the machine before it do not count', () => {
    const play = new Play(one({ ...allowed, retry: { times: 1, wait: '1m', factor: 1 } })).fail('a', true);
    play.send(takeOver()).done('a').fail('a', true);
    expect(play.step('a').waitingFor).toBe('retry');
  });

  it('is taken from a machine that waits for its next try, and its timer goes', () => {
    const play = new Play(one(allowed)).fail('a', true).send(takeOver());
    expect([play.step('a').waitingFor, play.timers.size]).toEqual(['person', 0]);
  });

  it('is where the runbook leaves no other way', () => {
    const play = new Play(one({ id: 'a', body: uses('test.make', { manual: 'only' }) }));
    expect([play.started(), play.step('a').waitingFor]).toEqual([[], 'person']);
  });

  it('is refused where it is not allowed, to the wrong person, while a call runs, and after the run went on', () => {
    expect(() => new Play(one({ id: 'a' })).fail('a').send(takeOver())).toThrow('cannot be done by hand');
    expect(() => new Play(one(allowed)).send(takeOver())).toThrow('Step a is running');
    const play = new Play(one({ ...allowed, onFail: { do: 'continue' } }, { id: 'b' })).fail('a');
    expect(() => play.send(takeOver(BOB))).toThrow('is for engineer');
    expect(() => play.send(takeOver())).toThrow('cannot be done by hand');
  });

  it('RUN-38: rolled back while it waits for the hand, leaves no live step', () => {
    const play = new Play(one({ ...allowed, timeout: '1d' })).fail('a', true).send(takeOver()).send(ROLL_BACK);
    expect([play.state.status, play.timers.size]).toEqual(['rolled_back', 0]);
  });
});

describe('a point of no return', () => {
  const body = uses('test.delete', { irreversible: true, confirm: 'delete ${{ intake.size }}' });
  const typed = (text: string, by = ADA) => ({ type: 'confirmed', step: 'a', by, text });

  it('starts only when its text was typed, exactly and by its owner', () => {
    const play = new Play(one({ id: 'a', body }));
    expect(play.told('ask')).toMatchObject([{ purpose: 'confirm' }]);
    expect(() => play.send(typed('delete 4'))).toThrow('does not match');
    expect(() => play.send(typed('delete 3', BOB))).toThrow('is for engineer');
    expect(() => play.done('a')).toThrow('cannot be completed');
    expect(play.send(typed('delete 3')).started()).toEqual(['apply a']);
    expect(() => play.send(typed('delete 3'))).toThrow('cannot be confirmed');
  });

  it('is not confirmed before its time', () => {
    const repeat = { from: 'go_live', on: ['1d'] };
    const play = new Play(one({ id: 'a', body, repeat }), { facts: { go_live: '2026-01-05' } });
    expect(() => play.send(typed('delete 3'))).toThrow('cannot be confirmed');
  });

  it('RBK-15: until then the run can be rolled back; afterwards even a failure that asks for it only halts', () => {
    expect(new Play(one({ id: 'a', body })).send(ROLL_BACK).state.status).toBe('rolled_back');
    const play = new Play(one({ id: 'a', body, onFail: { do: 'rollback' } })).send(typed('delete 3')).fail('a');
    expect(play.state.status).toBe('halted');
    expect(() => play.send(ROLL_BACK)).toThrow('cannot be taken back');
  });
});

describe('an undo by hand', () => {
  const undo = { do: 'body', body: task(), owner: { mode: 'any', roles: ['client'] } } as const;

  it('RBK-12: is for whom the author names, and for nobody while a machine does it', () => {
    const play = new Play(one({ id: 'a', undo }, { id: 'b' }, { id: 'hold', body: task() })).pass('a').pass('b');
    play.send(ROLL_BACK);
    expect(() => play.done('b')).toThrow('cannot be completed');
    play.pass('b', {}, 0);
    expect(() => play.done('a')).toThrow('is for client');
    expect(play.done('a', { by: BOB }).state.status).toBe('rolled_back');
  });

  it('is not taken for done by a result of the work that comes late', () => {
    const play = new Play(one({ id: 'a', undo }, { id: 'hold', body: task() }));
    const late = { type: 'attempt_passed', ...play.attempt('a'), output: {}, made: 1 };
    const { state } = play.send(late).send(ROLL_BACK);
    expect(play.send(late).state).toBe(state);
  });
});
