/**
 * One turn of `advance`: a working copy that shares everything unchanged with the state it came from, and
 * the commands gathered so far. Private to this folder; nothing outside sees it half-way.
 */
import { bug } from '@tenantry/contract';
import type { Runbook, Step } from '../definition.ts';
import { indexOf, type RunbookIndex } from '../runbook-index.ts';
import type { Command } from './command.ts';
import type { Ending, Instant, PhaseState, RunFacts, RunState, RunStatus, StepState } from './state.ts';

export class Turn {
  readonly runbook: Runbook;
  readonly index: RunbookIndex;
  readonly at: Instant;
  readonly commands: Command[] = [];
  facts: RunFacts;
  status: RunStatus;
  ending: Ending | undefined;
  readonly #before: RunState;
  readonly #phases = new Map<string, PhaseState>();
  readonly #steps = new Map<string, StepState>();
  #artifacts: RunState['artifacts'];

  constructor(runbook: Runbook, state: RunState, at: Instant) {
    this.runbook = runbook;
    this.index = indexOf(runbook);
    this.at = at;
    this.#before = state;
    this.facts = state.facts;
    this.status = state.status;
    this.ending = state.ending;
    this.#artifacts = state.artifacts;
  }

  step(id: string): StepState {
    const state = this.#steps.get(id) ?? this.#before.steps[id];
    if (state === undefined) throw bug(`step ${id} has no state`);
    return state;
  }

  phase(id: string): PhaseState {
    const state = this.#phases.get(id) ?? this.#before.phases[id];
    if (state === undefined) throw bug(`phase ${id} has no state`);
    return state;
  }

  definition(id: string): Step {
    return this.index.step(id);
  }

  /** The first step that, as it stands in this turn, fits. */
  findStep(fits: (step: Step, state: StepState) => boolean): Step | undefined {
    for (const phase of this.runbook.phases) {
      const step = phase.steps.find((candidate) => fits(candidate, this.step(candidate.id)));
      if (step !== undefined) return step;
    }
    return undefined;
  }

  someStep(fits: (step: Step, state: StepState) => boolean): boolean {
    return this.findStep(fits) !== undefined;
  }

  hasPhase(id: string): boolean {
    return Object.hasOwn(this.#before.phases, id);
  }

  get artifacts(): RunState['artifacts'] {
    return this.#artifacts;
  }

  setStep(id: string, change: Partial<{ [Key in keyof StepState]: StepState[Key] | undefined }>): void {
    this.#steps.set(id, withoutUndefined({ ...this.step(id), ...change }) as StepState);
  }

  setPhase(id: string, change: Partial<{ [Key in keyof PhaseState]: PhaseState[Key] | undefined }>): void {
    this.#phases.set(id, withoutUndefined({ ...this.phase(id), ...change }) as PhaseState);
  }

  setArtifact(name: string, artifact: RunState['artifacts'][string]): void {
    this.#artifacts = { ...this.#artifacts, [name]: artifact };
  }

  emit(command: Command): void {
    this.commands.push(command);
  }

  /** The state after this turn; the very state it began with when nothing changed. */
  finish(): RunState {
    const before = this.#before;
    const next: RunState = {
      status: this.status,
      facts: this.facts,
      phases: merge(before.phases, this.#phases),
      steps: merge(before.steps, this.#steps),
      artifacts: this.#artifacts,
      ...(this.ending === undefined ? {} : { ending: this.ending }),
    };
    const unchanged =
      next.status === before.status &&
      next.facts === before.facts &&
      next.phases === before.phases &&
      next.steps === before.steps &&
      next.artifacts === before.artifacts &&
      next.ending === before.ending;
    return unchanged ? before : next;
  }
}

function merge<T>(before: Readonly<Record<string, T>>, changed: ReadonlyMap<string, T>): Readonly<Record<string, T>> {
  return changed.size === 0 ? before : { ...before, ...Object.fromEntries(changed) };
}

function withoutUndefined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));
}
