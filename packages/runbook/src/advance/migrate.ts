/**
 * Carrying a live run over to another version of its runbook (language, rules 17 and 18). What has begun must be the
 * same work in both versions; what has not may change freely; where that does not hold, a phase is named to begin anew.
 */
import { canonicalJson, type Fault, TenantryError } from '@tenantry/contract';
import { type Phase, type Runbook, type Step, stepsOf } from '../definition.ts';
import { ExpressionError, renderTemplate } from '../expr/index.ts';
import { effectiveStep } from './effective-step.ts';
import { needsUndo } from './ending.ts';
import { factsAnew } from './facts.ts';
import { isBusy, roundOf } from './reopen.ts';
import { scopeOf } from './scope.ts';
import { isTerminal, type PhaseState, type RunState, type StepState } from './state.ts';
import { standsTemporarily } from './temporary.ts';
import { Turn } from './turn.ts';

export interface MigrationRequest {
  readonly from: Runbook;
  readonly to: Runbook;
  readonly state: RunState;
  readonly at: string;
  /** A phase that begins anew in the new version, with all that depends on it. */
  readonly reopen?: string;
}

/**
 * The state of the run under the new version, before anything of it moves.
 *
 * @throws run.wrong_state for a run that is over, being ended or halted in the middle of a call; run.not_migratable with
 *   every reason at once
 */
export function migrateState({ from, to, state, at, reopen }: MigrationRequest): RunState {
  if (isTerminal(state.status) || state.ending !== undefined) {
    throw new TenantryError('run.wrong_state', `The run is ${state.status}; it keeps the version it has.`);
  }
  const before = new Turn(from, state, at);
  const facts = factsAnew(from, to, state.facts);
  const anew = reopen === undefined ? new Set<string>() : phasesAnew(to, reopen);
  const moved: RunState = {
    ...state,
    facts,
    phases: Object.fromEntries(to.phases.map(({ id }) => [id, state.phases[id] ?? NEW_PHASE])),
    steps: Object.fromEntries(stepsOf(to).map((step) => [step.id, state.steps[step.id] ?? newStep(step, state, at)])),
  };
  const faults = [
    ...lostWork(from, to, state, anew),
    ...changedWork({ before, after: new Turn(to, moved, at), anew }),
    ...addedToClosed(from, to, state, anew),
    ...outlived(to, state, anew),
  ];
  if (faults.length === 0) return moved;
  throw new TenantryError(
    'run.not_migratable',
    `The run cannot go on under ${to.id} ${to.version}: ${faults.map(({ message }) => message).join(' ')}`,
    { faults, next: 'Name a phase to begin anew with --reopen, or leave the run at its version.' },
  );
}

const NEW_PHASE: PhaseState = { status: 'pending', round: 1 };
const NEW_STEP: StepState = { status: 'pending', round: 1, tries: 0, made: 0, faults: 0, acts: [] };

/** New in a phase that is skipped, it is skipped with it: nothing would ever start it. */
function newStep({ phase }: Step, state: RunState, at: string): StepState {
  if (state.phases[phase]?.status !== 'skipped') return NEW_STEP;
  return { ...NEW_STEP, status: 'skipped', skipReason: `phase ${phase} is skipped`, doneAt: at };
}

function phasesAnew(to: Runbook, id: string): ReadonlySet<string> {
  if (to.phases.some((phase) => phase.id === id)) return new Set(roundOf(to, id).map((phase) => phase.id));
  throw new TenantryError('run.step_not_found', `${to.id} ${to.version} has no phase ${id}.`);
}

const hasBegun = (step: StepState | undefined): boolean =>
  step !== undefined && step.status !== 'pending' && step.status !== 'skipped';

