import { describe, expect, it } from 'vitest';
import { approve, choose, signOff, task, uses } from './testing/make-runbook.ts';
import { ADA, BOB, CANCEL, one, Play, ROLL_BACK } from './testing/play.ts';

const reopened = (phase: string) => ({ type: 'reopened', phase, by: ADA, reason: 'again' });
const phases = [
  { id: 'p', steps: [{ id: 'a' }] },
  { id: 'q', steps: [{ id: 'b', body: task() }] },
];

describe('opening a phase again', () => {
  it('begins another round of it and of all that depends on it, and of nothing else', () => {
    const play = new Play([{ id: 'o', steps: [{ id: 'z' }] }, ...phases]).pass('z').pass('a');
    play.send(reopened('p'));
    expect([play.started(), play.told('withdraw')]).toMatchObject([['apply a'], [{ step: 'b' }]]);
    expect([play.step('z').round, play.step('a').round, play.step('b')]).toMatchObject([
      1,
      2,
      { round: 2, status: 'pending' },
    ]);
  });

  it('waits for what runs, starts nothing meanwhile, and takes no result of the round before', () => {
    const steps = [{ id: 'a' }, { id: 'b' }];
    const play = new Play([{ id: 'p', parallel: true, steps }]).pass('a').send(reopened('p'));
    expect([play.started(), play.step('a').round]).toEqual([[], 1]);
    const late = { type: 'attempt_passed', ...play.attempt('b'), output: {}, made: 1 };
    expect(play.send(late).started()).toEqual(['apply a', 'apply b']);
    const { state } = play;
    expect(play.send(late).state).toBe(state);
  });

  it('lets two phases that do not need each other both begin anew', () => {
    const play = new Play([
      { id: 'p', needs: [], steps: [{ id: 'a' }, { id: 'c', body: task() }] },
      { id: 'q', needs: [], steps: [{ id: 'b' }, { id: 'd', body: task() }] },
    ]);
    play.send(reopened('p')).send(reopened('q')).pass('a').pass('b');
    expect([play.step('a').round, play.step('b').round]).toEqual([2, 2]);
  });

  it('is refused for a phase that has not begun, a run that is over, and behind a point of no return', () => {
    expect(() => new Play(phases).send(reopened('q'))).toThrow('Phase q is pending');
    expect(() => new Play(phases).send(CANCEL).pass('a').send(reopened('p'))).toThrow('The run is cancelled');
    const cut = [...phases, { id: 'r', steps: [{ id: 'c', body: uses('test.cut', { irreversible: true }) }] }];
    const play = new Play(cut).pass('a').done('b');
    expect(() => play.send(reopened('p'))).toThrow('Step c has started and cannot be done again');
  });

  it('RUN-38: what an earlier round made is taken back with the run, even where the new round did not come to it', () => {
    const undo = { do: 'body', body: uses('test.remove') } as const;
    const steps = [
      { id: 'gate', body: task() },
      { id: 'a' },
      { id: 'hand', body: task(), undo },
      { id: 'end', body: task() },
    ];
    const play = new Play([{ id: 'p', steps }]).done('gate').pass('a').done('hand').send(reopened('p'));
    expect(play.status('a')).toBe('pending');
    expect(play.send(ROLL_BACK).started()).toEqual(['undo_call hand']);
    expect(play.pass('hand', {}, 0).started()).toEqual(['undo a']);
    expect(play.pass('a', {}, 0).state.status).toBe('rolled_back');
  });

  it('leaves no timer of the round before', () => {
    const steps = [
      { id: 'a', body: task(), timeout: '1d', escalate: [{ after: '1h', to: 'lead' }] },
      { id: 'b', needs: [], start: 'go_live' },
    ];
    const play = new Play([{ id: 'p', steps }], { facts: { go_live: '2026-02-01' } }).send(ROLL_BACK);
    expect(play.timers.size).toBe(0);
    const again = new Play([{ id: 'p', if: 'intake.size > 2', steps }], { facts: { go_live: '2026-02-01' } });
    again.send(reopened('p'));
    expect([...again.timers.keys()].sort()).toEqual(['escalate:a', 'start:b', 'timeout:a']);
  });

  it('asks anew which option to take', () => {
    const play = new Play(one({ id: 'a', body: choose({ make: uses(), hand: task() }) }, { id: 'b', body: task() }));
    play.send({ type: 'chosen', step: 'a', by: ADA, option: 'make' }).pass('a').send(reopened('only'));
    expect([play.step('a').choice, play.told('ask')]).toMatchObject([undefined, [{ purpose: 'choose' }]]);
  });
});

describe('a no that goes back', () => {
  const back = (more = {}) => [
    { id: 'p', steps: [{ id: 'a', ...more }] },
    { id: 'q', steps: [{ id: 'yes', body: signOff(['engineer', 'client'], { backTo: 'p', of: ['steps.a'] }) }] },
  ];

  it('RUN-34: begins the phase its author named anew, and holds a yes to what comes out the same', () => {
    const play = new Play(back()).pass('a', { v: 1 }).decide('yes', ADA).decide('yes', BOB, 'no');
    expect([play.started(), play.step('a').round]).toEqual([['apply a'], 2]);
    play.pass('a', { v: 1 });
    expect(() => play.decide('yes', ADA)).toThrow('has decided on step yes already');
    expect(play.decide('yes', BOB).state.status).toBe('completed');
  });

  it('asks everyone again when it comes out another', () => {
    const play = new Play(back()).pass('a', { v: 1 }).decide('yes', ADA).decide('yes', BOB, 'no').pass('a', { v: 2 });
    expect(play.decide('yes', BOB).status('yes')).toBe('waiting');
    expect(play.decide('yes', ADA).state.status).toBe('completed');
  });

  it('stands as a failure behind a point of no return', () => {
    const play = new Play(back({ body: uses('test.cut', { irreversible: true }) })).pass('a').decide('yes', BOB, 'no');
    expect([play.status('yes'), play.state.status, play.step('a').round]).toEqual(['failed', 'halted', 1]);
  });

  it('passes by itself in the new round where enough people agreed to the very same', () => {
    const steps = [
      { id: 'ok', body: approve(['engineer']) },
      { id: 'yes', body: signOff(['client'], { backTo: 'p' }) },
    ];
    const play = new Play([{ id: 'p', steps }]).decide('ok', ADA).decide('yes', BOB, 'no');
    expect([play.status('ok'), play.step('ok').round, play.status('yes')]).toEqual(['passed', 2, 'waiting']);
  });
});
