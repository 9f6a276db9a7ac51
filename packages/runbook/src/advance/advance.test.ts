import { describe, expect, it } from 'vitest';
import { check, signOff, task, uses } from './testing/make-runbook.ts';
import { ADA, BOB, one, Play, ROLL_BACK } from './testing/play.ts';

describe('steps', () => {
  it('run one after the other, each handed its rendered input', () => {
    const play = new Play(
      one({ id: 'a' }, { id: 'b', body: uses('test.make', { with: { from: '${{ steps.a.output.id }}' } }) }),
    );
    expect(play.started()).toEqual(['apply a']);
    play.pass('a', { id: 7 });
    expect(play.commands.find((command) => command.do === 'attempt')).toMatchObject({ step: 'b', with: { from: 7 } });
  });

  it('run side by side in a parallel phase', () => {
    const play = new Play([{ id: 'p', parallel: true, steps: [{ id: 'a' }, { id: 'b' }] }]);
    expect(play.started()).toEqual(['apply a', 'apply b']);
  });

  it('RUN-28: are skipped with a reason when their condition is false, and what needs them still runs', () => {
    const play = new Play(one({ id: 'a', if: 'vars.off' }, { id: 'b' }));
    expect(play.state.steps.a).toMatchObject({ status: 'skipped', skipReason: 'not vars.off' });
    expect(play.started()).toEqual(['apply b']);
  });

  it('fail, and are never skipped, when their condition cannot be read', () => {
    const play = new Play(one({ id: 'a', if: 'intake.nothing.there' }, { id: 'b' }));
    expect(play.status('a')).toBe('failed');
    expect(play.state.status).toBe('halted');
    expect(play.started()).toEqual([]);
  });

  it('RUN-30: fail when their input reads what is not there', () => {
    const play = new Play(
      one({ id: 'a' }, { id: 'b', body: uses('test.make', { with: { from: '${{ steps.a.output.id }}' } }) }),
    );
    play.pass('a', {});
    expect(play.state.steps.b?.failure?.code).toBe('runbook.expression');
  });

  it('RUN-31: a check whose expectation is not met fails and names it', () => {
    const play = new Play(one({ id: 'a', body: check('output.n > 2') })).pass('a', { n: 1 }, 0);
    expect(play.state.steps.a).toMatchObject({ status: 'failed', failure: { code: 'run.check_failed' } });
    expect(play.commands).toContainEqual(
      expect.objectContaining({
        do: 'report',
        verdict: expect.objectContaining({ ok: false, expected: 'output.n > 2' }),
      }),
    );
  });

  it('a check within a time is asked again until it holds, and fails when the time is up', () => {
    const play = new Play(one({ id: 'a', body: check('output.ok', { within: '8s' }) })).pass('a', { ok: false }, 0);
    expect(play.state.steps.a).toMatchObject({ status: 'waiting', waitingFor: 'time' });
    expect(play.state.status).toBe('running');
    play.send({ type: 'timer', key: 'poll:a' });
    expect(play.started()).toEqual(['check a']);
    for (let second = 0; second < 4; second += 1) play.send({ type: 'timer', key: 'poll:none' });
    play.pass('a', { ok: false }, 0);
    expect(play.status('a')).toBe('failed');
  });

  it('a fault that may pass is tried again, later each time, and then halts', () => {
    const play = new Play(one({ id: 'a', retry: { times: 2, wait: '10s', factor: 3 } }));
    const waits: number[] = [];
    for (let fault = 0; fault < 3; fault += 1) {
      play.fail('a', true);
      const timer = play.commands.find((command) => command.do === 'set_timer');
      if (timer?.do === 'set_timer') {
        waits.push(Date.parse(timer.at) - Date.parse(play.state.steps.a?.startedAt ?? ''));
        play.send({ type: 'timer', key: 'retry:a' });
      }
    }
    expect(waits).toHaveLength(2);
    expect(play.state.steps.a).toMatchObject({ status: 'failed', tries: 3 });
    expect(play.state.status).toBe('halted');
  });

  it('time out, and a result that comes after that changes nothing', () => {
    const play = new Play(one({ id: 'a', timeout: '1m' })).until('2026-01-01T00:01:01.000Z');
    expect(play.state.steps.a).toMatchObject({ status: 'failed', doubt: true, failure: { code: 'run.timeout' } });
    const before = play.state;
    play.pass('a');
    expect(play.state).toBe(before);
  });
});

