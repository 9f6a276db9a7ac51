/** One random history in the making: the run, the world it works on, the workers and child runs that answer it. */
import { isTenantryError } from '@tenantry/contract';
import { type Runbook, stepsOf } from '../../definition.ts';
import { indexOf } from '../../runbook-index.ts';
import {
  advance,
  type Command,
  isTerminal,
  migrateState,
  plannedState,
  type RunEvent,
  type RunFacts,
  type RunState,
} from '../index.ts';
import { checkCarried } from './carried.ts';
import type { Dice } from './dice.ts';
import { checkMove, must } from './invariants.ts';
import { ADA } from './play.ts';

export type AttemptCommand = Extract<Command, { do: 'attempt' }>;
type StartChild = Extract<Command, { do: 'start_child' }>;

export const START = '2026-01-01T00:00:00.000Z';
const FACTS: RunFacts = {
  run: { id: 'r', started_at: START },
  tenant: null,
  product: {},
  intake: { n: 0 },
  vars: { on: true, off: false },
  env: {},
  go_live: '2026-01-05',
};

export class History {
  /** As it is now: a migration carries the run over to another version. */
  runbook: Runbook;
  readonly dice: Dice;
  readonly recorded: { readonly event: RunEvent; readonly runbook: Runbook }[] = [];
  readonly timers = new Map<string, string>();
  /** Attempts handed to workers and not answered yet; a crash leaves one here to be taken up again. */
  readonly inFlight: AttemptCommand[] = [];
  /** Child runs that were asked for, and those that live, with the step they belong to. */
  readonly starting: StartChild[] = [];
  readonly children = new Map<string, string>();
  /** Every child run there ever was: another version may take back one that was to be kept. */
  readonly begun = new Map<string, string>();
  /** Child runs to be ended, and whether what they made goes too. */
  readonly ending = new Map<string, boolean>();
  /** Results kept back, to arrive late or twice. */
  readonly late: RunEvent[] = [];
  /** What stands in the outside world, with the step it belongs to. */
  readonly world = new Map<string, string>();
  readonly first: RunState;
  state: RunState;
  ms = Date.parse(START);

  constructor(runbook: Runbook, dice: Dice) {
    this.runbook = runbook;
    this.dice = dice;
    this.first = plannedState(
      { ...FACTS, run: { ...FACTS.run, ...(dice.chance(0.2) ? { unattended: true as const } : {}) } },
      runbook.phases.map((phase) => phase.id),
      stepsOf(runbook).map((step) => step.id),
    );
    this.state = this.first;
  }

  now(): string {
    this.ms += 1_000;
    return new Date(this.ms).toISOString();
  }

  /** Applies an event; refusals are part of life and change nothing. True when it was taken. */
  send(event: RunEvent): boolean {
    const before = this.state;
    try {
      const { state, commands } = advance(this.runbook, before, event);
      this.recorded.push({ event, runbook: this.runbook });
      this.state = state;
      this.letTimeoutHappen(before, event);
      checkMove({ runbook: this.runbook, before, after: state, commands, event, world: this.world });
      for (const command of commands) this.obey(command);
      if (this.dice.chance(0.1)) this.checkAtRest(event.at);
      return true;
    } catch (error) {
      if (!isTenantryError(error) || error.kind === 'bug') throw error;
      must(!isFromMachine(event), `a machine's word is never refused: ${event.type} ${error.message}`);
      must(this.state === before, 'a refused event leaves the state as it was');
      return false;
    }
  }

  /** A settled state moves only when something happens. */
  private checkAtRest(at: string): void {
    const again = advance(this.runbook, this.state, { type: 'timer', at, key: 'poll:nothing' });
    must(again.state === this.state && again.commands.length === 0, 'a state at rest stays as it is');
  }

  private obey(command: Command): void {
    if (command.do === 'attempt') this.inFlight.push(command);
    if (command.do === 'set_timer') this.timers.set(command.key, command.at);
    if (command.do === 'clear_timer') this.timers.delete(command.key);
    if (command.do === 'start_child') this.starting.push(command);
    if (command.do === 'end_child') {
      must(this.begun.has(command.child), `${command.child} is there to be ended`);
      this.ending.set(command.child, command.undo);
    }
  }

