import { describe, expect, it } from 'vitest';
import { check, choose, run, task, uses } from './testing/make-runbook.ts';
import { ADA, BOB, one, Play, ROLL_BACK } from './testing/play.ts';

const options = {
  api: uses('test.make', { manual: 'allowed' }),
  hand: { ...task(), owner: { mode: 'any', roles: ['client'] } as const },
  watch: { ...check('output.ok', { within: '10s' }), timeout: '1h' },
};
const chosen = (option: string) => ({ type: 'chosen', step: 'a', by: ADA, option });

describe('a choice', () => {
  it('RUN-29: waits for its owner, runs the option that was picked and keeps which and who', () => {
    const play = new Play(one({ id: 'a', body: choose(options) }));
    expect(play.told('ask')).toMatchObject([{ step: 'a', purpose: 'choose' }]);
    expect(play.send(chosen('api')).started()).toEqual(['apply a']);
    play.pass('a');
    expect(play.step('a')).toMatchObject({ status: 'passed', choice: 'api', acts: [{ name: 'Ada', note: 'api' }] });
  });

  it('RUN-29: each option completes the step, under the owner it names', () => {
    const play = new Play(one({ id: 'a', body: choose(options) })).send(chosen('hand'));
    expect(() => play.done('a')).toThrow(/is for client/);
    expect(play.done('a', { by: BOB }).state.status).toBe('completed');
  });

  it('is refused to others than its owner, for an option there is not, and a second time', () => {
    const play = new Play(one({ id: 'a', body: choose(options) }));
    expect(() => play.send({ ...chosen('api'), by: BOB })).toThrow(/is for engineer/);
    expect(() => play.send(chosen('fax'))).toThrow('has no option fax');
    play.send(chosen('hand'));
    expect(() => play.send(chosen('api'))).toThrow('Step a is waiting');
  });

  it('takes the recommended option by itself in a run that nobody attends', () => {
    const facts = { run: { id: 'r', started_at: '2026-01-01T00:00:00.000Z', unattended: true } } as const;
    expect(new Play(one({ id: 'a', body: choose(options) }), { facts }).started()).toEqual(['apply a']);
  });

  it('is proven by its own verification, whichever option was picked', () => {
    const body = choose(options, { verify: { check: 'test.probe', with: {}, expect: 'output.there' } });
    const play = new Play(one({ id: 'a', body })).send(chosen('api')).pass('a');
    expect(play.started()).toEqual(['check a']);
    play.pass('a', { there: false }, 0);
    expect([play.status('a'), play.state.status]).toEqual(['failed', 'halted']);
  });

  it('gives another option a clean start, once the first has failed and left nothing', () => {
    const play = new Play(one({ id: 'a', body: choose(options) })).send(chosen('api')).fail('a', false, 0);
    play.send(chosen('watch'));
    expect(play.started()).toEqual(['check a']);
    expect(play.step('a')).toMatchObject({ choice: 'watch', faults: 0 });
    expect(play.step('a').failure).toBeUndefined();
  });

  it('stays with an option that left something behind', () => {
    const play = new Play(one({ id: 'a', body: choose(options) })).send(chosen('api')).fail('a', false, 1);
    expect(() => play.send(chosen('hand'))).toThrow('cannot be chosen for');
  });

  it('is not made any more when the run is being ended or has gone on', () => {
    const steps = { id: 'a', body: choose(options), onFail: { do: 'continue' } } as const;
    const play = new Play(one(steps, { id: 'b' })).send(chosen('api')).fail('a');
    expect(() => play.send(chosen('hand'))).toThrow('cannot be chosen for');
    const ended = new Play(one({ id: 'a', body: choose(options) }, { id: 'b' })).send(chosen('api')).fail('a');
    ended.send({ ...ROLL_BACK, to: 'cancelled', undo: false });
    expect(() => ended.send(chosen('hand'))).toThrow('The run is cancelled');
  });

  it('counts the time of an option from the choice, and its limit too', () => {
    const play = new Play(one({ id: 'a', body: choose(options), timeout: '1mo' }));
    play.until('2026-01-05T00:00:00.000Z').send(chosen('watch'));
    expect(play.timers.get('timeout:a')).toBe('2026-01-05T01:00:01.000Z');
    play.pass('a', { ok: false }, 0);
    expect(play.step('a')).toMatchObject({ status: 'waiting', waitingFor: 'time' });
  });

  it('is bound to a point of no return by the option that has one', () => {
    const body = choose({ cut: uses('test.cut', { irreversible: true }), hand: task() });
    const play = new Play(one({ id: 'a', body })).send(chosen('cut'));
    expect(() => play.send(ROLL_BACK)).toThrow('Step a has started and cannot be taken back');
    expect(() => play.send({ type: 'reopened', phase: 'only', by: ADA, reason: 'again' })).toThrow(
      'Step a has started and cannot be done again',
    );
  });

  it('RUN-38: rolled back while it waits, leaves no live step and no timer', () => {
    const body = choose({ ...options, child: run() });
    const play = new Play(one({ id: 'a', body, timeout: '1d', escalate: [{ after: '1h', to: 'lead' }] })).send(
      ROLL_BACK,
    );
    expect([play.status('a'), play.state.status, play.timers.size]).toEqual(['skipped', 'rolled_back', 0]);
  });
});
