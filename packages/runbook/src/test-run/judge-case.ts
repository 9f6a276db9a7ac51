/** Holds what a case came to against what it expects. */
import type { TestCase } from './fixture.ts';
import type { Problem, World } from './world.ts';

/** Empty when all is as expected. */
export function differencesOf({ expect, stop, happens }: TestCase, world: World): readonly Problem[] {
  const { state } = world;
  const asks = Object.entries(state.steps)
    .filter(([, { waitingFor }]) => waitingFor === 'person' || waitingFor === 'approval')
    .map(([id]) => id);
  return [
    ...world.problems,
    ...notReached(stop.before, state.steps),
    ...happens.slice(world.happened).map((_each, index) => ({
      path: `happens[${world.happened + index}]`,
      expected: 'happens',
      actual: 'the case ended before',
    })),
    ...compare('status', expect.status, state.status),
    ...Object.entries(expect.steps).flatMap(([id, status]) => compare(`steps.${id}`, status, state.steps[id]?.status)),
    ...Object.entries(expect.phases).flatMap(([id, status]) =>
      compare(`phases.${id}`, status, state.phases[id]?.status),
    ),
    ...(expect.asks === undefined ? [] : compare('asks', listed(expect.asks), listed(asks))),
    ...expect.artifacts
      .filter((name) => !Object.hasOwn(state.artifacts, name))
      .map((name) => ({ path: `artifacts.${name}`, expected: 'there', actual: 'missing' })),
    ...Object.entries(expect.escalations).flatMap(([id, roles]) => {
      const told = world.escalations.filter(({ step }) => step === id).map(({ to }) => to);
      return compare(`escalations.${id}`, inOrder(roles), inOrder(told));
    }),
  ];
}

const inOrder = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '));
const listed = (names: readonly string[]): string => inOrder([...names].sort());

const compare = (path: string, expected: string | undefined, actual: string | undefined): readonly Problem[] =>
  expected === undefined || expected === actual ? [] : [{ path, expected, actual: actual ?? 'nothing' }];

const notReached = (before: string | undefined, steps: World['state']['steps']): readonly Problem[] =>
  before !== undefined && (steps[before]?.status === 'pending' || steps[before]?.status === 'skipped')
    ? [{ path: 'stop.before', expected: `${before} starts`, actual: `it is ${steps[before].status}` }]
    : [];
