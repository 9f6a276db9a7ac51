/**
 * What expressions may read of a run. Members are made when an expression names them, so that reading one
 * step of a run of a thousand costs one step.
 */

import type { Runbook } from '../definition.ts';
import type { Scope } from '../expr/index.ts';
import type { Instant, PhaseState, RunState, StepState } from './state.ts';
import { hasPassed, isDone } from './state.ts';
import { Turn } from './turn.ts';

/** The scope of gates, conditions and templates at this moment; `extra` adds `output` or `event`. */
export function scopeOf(turn: Turn, extra: Readonly<Record<string, unknown>> = {}): Scope {
  const { facts } = turn;
  return {
    intake: facts.intake,
    product: facts.product,
    tenant: facts.tenant ?? undefined,
    vars: facts.vars,
    run: { ...facts.run, started_at: new Date(facts.run.started_at) },
    env: facts.env,
    go_live: facts.go_live === null ? undefined : new Date(facts.go_live),
    now: new Date(turn.at),
    artifacts: turn.artifacts,
    steps: lazyRecord((id) => (turn.index.hasStep(id) ? stepView(turn, id) : undefined)),
    phases: lazyRecord((id) => (turn.hasPhase(id) ? phaseView(turn, id) : undefined)),
    ...extra,
  };
}

/** The scope of a run at rest, for documents and for people who look at it. */
export const scopeAt = (
  runbook: Runbook,
  state: RunState,
  at: Instant,
  extra: Readonly<Record<string, unknown>> = {},
): Scope => scopeOf(new Turn(runbook, state, at), extra);

/** `settled`: done, or failed where the author wrote `on_fail: continue`. */
export function isSettled(turn: Turn, id: string): boolean {
  const step = turn.step(id);
  return isDone(step) || (step.status === 'failed' && turn.definition(id).onFail.do === 'continue');
}

export const isPhaseSettled = (phase: PhaseState): boolean => phase.status === 'passed' || phase.status === 'skipped';

function stepView(turn: Turn, id: string): Readonly<Record<string, unknown>> {
  const step: StepState = turn.step(id);
  return {
    status: step.status,
    passed: hasPassed(step),
    skipped: step.status === 'skipped',
    done: isDone(step),
    settled: isSettled(turn, id),
    ...(step.doneAt === undefined ? {} : { done_at: new Date(step.doneAt) }),
    ...(step.output === undefined ? {} : { output: step.output }),
  };
}

function phaseView(turn: Turn, id: string): Readonly<Record<string, unknown>> {
  const phase = turn.phase(id);
  return {
    status: phase.status,
    passed: phase.status === 'passed',
    skipped: phase.status === 'skipped',
    done: isPhaseSettled(phase),
    settled: isPhaseSettled(phase),
    ...(phase.doneAt === undefined ? {} : { done_at: new Date(phase.doneAt) }),
    steps: turn.index.phase(id).steps.map((step) => stepView(turn, step.id)),
  };
}

/** An object whose own members are made on demand; absent ones are absent to `hasOwn` too. */
function lazyRecord(make: (key: string) => unknown): object {
  const made = new Map<string, unknown>();
  const member = (key: string | symbol): unknown => {
    if (typeof key !== 'string') return undefined;
    if (!made.has(key)) made.set(key, make(key));
    return made.get(key);
  };
  return new Proxy(Object.create(null) as object, {
    get: (_target, key) => member(key),
    has: (_target, key) => member(key) !== undefined,
    getOwnPropertyDescriptor: (_target, key) => {
      const value = member(key);
      return value === undefined ? undefined : { value, enumerable: true, configurable: true, writable: false };
    },
  });
}
