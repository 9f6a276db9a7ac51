import { describe, expect, it } from 'vitest';
import type { Runbook } from '../definition.ts';
import { advance } from './advance.ts';
import { migrateState } from './migrate.ts';
import { makeRunbook, type PhaseSketch, run, signOff, task, uses } from './testing/make-runbook.ts';
import { ADA, BOB, Play, type PlayOptions } from './testing/play.ts';

const AT = '2026-01-02T00:00:00.000Z';

/** The run under another version, and what its first turn under it asks for. */
function carried(play: Play, to: Runbook, reopen?: string) {
  const again = reopen === undefined ? {} : { reopen };
  const state = migrateState({ from: play.runbook, to, state: play.state, at: AT, ...again });
  const event = { type: 'migrated', at: AT, from: '1.0', to: '2.0', ...again, by: ADA, reason: 'better' } as const;
  return advance(to, state, event);
}

const version = (phases: readonly PhaseSketch[], more: PlayOptions['runbook'] = {}): Runbook => ({
  ...makeRunbook(phases),
  ...more,
});
const refused = (play: Play, to: Runbook, reopen?: string) =>
  expect(() => carried(play, to, reopen)).toThrow(expect.objectContaining({ code: 'run.not_migratable' }));

describe('carrying a run over to another version', () => {
  const vars = { on: true, off: false };

  it('drops no step that runs, or whose child run stands, even where its phase begins anew', () => {
    const without = version([{ id: 'p', steps: [{ id: 'b' }] }], { vars });
    refused(new Play([{ id: 'p', steps: [{ id: 'a' }, { id: 'b' }] }]), without, 'p');
    const child = new Play([{ id: 'p', steps: [{ id: 'a', body: run() }, { id: 'b' }] }]);
    child.send({ type: 'child_started', ...child.attempt('a'), child: 'c1' });
    child.send({ type: 'child_ended', step: 'a', child: 'c1', status: 'completed', outputs: {} });
    refused(child, without, 'p');
    const settled = new Play([
      {
        id: 'p',
        steps: [
          { id: 'a', body: task() },
          { id: 'b', body: task() },
        ],
      },
    ]).done('a');
    expect(carried(settled, without, 'p').state.steps).toMatchObject({ b: { round: 2, status: 'running' } });
  });

  it('drops no step of which something stands from an earlier round, although it has not begun in this one', () => {
    const steps = [{ id: 'first', body: task() }, { id: 'a' }, { id: 'b', body: task() }];
    const play = new Play([{ id: 'p', steps }]).done('first').pass('a');
    play.send({ type: 'reopened', phase: 'p', by: ADA, reason: 'again' });
    expect(play.step('a')).toMatchObject({ status: 'pending', made: 1 });
    refused(
      play,
      version(
        [
          {
            id: 'p',
            steps: [
              { id: 'first', body: task() },
              { id: 'b', body: task() },
            ],
          },
        ],
        { vars },
      ),
    );
  });

  it('calls nothing temporary that stands behind a phase that is closed, unless that begins anew', () => {
    const later = { id: 'q', steps: [{ id: 'b', body: task() }] };
    const play = new Play([{ id: 'p', steps: [{ id: 'a', body: uses('test.make') }] }, later]).pass('a');
    const temporary = version([{ id: 'p', steps: [{ id: 'a', body: uses('test.make', { temporary: true }) }] }, later]);
    refused(play, temporary);
    expect(carried(play, temporary, 'p').state.steps.a).toMatchObject({ round: 2, status: 'running' });
  });

  it('asks again where the new version binds a yes, unused yet, to other content', () => {
    const signed = (of: string): PhaseSketch[] => [
      {
        id: 'p',
        parallel: true,
        steps: [
          { id: 'a' },
          { id: 'yes', body: signOff(['engineer', 'client'], { of: [of] }) },
          { id: 'hold', body: task() },
        ],
      },
    ];
    const play = new Play(signed('intake')).pass('a').decide('yes', ADA).decide('yes', BOB);
    expect(play.status('yes')).toBe('passed');
    expect(carried(play, version(signed('intake'))).state.steps.yes).toMatchObject({
      status: 'passed',
    });
    expect(carried(play, version(signed('steps.a'))).state.steps.yes).toMatchObject({
      status: 'waiting',
    });
  });

  it('skips what is new in a phase that is skipped, so that the run comes to its end', () => {
    const last = { id: 'q', steps: [{ id: 'z', body: task() }] };
    const play = new Play([{ id: 'p', if: 'vars.off', steps: [{ id: 'a' }] }, last]);
    const to = version([{ id: 'p', if: 'vars.off', steps: [{ id: 'a' }, { id: 'b' }] }, last], { vars });
    const { state } = carried(play, to);
    expect(state.steps.b).toMatchObject({ status: 'skipped', skipReason: 'phase p is skipped' });
    const done = { type: 'task_done', at: AT, step: 'z', by: ADA, output: {}, ticks: [] } as const;
    expect(advance(to, state, done).state.status).toBe('completed');
  });

  it('hears no more of a step that it dropped', () => {
    const play = new Play([{ id: 'p', steps: [{ id: 'a' }, { id: 'b', body: task() }] }]);
    const late = { type: 'attempt_passed', ...play.attempt('a'), at: AT, output: {}, made: 0 } as const;
    play.pass('a', {}, 0);
    const to = version([{ id: 'p', steps: [{ id: 'b', body: task() }] }], { vars });
    const { state } = carried(play, to, 'p');
    expect(advance(to, state, late).state).toBe(state);
  });

  it('leaves go-live where a person moved it, and takes the new one where nobody did', () => {
    const steps = [{ id: 'p', steps: [{ id: 'a', body: task() }] }];
    const play = () => new Play(steps, { facts: { go_live: '2026-02-01' }, runbook: { goLive: '2026-02-01' } });
    const to = version(steps, { goLive: '2026-04-01', vars });
    expect(carried(play(), to).state.facts.go_live).toBe('2026-04-01');
    const moved = play().send({ type: 'go_live_moved', go_live: '2026-03-01', by: ADA, reason: 'later' });
    expect(carried(moved, to).state.facts.go_live).toBe('2026-03-01');
  });
});

describe('a record that is filled in', () => {
  it('leaves go-live where a person moved it', () => {
    const body = task({ record: 'contract', form: { from: { type: 'string' } } });
    const play = new Play([{ id: 'p', steps: [{ id: 'a', body }] }], {
      facts: { go_live: '2026-02-01' },
      runbook: { goLive: '2026-02-01', vars: {} },
    });
    play.send({ type: 'go_live_moved', go_live: '2026-03-01', by: ADA, reason: 'later' });
    expect(play.done('a', { output: { from: 'now' } }).state.facts.go_live).toBe('2026-03-01');
  });
});
