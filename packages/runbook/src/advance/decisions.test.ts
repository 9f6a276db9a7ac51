import { describe, expect, it } from 'vitest';
import { approve, check, signOff, task } from './testing/make-runbook.ts';
import { ADA, BOB, one, Play, ROLL_BACK } from './testing/play.ts';

const EVE = { id: 'p3', name: 'Eve', role: 'engineer' };
const both = signOff(['engineer', 'client']);
const mended = (size: number) => ({ type: 'intake_mended', intake: { size }, vars: {} });
/** A run that halts, so that its intake can be mended under the decision on it. */
const halted = (more: Parameters<typeof one>, body: Parameters<typeof one>[0]['body'] = both) =>
  new Play([{ id: 'p', parallel: true, steps: [{ id: 'yes', body }, { id: 'bad', body: check() }, ...more] }]).fail(
    'bad',
  );

describe('a decision', () => {
  it('RUN-34: counts for what is there now: content that changed between page load and click is refused', () => {
    const play = halted([]);
    const shown = play.hash('yes');
    play.send(mended(4));
    expect(() => play.decide('yes', BOB, 'yes', shown)).toThrow(
      expect.objectContaining({ code: 'run.content_changed' }),
    );
    expect(play.decide('yes', BOB).step('yes').acts).toMatchObject([{ name: 'Bob', decision: 'yes' }]);
  });

  it('a no needs no fresh page', () => {
    const play = halted([]);
    const shown = play.hash('yes');
    expect(play.send(mended(4)).decide('yes', BOB, 'no', shown).step('yes').failure?.code).toBe('run.refused');
  });

  it('RUN-34 ROLE-12: needs every role, and names only who signed what stands', () => {
    const play = halted([]).decide('yes', ADA).send(mended(4)).decide('yes', BOB);
    expect(play.status('yes')).toBe('waiting');
    expect(play.decide('yes', EVE).step('yes').output?.signed_by).toEqual(['Bob (client)', 'Eve (engineer)']);
  });

  it('needs as many different people as its author says', () => {
    const play = new Play(one({ id: 'yes', body: approve(['engineer'], { need: 2 }) })).decide('yes', ADA);
    expect(() => play.decide('yes', ADA)).toThrow('has decided on step yes already');
    expect(() => play.decide('yes', BOB)).toThrow('is for engineer');
    expect(play.decide('yes', EVE).state.status).toBe('completed');
  });

  it('may be asked for again after a no, and who said no may say yes', () => {
    const play = new Play(one({ id: 'yes', body: both })).decide('yes', ADA).decide('yes', BOB, 'no');
    expect(play.send({ type: 'retry', step: 'yes' }).decide('yes', BOB).state.status).toBe('completed');
  });

  it('RUN-38: rolled back while it is open, leaves no live step and no timer', () => {
    const play = new Play(one({ id: 'yes', body: both, timeout: '1d', escalate: [{ after: '1h', to: 'lead' }] }));
    expect([play.send(ROLL_BACK).state.status, play.timers.size]).toEqual(['rolled_back', 0]);
  });
});

describe('content that changes under a yes', () => {
  const agreed = (play: Play) => play.decide('yes', ADA).decide('yes', BOB);

  it('RUN-34: before it is used, asks again and holds what waits for it', () => {
    const play = agreed(halted([{ id: 'after', needs: ['yes', 'bad'] }]));
    play.send(mended(4));
    expect([play.status('yes'), play.told('ask')]).toMatchObject(['waiting', [{ step: 'yes' }]]);
    expect(play.pass('bad', { ok: true }, 0).status('after')).toBe('pending');
    expect(agreed(play).started()).toEqual(['apply after']);
  });

  it('after it is used, is a finding, once', () => {
    const steps = [
      { id: 'yes', body: both },
      { id: 'on', needs: ['yes'] },
    ];
    const used = agreed(new Play([{ id: 'p', parallel: true, steps }]));
    used.fail('on').send(mended(4));
    expect([used.told('finding').length, used.status('yes')]).toEqual([1, 'passed']);
  });

  it('that changes back is not asked about any more', () => {
    const play = agreed(halted([{ id: 'late', body: task() }]));
    play.send(mended(4)).fail('bad').send(mended(3));
    expect([play.status('yes'), play.told('withdraw').length]).toEqual(['passed', 1]);
  });

  it('is seen before anything goes on, also when a step settles by itself in the same moment', () => {
    const skipped = { id: 'extra', needs: ['first'], if: 'vars.off' };
    const steps = [
      { id: 'first', body: task() },
      skipped,
      { id: 'yes', body: signOff(['engineer', 'client'], { of: ['steps.extra'] }) },
      { id: 'after', needs: ['yes', 'extra'] },
    ];
    const play = agreed(new Play([{ id: 'p', parallel: true, steps }])).done('first');
    expect([play.status('extra'), play.status('yes'), play.started()]).toEqual(['skipped', 'waiting', []]);
  });

  it('never sends two approvals that are bound to each other back and forth for ever', () => {
    const steps = [
      { id: 'one', body: approve(['engineer'], { of: ['steps.two'] }) },
      { id: 'two', body: approve(['engineer'], { of: ['steps.one'] }) },
      { id: 'hold', body: task() },
    ];
    const play = new Play([{ id: 'p', parallel: true, steps }]).decide('one', ADA).decide('two', ADA);
    expect(play.state.status).toBe('waiting');
  });
});