describe('a run that halts', () => {
  it('RUN-25: starts nothing new, lets what runs finish, and goes on after a retry', () => {
    const play = new Play([{ id: 'p', parallel: true, steps: [{ id: 'a' }, { id: 'b' }, { id: 'c', needs: ['b'] }] }]);
    play.fail('a');
    expect(play.state.status).toBe('halted');
    play.pass('b');
    expect(play.started()).toEqual([]);
    play.send({ type: 'retry', step: 'a' });
    expect(play.started()).toEqual(['apply a', 'apply c']);
  });

  it('goes on past a step whose failure the author allowed', () => {
    const play = new Play(one({ id: 'a', onFail: { do: 'continue' } }, { id: 'b' })).fail('a');
    expect(play.started()).toEqual(['apply b']);
    expect(play.pass('b').state.status).toBe('completed');
  });

  it('takes a mended intake and tries what failed with it', () => {
    const play = new Play(one({ id: 'a', body: uses('test.make', { with: { size: '${{ intake.size }}' } }) })).fail(
      'a',
    );
    play.send({ type: 'intake_mended', intake: { size: 5 }, vars: {} });
    expect(play.commands.find((command) => command.do === 'attempt')).toMatchObject({ with: { size: 5 } });
  });

  it('goes on after an override, which keeps who and why', () => {
    const play = new Play(one({ id: 'a' }, { id: 'b' })).fail('a');
    play.send({ type: 'overridden', step: 'a', by: ADA, reason: 'known' });
    expect(play.state.steps.a).toMatchObject({ status: 'overridden', override: { by: 'Ada', reason: 'known' } });
    expect(play.started()).toEqual(['apply b']);
  });

  it('puts an unknown outcome to a person, whose word settles it', () => {
    const play = new Play(one({ id: 'a' }, { id: 'b' }));
    const failure = { code: 'connector.timeout', message: 'lost', retryable: false };
    play.send({ type: 'attempt_uncertain', step: 'a', round: 1, try: 1, failure, made: 0 });
    expect([play.status('a'), play.state.status]).toEqual(['uncertain', 'halted']);
    play.send({ type: 'resolved', step: 'a', by: ADA, outcome: 'happened', output: { id: 1 }, reason: 'looked' });
    expect([play.status('a'), ...play.started()]).toEqual(['passed', 'apply b']);
  });
});

