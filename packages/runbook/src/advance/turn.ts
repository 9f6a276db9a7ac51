/**
 * One turn of `advance`: a working copy that shares everything unchanged with the state it came from, and
 * the commands gathered so far. Private to this folder; nothing outside sees it half-way.
 */
import { bug } from '@tenantry/contract';
import { openCalendar, type WorkCalendar } from '../calendar/index.ts';
import type { DurationText, Runbook, Step } from '../definition.ts';
import { indexOf, type RunbookIndex } from '../runbook-index.ts';
import { addMs, exactMs } from './clock.ts';
import type { Command } from './command.ts';
import { effectiveStep } from './effective-step.ts';
import type { Ending, Instant, PhaseState, RunFacts, RunState, RunStatus, StepState } from './state.ts';

export class Turn {
  readonly runbook: Runbook;
  readonly index: RunbookIndex;
  readonly at: Instant;
  readonly commands: Command[] = [];
  /** Grows with whatever this turn does; at rest when it stays the same. */
  changes = 0;
  /** Approvals that this turn has looked at already: `found:ID` changed after use, `agreed:ID` from an earlier yes. */
  readonly reviewed = new Set<string>();
  /** The runbook itself is another one: whatever was agreed to may be bound to other content now. */
  isCarriedOver = false;
  facts: RunFacts;
  status: RunStatus;
  ending: Ending | undefined;
  readonly #before: RunState;
  readonly #phases = new Map<string, PhaseState>();
  readonly #steps = new Map<string, StepState>();
  #troubled: Set<string> | undefined;
  #artifacts: RunState['artifacts'];
  #calendar: WorkCalendar | undefined;

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

  /** A step as it runs: a decided `choose` is the option that was picked. */
  definition(id: string): Step {
    return effectiveStep(this.index.step(id), this.step(id));
  }

  /** Steps that failed, are uncertain or could not be taken back: what halts a run is among them. */
  get troubled(): readonly string[] {
    if (this.#troubled === undefined) {
      const ids = Object.keys(this.#before.steps).filter((id) => isTrouble(this.step(id)));
      this.#troubled = new Set(ids);
    }
    return [...this.#troubled];
  }

  /** The first step that, as it stands in this turn, fits. */
  findStep(fits: (step: Step, state: StepState) => boolean): Step | undefined {
    for (const phase of this.runbook.phases) {
      for (const candidate of phase.steps) {
        const state = this.step(candidate.id);
        const step = effectiveStep(candidate, state);
        if (fits(step, state)) return step;
      }
    }
    return undefined;
  }

  someStep(fits: (step: Step, state: StepState) => boolean): boolean {
    return this.findStep(fits) !== undefined;
  }

  /** As it was when the turn began. */
  before(id: string): StepState | undefined {
    return this.#before.steps[id];
  }

  /** Facts, artifacts or any step are not what they were, or the runbook is not. */
  get hasChangedContent(): boolean {
    if (this.isCarriedOver) return true;
    return this.#steps.size > 0 || this.facts !== this.#before.facts || this.#artifacts !== this.#before.artifacts;
  }

  get factsBefore(): RunFacts {
    return this.#before.facts;
  }

  get artifactsBefore(): RunState['artifacts'] {
    return this.#before.artifacts;
  }

  /** The calendar of the run; opened when something is counted in days. */
  get calendar(): WorkCalendar {
    return this.openCalendar();
  }

  /** @throws TenantryError runbook.invalid for a calendar without a working day, a zone or hours */
  openCalendar(): WorkCalendar {
    this.#calendar ??= openCalendar(this.facts.calendar, 'UTC');
    return this.#calendar;
  }

  /** `from` (now, when not given) plus a duration of any unit. */
  after(text: DurationText, from: Instant = this.at): Instant {
    const ms = exactMs(text);
    return ms === undefined ? this.calendar.addDuration(from, text) : addMs(from, ms);
  }

  hasPhase(id: string): boolean {
    return Object.hasOwn(this.#before.phases, id);
  }

  get artifacts(): RunState['artifacts'] {
    return this.#artifacts;
  }

  setStep(id: string, change: Partial<{ [Key in keyof StepState]: StepState[Key] | undefined }>): void {
    this.resetStep(id, withoutUndefined({ ...this.step(id), ...change }) as StepState);
  }

  /** Forgets what a step was. */
  resetStep(id: string, state: StepState): void {
    this.#steps.set(id, state);
    this.changes += 1;
    if (isTrouble(state)) this.#troubled?.add(id);
    else this.#troubled?.delete(id);
  }

  setPhase(id: string, change: Partial<{ [Key in keyof PhaseState]: PhaseState[Key] | undefined }>): void {
    this.resetPhase(id, withoutUndefined({ ...this.phase(id), ...change }) as PhaseState);
  }

  resetPhase(id: string, state: PhaseState): void {
    this.#phases.set(id, state);
    this.changes += 1;
  }

  setArtifact(name: string, artifact: RunState['artifacts'][string]): void {
    this.#artifacts = { ...this.#artifacts, [name]: artifact };
  }

  emit(command: Command): void {
    this.commands.push(command);
    this.changes += 1;
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

const isTrouble = ({ status }: StepState): boolean =>
  status === 'failed' || status === 'uncertain' || status === 'undo_failed';

function withoutUndefined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));
}