  /** The call of an attempt that ran out of time has had its effect by then, or never has one. */
  private letTimeoutHappen(before: RunState, event: RunEvent): void {
    if (event.type !== 'timer' || !event.key.startsWith('timeout:')) return;
    const [, id = ''] = event.key.split(':');
    const [old, now] = [before.steps[id], this.state.steps[id]];
    const at = this.inFlight.findIndex(({ step, try: number }) => step === id && number === old?.tries);
    const command = this.inFlight[at];
    if (command === undefined || old?.status !== 'running' || now === old) return;
    this.inFlight.splice(at, 1);
    if (isMaking(command) && this.dice.chance(0.5)) this.make(id, id);
  }

  make(thing: string, step: string): void {
    const { undo } = indexOf(this.runbook).step(step);
    if (undo.do !== 'keep') this.world.set(thing, step);
  }

  /** Ledger rows of a step that are not taken back. */
  standing(step: string): number {
    return this.world.has(step) ? 1 : 0;
  }

  answer(command: AttemptCommand): void {
    const name = { step: command.step, round: command.round, try: command.try };
    const at = this.now();
    if (command.verb === 'undo' || command.verb === 'undo_call') return this.answerUndo(command, at);
    const makes = isMaking(command);
    const fate = this.dice.next();
    const passed = fate < 0.75;
    if (makes && (passed || this.dice.chance(0.3))) this.make(command.step, command.step);
    const made = this.standing(command.step);
    if (passed) {
      const artifact = { hash: String(this.dice.below(3)), url: '/' };
      const output = { ok: this.dice.chance(0.85) };
      return this.result({ type: 'attempt_passed', at, ...name, output, made, artifact });
    }
    if (fate < 0.8 && makes) {
      const known = this.dice.chance(0.5) ? made : 0;
      return this.result({ type: 'attempt_uncertain', at, ...name, failure: fault('crash', false), made: known });
    }
    const doubt = makes && this.dice.chance(0.3);
    this.result({
      type: 'attempt_failed',
      at,
      ...name,
      failure: fault('fault', fate < 0.95),
      made: doubt ? 0 : made,
      doubt,
      jitter: this.dice.next(),
    });
  }

  private answerUndo({ step, round, try: number }: AttemptCommand, at: string): void {
    const name = { step, round, try: number };
    const fate = this.dice.next();
    if (fate < 0.85) {
      this.world.delete(step);
      return this.result({ type: 'attempt_passed', at, ...name, output: {}, made: 0 });
    }
    const failure = fault('undo', false);
    const made = this.standing(step);
    if (fate < 0.9) return this.result({ type: 'attempt_uncertain', at, ...name, failure, made });
    this.result({ type: 'attempt_failed', at, ...name, failure, made, doubt: false, jitter: 0 });
  }

  /** A child run begins, or cannot. */
  startChild(command: StartChild): void {
    const name = { step: command.step, round: command.round, try: command.try };
    const at = this.now();
    if (this.dice.chance(0.15))
      return this.result({ type: 'child_refused', at, ...name, failure: fault('child', false) });
    const child = `${command.step}/${command.round}/${command.try}`;
    this.children.set(child, command.step);
    this.begun.set(child, command.step);
    this.make(child, command.step);
    this.result({ type: 'child_started', at, ...name, child });
  }

  /** A living child run comes to some end of its own. */
  endChild(child: string, step: string): void {
    const fate = this.dice.next();
    this.childEnded(child, step, fate < 0.7 ? 'completed' : fate < 0.85 ? 'rolled_back' : 'cancelled');
  }

