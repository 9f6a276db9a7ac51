import { describe, expect, it } from 'vitest';
import { signOff, task, uses } from './testing/make-runbook.ts';
import { ADA, BOB, CANCEL, Play, ROLL_BACK } from './testing/play.ts';

const temporary = uses('test.make', { temporary: true });
const phases = [
  {
    id: 'p',
    steps: [
      { id: 'a', body: temporary },
      { id: 'b', body: temporary },
    ],
  },
  { id: 'q', steps: [{ id: 'c', body: task() }] },
];

describe('what is temporary', () => {
  it('goes when its phase closes, in reverse order, before the phase counts as closed', () => {
    const play = new Play(phases).pass('a').pass('b');
    expect([play.started(), play.state.phases.p?.status]).toEqual([['undo b'], 'open']);
    expect(play.pass('b', {}, 0).started()).toEqual(['undo a']);
    play.pass('a', {}, 0);
    expect(play.step('a')).toMatchObject({ status: 'passed', released: true, made: 0 });
    expect([play.state.phases.p?.status, play.status('c')]).toEqual(['passed', 'waiting']);
  });

  it('keeps the phase open while its undo fails, until a retry takes it back or a person answers for it', () => {
    const play = new Play(phases).pass('a').pass('b').fail('b', false, 1);
    expect([play.status('b'), play.state.status]).toEqual(['undo_failed', 'halted']);
    expect(play.state.phases.p).toMatchObject({ status: 'open', closing: true });
    expect(play.send({ type: 'retry', step: 'b' }).started()).toEqual(['undo b']);
    play.fail('b', false, 1).send({ type: 'overridden', step: 'b', by: ADA, reason: 'left' });
    expect(play.started()).toEqual(['undo a']);
    expect(play.pass('a', {}, 0).state.phases.p?.status).toBe('passed');
  });

  it('leaves a step that failed a failed step', () => {
    const steps = [{ id: 'a', body: temporary, onFail: { do: 'continue' } as const }];
    const play = new Play([{ id: 'p', steps }]).fail('a', false, 1);
    expect(play.started()).toEqual(['undo a']);
    expect(play.pass('a', {}, 0).step('a')).toMatchObject({ status: 'failed', failure: { message: 'no' } });
  });

  it('changes nothing of what people agreed to', () => {
    const steps = [
      { id: 'a', body: temporary },
      { id: 'yes', body: signOff(['engineer', 'client'], { of: ['steps.a'] }) },
    ];
    const play = new Play([{ id: 'p', steps }]).pass('a').decide('yes', ADA).decide('yes', BOB);
    expect([play.started(), play.status('yes')]).toEqual([['undo a'], 'passed']);
    expect([play.pass('a', {}, 0).state.status, play.told('ask')]).toEqual(['completed', []]);
  });

  it('keeps the phase open when a yes falls while it goes, until that is given again', () => {
    const steps = [
      { id: 'a', body: temporary },
      { id: 'yes', body: signOff(['engineer', 'client'], { of: ['intake'] }) },
    ];
    const play = new Play([{ id: 'p', steps }]).pass('a').decide('yes', ADA).decide('yes', BOB);
    play.fail('a', false, 1).send({ type: 'intake_mended', intake: { n: 7 }, vars: {} });
    expect([play.status('a'), play.status('yes')]).toEqual(['undo_failed', 'waiting']);
    play.send({ type: 'retry', step: 'a' }).pass('a', {}, 0);
    expect(play.state.phases.p).toMatchObject({ status: 'open', closing: true });
    expect(play.state.phases.p?.blockedBy).toBeUndefined();
    expect(play.decide('yes', ADA).decide('yes', BOB).state.status).toBe('completed');
  });

  it('is taken back by what its author wrote, once, and not again with the run', () => {
    const undo = { do: 'body', body: uses('test.remove') } as const;
    const play = new Play([{ id: 'p', steps: [{ id: 'a', body: temporary, undo }] }, ...phases.slice(1)]).pass(
      'a',
      {},
      0,
    );
    expect(play.started()).toEqual(['undo_call a']);
    expect(play.pass('a', {}, 0).send(ROLL_BACK).state.status).toBe('rolled_back');
  });

  it('RUN-38: is taken back with the run when that is ended meanwhile, and let be by a cancel that keeps', () => {
    const play = new Play(phases).pass('a').pass('b').send(ROLL_BACK).pass('b', {}, 0).pass('a', {}, 0);
    expect([play.state.status, play.status('a'), play.status('b')]).toEqual(['rolled_back', 'undone', 'undone']);
    const undo = { do: 'body', body: task() } as const;
    const kept = new Play([{ id: 'p', steps: [{ id: 'a', body: temporary, undo }] }]).pass('a').send(CANCEL);
    expect([kept.state.status, kept.status('a'), kept.told('withdraw')]).toMatchObject(['cancelled', 'passed', [{}]]);
  });
});

describe('an undo that failed', () => {
  it('waits for what needed it before it is tried again', () => {
    const steps = [{ id: 'a', body: temporary }, { id: 'b' }];
    const play = new Play([{ id: 'p', steps }]).pass('a').pass('b').fail('a', false, 1).send(ROLL_BACK);
    expect(play.started()).toEqual(['undo b']);
    expect(() => play.send({ type: 'retry', step: 'a' })).toThrow('cannot be taken back');
    play.pass('b', {}, 0).send({ type: 'retry', step: 'a' });
    expect(play.pass('a', {}, 0).state.status).toBe('rolled_back');
  });

  it('is what an undo of unknown outcome becomes: a person looks', () => {
    const play = new Play([{ id: 'p', steps: [{ id: 'a' }, { id: 'hold', body: task() }] }]).pass('a').send(ROLL_BACK);
    const failure = { code: 'connector.timeout', message: 'lost', retryable: false };
    play.send({ type: 'attempt_uncertain', ...play.attempt('a'), failure, made: 1 });
    expect([play.status('a'), play.state.status]).toEqual(['undo_failed', 'rollback_blocked']);
  });
});