/** Work that has begun, or of which something stands from an earlier round, and has no place in the new version. */
function lostWork(from: Runbook, to: Runbook, state: RunState, anew: ReadonlySet<string>): readonly Fault[] {
  const kept = new Map(stepsOf(to).map((step) => [step.id, step]));
  return stepsOf(from).flatMap((step) => {
    const held = state.steps[step.id];
    const next = kept.get(step.id);
    if (next === undefined) {
      if (leaves(held, step))
        return [
          fault(
            step.id,
            `What step ${step.id} made or may make stands, and the new version has nobody to take it back.`,
          ),
        ];
      const gone = !hasBegun(held) || anew.has(step.phase);
      return gone ? [] : [fault(step.id, `Step ${step.id} has begun, and the new version does not have it.`)];
    }
    return !hasBegun(held) || next.phase === step.phase || anew.has(next.phase)
      ? []
      : [fault(step.id, `Step ${step.id} has begun, and stands in another phase now.`)];
  });
}

/** Something of it stands, or may come of what is under way: its step has to be there to take it back. */
const leaves = (state: StepState | undefined, written: Step): boolean =>
  state !== undefined && (state.made > 0 || isBusy(state) || needsUndo(state, effectiveStep(written, state)));

interface Sides {
  readonly before: Turn;
  readonly after: Turn;
  readonly anew: ReadonlySet<string>;
}

function changedWork({ before, after, anew }: Sides): readonly Fault[] {
  return stepsOf(after.runbook).flatMap((step) => {
    const state = before.before(step.id);
    if (state === undefined || !hasBegun(state)) return [];
    // What is under way ends as what it was, before its phase begins anew.
    if (anew.has(step.phase) && !isBusy(state)) return [];
    const old = before.definition(step.id);
    const now = effectiveStep(step, state);
    if (old.body.kind !== now.body.kind) {
      return [fault(step.id, `Step ${step.id} has begun as ${old.body.kind}, and is ${now.body.kind} now.`)];
    }
    return workOf(before, old) === workOf(after, now)
      ? []
      : [fault(step.id, `Step ${step.id} has begun, and does something else now.`)];
  });
}

/** What a step does, with its input as it comes out; a text that cannot be rendered counts as it is written. */
function workOf(turn: Turn, { body }: Step): string {
  const rendered = 'with' in body ? renderOrKeep(turn, body.with) : null;
  const name = body.kind === 'uses' ? body.action : body.kind === 'check' ? body.probe : nameOf(body);
  return canonicalJson({ name, rendered });
}

function nameOf(body: Step['body']): string {
  switch (body.kind) {
    case 'document':
      return body.template;
    case 'run':
      return body.runbook;
    case 'wait':
      return body.event;
    default:
      return body.kind;
  }
}

function renderOrKeep(turn: Turn, input: Parameters<typeof renderTemplate>[0]): unknown {
  try {
    return renderTemplate(input, scopeOf(turn));
  } catch (error) {
    if (error instanceof ExpressionError) return input;
    throw error;
  }
}

/** A phase that is closed cannot take up work: it would never be done. */
function addedToClosed(from: Runbook, to: Runbook, state: RunState, anew: ReadonlySet<string>): readonly Fault[] {
  const known = new Set(stepsOf(from).map(({ id }) => id));
  const isClosed = ({ id }: Phase): boolean => state.phases[id]?.status === 'passed' && !anew.has(id);
  return to.phases
    .filter(isClosed)
    .flatMap((phase) => phase.steps.filter(({ id }) => !known.has(id)))
    .map((step) => fault(step.id, `Step ${step.id} is new in phase ${step.phase}, which is closed.`));
}

/** What the new version calls temporary goes when its phase closes; behind a closed one nobody would take it back. */
function outlived(to: Runbook, state: RunState, anew: ReadonlySet<string>): readonly Fault[] {
  return stepsOf(to).flatMap((step) => {
    const held = state.steps[step.id];
    if (held === undefined || state.phases[step.phase]?.status !== 'passed' || anew.has(step.phase)) return [];
    return standsTemporarily(effectiveStep(step, held), held)
      ? [fault(step.id, `Step ${step.id} is temporary now, and what it made stands behind its phase, which is closed.`)]
      : [];
  });
}

const fault = (path: string, message: string): Fault => ({ path, message });