describe('phases and gates', () => {
  it('RUN-09: open in order, and only when their entry gate holds', () => {
    const play = new Play([
      { id: 'p', steps: [{ id: 'a' }] },
      { id: 'q', entry: [{ label: 'It is big', expression: 'steps.a.output.size > 5' }], steps: [{ id: 'b' }] },
    ]);
    play.pass('a', { size: 1 });
    expect(play.state.phases.q).toMatchObject({ status: 'waiting', blockedBy: ['It is big'] });
    play.send({ type: 'gate_overridden', phase: 'q', label: 'It is big', by: ADA, reason: 'small is fine' });
    expect(play.started()).toEqual(['apply b']);
  });

  it('INT-13: an error in a gate keeps it closed and is told', () => {
    const play = new Play([
      { id: 'p', entry: [{ label: 'There', expression: 'intake.missing > 1' }], steps: [{ id: 'a' }] },
    ]);
    expect(play.state.phases.p?.status).toBe('waiting');
    expect(play.state.phases.p?.blockedBy?.[0]).toMatch(/^There \(/);
  });

  it('RUN-33: close only when their artifacts exist', () => {
    const play = new Play([{ id: 'p', artifacts: ['report'], steps: [{ id: 'a', artifact: 'report' }] }]);
    play.pass('a');
    expect(play.state.phases.p).toMatchObject({ status: 'open', blockedBy: ['artifact report is missing'] });
  });

  it('a skipped phase skips its steps and opens the next', () => {
    const play = new Play([
      { id: 'p', if: 'vars.off', steps: [{ id: 'a' }] },
      { id: 'q', steps: [{ id: 'b' }] },
    ]);
    expect([play.status('a'), ...play.started()]).toEqual(['skipped', 'apply b']);
  });
});

describe('people', () => {
  it('RUN-32: a task needs its owner and every item, the system ticking its own', () => {
    const body = task({
      checklist: [
        { id: 'seen', item: 'Seen', with: {} },
        { id: 'big', item: 'Big', with: {}, expect: 'intake.size > 2' },
      ],
    });
    const play = new Play(one({ id: 'a', body }));
    expect(() => play.send({ type: 'task_done', step: 'a', by: BOB, output: {}, ticks: ['seen'] })).toThrow(/engineer/);
    expect(() => play.send({ type: 'task_done', step: 'a', by: ADA, output: {}, ticks: [] })).toThrow(/Seen/);
    expect(play.send({ type: 'task_done', step: 'a', by: ADA, output: {}, ticks: ['seen'] }).state.status).toBe(
      'completed',
    );
  });

  it('RUN-06: with joint owners both sides must act', () => {
    const play = new Play(one({ id: 'a', body: task(), owner: { mode: 'all', roles: ['engineer', 'client'] } }));
    expect(play.send({ type: 'task_done', step: 'a', by: ADA, output: {}, ticks: [] }).state.status).toBe('waiting');
    expect(play.send({ type: 'task_done', step: 'a', by: BOB, output: {}, ticks: [] }).state.status).toBe('completed');
  });

  it('a no stops the run and says who and why', () => {
    const play = new Play(one({ id: 'a', body: signOff(['engineer', 'client']) }));
    play.send({ type: 'decided', step: 'a', by: BOB, decision: 'no', hash: play.hash('a'), note: 'too slow' });
    expect(play.state.steps.a?.failure?.message).toBe('Bob (client) said no: too slow');
    expect(play.state.status).toBe('halted');
  });

  it('what a person says is done stays theirs until its verification holds', () => {
    const verify = { check: 'test.probe', with: {}, expect: 'output.ok' };
    const play = new Play(one({ id: 'a', body: task({ verify }) }));
    play.send({ type: 'task_done', step: 'a', by: ADA, output: {}, ticks: [] });
    expect(play.started()).toEqual(['check a']);
    play.pass('a', { ok: false }, 0);
    expect(play.state.steps.a).toMatchObject({ status: 'waiting', waitingFor: 'person' });
    play.send({ type: 'task_done', step: 'a', by: ADA, output: {}, ticks: [] });
    expect(play.pass('a', { ok: true }, 0).state.status).toBe('completed');
  });
});

describe('taking back', () => {
  it('RUN-38: goes backwards, and a failed undo holds back only what it needed', () => {
    const play = new Play([{ id: 'p', parallel: true, steps: [{ id: 'a' }, { id: 'b', needs: ['a'] }, { id: 'c' }] }]);
    play.pass('a').pass('b').pass('c');
    // Nothing is left to do, so the run is over: what is over is not taken back.
    expect(play.state.status).toBe('completed');
    const live = new Play([
      {
        id: 'p',
        parallel: true,
        steps: [{ id: 'a' }, { id: 'b', needs: ['a'] }, { id: 'c' }, { id: 'hold', body: task() }],
      },
    ]);
    live.pass('a').pass('b').pass('c').send(ROLL_BACK);
    expect(live.started()).toEqual(['undo c', 'undo b']);
    live.fail('b', false, 1);
    live.pass('c', {}, 0);
    expect([live.status('a'), live.state.status]).toEqual(['passed', 'rollback_blocked']);
    live.send({ type: 'retry', step: 'b' }).pass('b', {}, 0);
    expect(live.started()).toEqual(['undo a']);
    expect(live.pass('a', {}, 0).state.status).toBe('rolled_back');
  });

  it('a task that takes something back waits for its person', () => {
    const undo = {
      do: 'body',
      body: task({ text: 'Remove it' }),
      owner: { mode: 'any', roles: ['engineer'] },
    } as const;
    const play = new Play(one({ id: 'a', undo }, { id: 'hold', body: task() })).pass('a');
    play.send(ROLL_BACK);
    expect(play.commands).toContainEqual({ do: 'ask', step: 'a', purpose: 'undo' });
    expect(play.send({ type: 'task_done', step: 'a', by: ADA, output: {}, ticks: [] }).state.status).toBe(
      'rolled_back',
    );
  });

  it('lets what runs finish first, and takes that back as well', () => {
    const play = new Play(one({ id: 'a' }, { id: 'b' })).send(ROLL_BACK);
    expect([play.state.status, ...play.started()]).toEqual(['rolling_back']);
    play.pass('a');
    expect(play.started()).toEqual(['undo a']);
    expect(play.pass('a', {}, 0).state.status).toBe('rolled_back');
  });

  it('a probe that is still polling when the run is ended is not asked again', () => {
    const play = new Play(one({ id: 'a', body: check('output.ok', { within: '1m' }) })).send(ROLL_BACK);
    expect(play.pass('a', { ok: false }, 0).state.status).toBe('rolled_back');
    expect(play.status('a')).toBe('failed');
  });

  it('is refused once an irreversible step has started, naming it', () => {
    const play = new Play(one({ id: 'a', body: uses('test.make', { irreversible: true }) }));
    expect(() => play.send(ROLL_BACK)).toThrow(/Step a has started/);
  });

  it('a cancel that keeps what was made takes nothing back', () => {
    const play = new Play(one({ id: 'a' }, { id: 'hold', body: task() })).pass('a');
    play.send({ ...ROLL_BACK, to: 'cancelled', undo: false });
    expect([play.state.status, ...play.started()]).toEqual(['cancelled']);
  });

  it('a failure may take the run back by itself where the author said so', () => {
    const play = new Play(one({ id: 'a' }, { id: 'b', onFail: { do: 'rollback' } })).pass('a').fail('b');
    expect([play.state.status, ...play.started()]).toEqual(['rolling_back', 'undo a']);
  });

  it('nothing is asked of a run that is over', () => {
    const play = new Play(one({ id: 'a' })).pass('a');
    expect(() => play.send({ type: 'retry', step: 'a' })).toThrow(/completed/);
  });
});
