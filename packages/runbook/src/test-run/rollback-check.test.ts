import { describe, expect, it } from 'vitest';
import type { TestCase } from './fixture.ts';
import { playCase } from './play.ts';
import { NOTHING_GIVEN } from './read-given.ts';
import { checkRollback, type Moment, momentsOf } from './rollback-check.ts';
import { catalog, readSketch, sketch } from './testing/try-cases.ts';
import { openWorld, type Stage } from './world.ts';

const TEST: TestCase = {
  name: 'it',
  at: '2026-01-05T09:00:00.000Z',
  intake: { slug: 'acme', go_live: '2026-02-02' },
  product: {},
  env: {},
  tenant: { id: 't', slug: 'acme' },
  given: NOTHING_GIVEN,
  happens: [],
  stop: {},
  rollback: true,
  expect: { steps: {}, phases: {}, artifacts: [], escalations: {} },
  line: 1,
};

function momentsIn(source: string): { readonly stage: Stage; readonly moments: readonly Moment[] } {
  const stage: Stage = { runbook: readSketch(sketch(source)), catalog, test: TEST, everybodyActs: false };
  const moments: Moment[] = [];
  playCase(stage, openWorld(stage), (world, before) => moments.push(...momentsOf(world, before)));
  return { stage, moments };
}

/** An engine that has forgotten what a step made: the world still has it. */
function forgetting(step: string, { after, world }: Moment): Moment {
  const state = world.state.steps[step];
  if (state === undefined) throw new Error(`no step ${step}`);
  const steps = { ...world.state.steps, [step]: { ...state, made: 0 } };
  return { after, world: { ...world, state: { ...world.state, steps } } };
}

describe('checkRollback', () => {
  const CHAIN = `
steps:
  - { id: base, uses: thing.make }
  - { id: upper, uses: thing.make }
  - { id: tell, uses: thing.tell, undo: none }
`;

  it('finds what was left, and what went before something that needed it', () => {
    const { stage, moments } = momentsIn(CHAIN);
    const [last] = moments.slice(-1);
    expect(last?.after).toBe('upper');
    if (last === undefined) return;
    expect(checkRollback(stage, [forgetting('upper', last)]).problems).toEqual([
      {
        path: 'rollback after upper: undo order',
        expected: 'upper taken back before base, which they needed',
        actual: 'base first',
      },
      { path: 'rollback after upper: left', expected: 'nothing', actual: 'upper' },
    ]);
  });

  it('leaves alone what the author wants to keep', () => {
    const { stage, moments } = momentsIn(
      CHAIN.replace('upper, uses: thing.make', 'upper, uses: thing.make, undo: keep'),
    );
    expect(checkRollback(stage, moments)).toEqual({ aborts: 2, refused: 0, problems: [] });
  });
});
