/**
 * Aborts a case after each step in turn: what was made has to be taken back, in an order in which nothing goes before
 * what needed it, and nothing may be left.
 */
import { isTenantryError } from '@tenantry/contract';
import { isTerminal, type RunState } from '../advance/index.ts';
import { stepsOf } from '../definition.ts';
import { indexOf } from '../runbook-index.ts';
import { personOf } from './people.ts';
import { isTakenBack, playOn, send } from './play.ts';
import { copyOf, type Problem, type Stage, type World } from './world.ts';

export interface RollbackCheck {
  /** How many times the run was aborted and came back to nothing, or was refused past the point of no return. */
  readonly aborts: number;
  /** Of these, refused because an irreversible step had started. */
  readonly refused: number;
  readonly problems: readonly Problem[];
}

/** A moment at which a step had just come to rest. */
export interface Moment {
  readonly after: string;
  readonly world: World;
}

/** The moments of one turn; the world is copied, because it goes on. A run that has ended cannot be aborted. */
export function momentsOf(world: World, before: RunState): readonly Moment[] {
  if (isTerminal(world.state.status)) return [];
  const rested = Object.entries(world.state.steps).filter(
    ([id, { status }]) => (status === 'passed' || status === 'failed') && before.steps[id]?.status !== status,
  );
  return rested.slice(0, 1).map(([after]) => ({ after, world: copyOf(world) }));
}

export function checkRollback(stage: Stage, moments: readonly Moment[]): RollbackCheck {
  const abortStage: Stage = { ...stage, everybodyActs: true, test: { ...stage.test, happens: [], stop: {} } };
  const results = moments.map((moment) => abort(abortStage, moment));
  return {
    aborts: results.length,
    refused: results.filter(({ isRefused }) => isRefused).length,
    problems: results.flatMap(({ problems }) => problems),
  };
}

interface Aborted {
  readonly isRefused: boolean;
  readonly problems: readonly Problem[];
}

function abort(stage: Stage, { after, world }: Moment): Aborted {
  const by = personOf(stage.runbook, stage.runbook.may.rollback[0] ?? '');
  try {
    send(stage, world, { type: 'ended_early', at: world.at, to: 'rolled_back', undo: true, by, reason: 'the test' });
  } catch (error) {
    if (!isTenantryError(error) || error.code !== 'run.point_of_no_return') throw error;
    return { isRefused: true, problems: [] };
  }
  playOn(stage, world);
  const problems = [...world.problems, ...residueOf(stage, world)];
  return {
    isRefused: false,
    problems: problems.map((problem) => ({ ...problem, path: `rollback after ${after}: ${problem.path}` })),
  };
}

function residueOf({ runbook }: Stage, { state, standing }: World): readonly Problem[] {
  const index = indexOf(runbook);
  const left = [...standing].filter((id) => isTakenBack(index.step(id)));
  const stuck = stepsOf(runbook).flatMap(({ id }) => {
    const { status, failure, waitingFor } = state.steps[id] ?? {};
    if (status !== 'undo_failed' && status !== 'undoing' && status !== 'uncertain') return [];
    return [
      `${id} is ${status}${failure === undefined ? (waitingFor === undefined ? '' : ` for ${waitingFor}`) : `: ${failure.message}`}`,
    ];
  });
  return [
    ...(state.status === 'rolled_back'
      ? []
      : [{ path: 'status', expected: 'rolled_back', actual: [state.status, ...stuck].join('; ') }]),
    ...(left.length === 0 ? [] : [{ path: 'left', expected: 'nothing', actual: left.join(', ') }]),
  ];
}
