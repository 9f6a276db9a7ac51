/** A run in hand: sends events one second apart, keeps the timers, remembers the commands of the last event. */
import type { Runbook } from '../../definition.ts';
import {
  advance,
  type Command,
  decisionHash,
  plannedState,
  type RunEvent,
  type RunFacts,
  type RunState,
  type StepState,
} from '../index.ts';
import { makeRunbook, type PhaseSketch } from './make-runbook.ts';

export const ADA = { id: 'p1', name: 'Ada', role: 'engineer' };
export const BOB = { id: 'p2', name: 'Bob', role: 'client' };
export const FACTS: RunFacts = {
  run: { id: 'r', started_at: '2026-01-01T00:00:00.000Z' },
  tenant: null,
  product: {},
  intake: { size: 3 },
  vars: { on: true, off: false },
  env: {},
  go_live: null,
};

export const ROLL_BACK = { type: 'ended_early', to: 'rolled_back', undo: true, by: ADA, reason: 'no' } as const;
export const CANCEL = { type: 'ended_early', to: 'cancelled', undo: false, by: ADA, reason: 'enough' } as const;

export interface PlayOptions {
  readonly facts?: Partial<RunFacts>;
  readonly runbook?: Partial<Runbook>;
  /** When it starts; 2026-01-01 at midnight UTC when not given. */
  readonly at?: string;
}

type SentEvent = Omit<RunEvent, 'at'> | Readonly<Record<string, unknown>>;

export class Play {
  readonly runbook: Runbook;
  readonly timers = new Map<string, string>();
  state: RunState;
  commands: readonly Command[] = [];
  at: string;

  constructor(phases: readonly PhaseSketch[], { facts, runbook, at = FACTS.run.started_at }: PlayOptions = {}) {
    this.runbook = { ...makeRunbook(phases), ...runbook };
    this.at = at;
    this.state = plannedState(
      { ...FACTS, ...facts },
      this.runbook.phases.map((phase) => phase.id),
      this.runbook.phases.flatMap((phase) => phase.steps.map((step) => step.id)),
    );
    this.send({ type: 'started' });
  }

  /** The event at the next second. */
  send(event: SentEvent): this {
    this.at = new Date(Date.parse(this.at) + 1_000).toISOString();
    const next = advance(this.runbook, this.state, { ...event, at: this.at } as RunEvent);
    this.state = next.state;
    this.commands = next.commands;
    for (const command of next.commands) {
      if (command.do === 'set_timer') this.timers.set(command.key, command.at);
      if (command.do === 'clear_timer') this.timers.delete(command.key);
    }
    return this;
  }

  /** Lets time pass: every timer that comes due on the way fires at its time. */
  until(instant: string): this {
    for (;;) {
      const [due] = [...this.timers].filter(([, at]) => at <= instant).sort(([, a], [, b]) => (a < b ? -1 : 1));
      if (due === undefined) break;
      const [key, at] = due;
      this.timers.delete(key);
      if (at > this.at) this.at = before(at);
      this.send({ type: 'timer', key });
    }
    this.at = instant;
    return this;
  }

  pass(step: string, output: Readonly<Record<string, unknown>> = { ok: true }, made = 1): this {
    return this.send({ type: 'attempt_passed', ...this.attempt(step), output, made });
  }

  fail(step: string, retryable = false, made = 0): this {
    const failure = { code: 'connector.refused', message: 'no', retryable };
    return this.send({ type: 'attempt_failed', ...this.attempt(step), failure, made, doubt: false, jitter: 0 });
  }

  done(step: string, more: Readonly<Record<string, unknown>> = {}): this {
    return this.send({ type: 'task_done', step, by: ADA, output: {}, ticks: [], ...more });
  }

  /** A decision on what is shown now. */
  decide(step: string, by: typeof ADA, decision: 'yes' | 'no' = 'yes', hash = this.hash(step)): this {
    return this.send({ type: 'decided', step, by, decision, hash });
  }

  hash(step: string): string {
    const body = this.runbook.phases.flatMap((phase) => phase.steps).find(({ id }) => id === step)?.body;
    if (body?.kind !== 'approve' && body?.kind !== 'sign_off') throw new Error(`${step} is no decision`);
    return decisionHash(this.runbook, this.state, body);
  }

  /** The name of the current attempt. */
  attempt(step: string): { step: string; round: number; try: number } {
    const { round, tries } = this.step(step);
    return { step, round, try: tries };
  }

  step(id: string): StepState {
    const state = this.state.steps[id];
    if (state === undefined) throw new Error(`there is no step ${id}`);
    return state;
  }

  status(step: string): string {
    return this.step(step).status;
  }

  /** `apply a`, `undo b`: what was started by the last event. */
  started(): readonly string[] {
    return this.commands.flatMap((command) => (command.do === 'attempt' ? [`${command.verb} ${command.step}`] : []));
  }

  /** The commands of one kind that the last event gave. */
  told<Kind extends Command['do']>(kind: Kind): readonly Extract<Command, { do: Kind }>[] {
    return this.commands.filter((command): command is Extract<Command, { do: Kind }> => command.do === kind);
  }
}

/** Events come one second after the one before. */
const before = (at: string): string => new Date(Date.parse(at) - 1_000).toISOString();

/** One phase with these steps. */
export const one = (...steps: PhaseSketch['steps'][number][]): PhaseSketch[] => [{ id: 'only', steps }];
