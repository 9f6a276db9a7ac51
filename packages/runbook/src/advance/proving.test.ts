import { describe, expect, it } from 'vitest';
import { task } from './testing/make-runbook.ts';
import { ADA, BOB, CANCEL, one, Play, ROLL_BACK } from './testing/play.ts';

const item = (id: string, more = {}) => ({ id, item: id, with: {}, check: 'test.probe', expect: 'output.ok', ...more });
const body = task({ checklist: [item('sso'), item('mail'), { id: 'seen', item: 'Seen', with: {} }] });
const verify = { check: 'test.probe', with: {}, expect: 'output.ok' };

describe('checklist items with a probe of their own', () => {
  it('RUN-32: are looked at when the task opens, and what was found is shown', () => {
    const play = new Play(one({ id: 'a', body })).pass('a', { ok: true }, 0).pass('a', { ok: false }, 0);
    expect(play.step('a')).toMatchObject({
      status: 'waiting',
      waitingFor: 'person',
      items: {
        sso: { ok: true },
        mail: { ok: false, reason: 'the result does not meet: output.ok; found {"ok":false}' },
      },
    });
  });

  it('RUN-32 RUN-41: count as they are in the end, and every open one is named', () => {
    const play = new Play(one({ id: 'a', body })).pass('a', {}, 0).pass('a', {}, 0);
    play
      .done('a', { ticks: ['seen'] })
      .pass('a', { ok: false }, 0)
      .pass('a', { ok: false }, 0);
    expect(play.step('a')).toMatchObject({ status: 'waiting', acts: [] });
    expect(play.step('a').failure?.message).toMatch(/"sso": .*; "mail": /);
    play
      .done('a', { ticks: ['seen'] })
      .pass('a')
      .pass('a');
    expect(play.state.status).toBe('completed');
  });

  it('leave a task to its person when a probe cannot be run, and halt the run when it was to prove the work', () => {
    const play = new Play(one({ id: 'a', body })).fail('a').pass('a');
    expect(play.step('a')).toMatchObject({ waitingFor: 'person', items: { sso: { ok: false, reason: 'no' } } });
    play.done('a', { ticks: ['seen'] }).fail('a');
    expect([play.status('a'), play.state.status]).toEqual(['failed', 'halted']);
  });

  it('fail the step where their input cannot be read', () => {
    const checklist = [item('sso', { with: { url: '${{ steps.a.output.none }}' } })];
    const play = new Play(one({ id: 'a', body: task({ checklist }) }));
    expect([play.step('a').failure?.code, play.state.status]).toEqual(['runbook.expression', 'halted']);
  });

  it('RUN-28: are left out while their condition does not hold', () => {
    const play = new Play(one({ id: 'a', body: task({ checklist: [item('sso', { if: 'vars.off' })] }) }));
    expect(play.step('a').waitingFor).toBe('person');
    expect(play.done('a').state.status).toBe('completed');
  });

  it('are not started any more once the run is being ended', () => {
    for (const end of [ROLL_BACK, CANCEL]) {
      const opening = new Play(one({ id: 'a', body })).send(end);
      expect([opening.pass('a').started(), opening.told('ask')]).toEqual([[], []]);
      const proving = new Play(one({ id: 'a', body: task({ verify }) })).done('a').send(end).pass('a');
      expect(proving.state.status).toBe(end.to);
    }
  });
});

describe('joint work', () => {
  it('RUN-06: what both sides fill in belongs together; a second go starts with an empty form', () => {
    const owner = { mode: 'all', roles: ['engineer', 'client'] } as const;
    const play = new Play(one({ id: 'a', body: task({ verify }), owner })).done('a', { output: { ours: 1 } });
    play.done('a', { by: BOB, output: { theirs: 2 } }).pass('a', { ok: false }, 0);
    expect(play.step('a').output).toEqual({ ours: 1, theirs: 2 });
    expect(play.done('a', { by: ADA, output: { ours: 3 } }).step('a').output).toEqual({ ours: 3 });
  });
});

describe('the verify of a task', () => {
  const slow = { ...verify, within: '10m', every: '1m' };
  const after = (play: Play, ms: number) => new Date(Date.parse(play.at) + ms).toISOString();

  it('VAL-27: is asked again until it comes true, before the task goes back to its person', () => {
    const play = new Play(one({ id: 'a', body: task({ verify: slow }) })).done('a').pass('a', { ok: false }, 0);
    expect([play.step('a').waitingFor, play.told('ask')]).toEqual(['time', []]);
    play.until(after(play, 60_000));
    expect(play.started()).toEqual(['check a']);
    expect(play.pass('a').state.status).toBe('completed');
    expect(play.step('a').acts).toHaveLength(1);
  });

  it('goes back to its person with the reason when its time is up, and has the whole of it again', () => {
    const play = new Play(one({ id: 'a', body: task({ verify: slow }) })).done('a').pass('a', { ok: false }, 0);
    for (let minute = 1; minute < 10; minute += 1) {
      play.until(after(play, 60_000));
      if (play.status('a') === 'running') play.pass('a', { ok: false }, 0);
    }
    expect(play.step('a')).toMatchObject({ waitingFor: 'person', acts: [], failure: { code: 'run.check_failed' } });
    expect([play.step('a').lookingSince, play.timers.has('poll:a')]).toEqual([undefined, false]);
    play.done('a').pass('a', { ok: false }, 0);
    expect(play.step('a').waitingFor).toBe('time');
  });

  it('has to stay true for as long as it is to hold', () => {
    const play = new Play(one({ id: 'a', body: task({ verify: { ...slow, hold: '2m' } }) })).done('a').pass('a');
    play.until(after(play, 60_000)).pass('a', { ok: false }, 0);
    expect(play.step('a').heldSince).toBeUndefined();
    play.until(after(play, 60_000)).pass('a').until(after(play, 60_000)).pass('a');
    expect(play.state.status).toBe('running');
    play.until(after(play, 60_000)).pass('a');
    expect(play.state.status).toBe('completed');
  });

  it('stops being asked when the run is ended or the step overridden', () => {
    const polled = () => new Play(one({ id: 'a', body: task({ verify: slow }) })).done('a').pass('a', { ok: false }, 0);
    expect(polled().send(CANCEL).timers.has('poll:a')).toBe(false);
    const play = polled().send({ type: 'overridden', step: 'a', by: ADA, reason: 'known' });
    expect([play.status('a'), play.timers.has('poll:a')]).toEqual(['overridden', false]);
  });
});