  /** A child run is ended for its parent; now and then one is behind a point of no return. */
  endForParent(child: string, undo: boolean): void {
    const step = this.begun.get(child) ?? '';
    this.ending.delete(child);
    if (!undo) {
      if (this.children.has(child)) this.childEnded(child, step, 'cancelled');
      return;
    }
    if (this.dice.chance(0.8)) return this.childEnded(child, step, 'rolled_back');
    const state = this.state.steps[step];
    const name = { step, round: state?.round ?? 1, try: state?.tries ?? 1 };
    const failure = fault('no_return', false);
    this.send({ type: 'child_refused', at: this.now(), ...name, child, failure });
  }

  private childEnded(child: string, step: string, status: 'completed' | 'rolled_back' | 'cancelled'): void {
    this.children.delete(child);
    if (status !== 'completed') {
      this.world.delete(child);
      this.ending.delete(child);
    }
    this.result({ type: 'child_ended', at: this.now(), step, child, status, outputs: { ok: true } });
  }

  /** A result may come late, or twice. */
  private result(event: RunEvent): void {
    this.send(event);
    if (this.dice.chance(0.2)) this.late.push(event);
  }

  resendLate(): void {
    const event = this.late.shift();
    if (event === undefined) return;
    const at = this.now();
    // Time has gone on: that alone may open what waited for it.
    const idle = advance(this.runbook, this.state, { type: 'timer', at, key: 'poll:nothing' }).state;
    this.send({ ...event, at });
    const same = this.state === idle || JSON.stringify(this.state) === JSON.stringify(idle);
    must(same, `a result that arrives twice changes nothing (${event.type})`);
  }

  /** Mostly at its time; now and then early, or twice. */
  fireTimer(): void {
    const [key, at] = this.dice.pick([...this.timers]);
    if (this.dice.chance(0.85)) this.ms = Math.max(this.ms, Date.parse(at) - 1_000);
    this.timers.delete(key);
    const times = this.dice.chance(0.1) ? 2 : 1;
    for (let time = 0; time < times; time += 1) {
      this.send({ type: 'timer', at: this.now(), key: key as `retry:${string}` });
    }
  }

  /** Carries the run over, as the server does; a refusal changes nothing. True when it was taken. */
  migrate(to: Runbook, reopen: string | undefined): boolean {
    const { runbook: from, state: before } = this;
    const at = this.now();
    const again = reopen === undefined ? {} : { reopen };
    try {
      this.state = migrateState({ from, to, state: before, at, ...again });
      this.runbook = to;
      checkCarried({ from, to, before, after: this.state, reopen, world: this.world });
      const taken = this.send({
        type: 'migrated',
        at,
        from: from.version,
        to: to.version,
        ...again,
        by: ADA,
        reason: 'better',
      });
      if (!taken) Object.assign(this, { runbook: from, state: before });
      else this.letGo();
      return taken;
    } catch (error) {
      if (!isTenantryError(error) || error.kind === 'bug') throw error;
      Object.assign(this, { runbook: from, state: before });
      return false;
    }
  }

  /** The new version says of some things that they stay: they are nobody's to take back from now on. */
  private letGo(): void {
    const index = indexOf(this.runbook);
    for (const [thing, owner] of this.world) if (index.step(owner).undo.do === 'keep') this.world.delete(thing);
  }

  /** Replaying the recorded events gives the same state. */
  replay(): void {
    let state = this.first;
    let last = this.recorded[0]?.runbook ?? this.runbook;
    for (const { event, runbook } of this.recorded) {
      if (event.type === 'migrated') {
        const { at, reopen } = event;
        state = migrateState({ from: last, to: runbook, state, at, ...(reopen === undefined ? {} : { reopen }) });
      }
      state = advance(runbook, state, event).state;
      last = runbook;
    }
    must(JSON.stringify(state) === JSON.stringify(this.state), 'replaying the recorded events gives the same state');
  }

  get isOver(): boolean {
    return isTerminal(this.state.status);
  }
}

const isMaking = ({ verb }: AttemptCommand): boolean => verb === 'apply' || verb === 'adopt';

const isFromMachine = ({ type }: RunEvent): boolean =>
  /^(attempt_|child_)/.test(type) || type === 'timer' || type === 'outside_event' || type === 'started';

export const fault = (code: string, retryable: boolean) => ({ code: `test.${code}`, message: code, retryable });
