/**
 * Plays one random history of one random runbook against a model of the world, and checks at every turn what
 * must always hold. Everything follows from the seed.
 */
import { isTenantryError } from '@tenantry/contract';
import { type Runbook, type Step, stepsOf } from '../../definition.ts';
import { ancestorsOf, indexOf } from '../../runbook-index.ts';
import { advance, type Command, isTerminal, plannedState, type RunEvent, type RunState } from '../index.ts';
import { type Dice, rollDice } from './dice.ts';
import { check, makeRunbook, type PhaseSketch, type StepSketch, signOff, task, uses } from './make-runbook.ts';

type AttemptCommand = Extract<Command, { do: 'attempt' }>;

const ENGINEER = { id: 'p1', name: 'Ada', role: 'engineer' };
const CLIENT = { id: 'p2', name: 'Bob', role: 'client' };
const FACTS = {
  run: { id: 'r', started_at: '2026-01-01T00:00:00.000Z' },
  tenant: null,
  product: {},
  intake: {},
  vars: { on: true, off: false },
  env: {},
  go_live: null,
};
const MOVES_MAX = 400;

/** Where an invariant breaks, this names it; the seed is printed by the property runner. */
export class InvariantBroken extends Error {}

class History {
  readonly runbook: Runbook;
  readonly dice: Dice;
  readonly recorded: RunEvent[] = [];
  readonly timers = new Map<string, string>();
  /** Attempts handed to workers and not answered yet; a crash leaves one here to be taken up again. */
  readonly inFlight: AttemptCommand[] = [];
  /** Results kept back, to arrive late or twice. */
  readonly late: RunEvent[] = [];
  /** What stands in the outside world: step ids. */
  readonly world = new Set<string>();
  state: RunState;
  seconds = 0;

  constructor(runbook: Runbook, dice: Dice) {
    this.runbook = runbook;
    this.dice = dice;
    this.state = plannedState(
      FACTS,
      runbook.phases.map((phase) => phase.id),
      stepsOf(runbook).map((step) => step.id),
    );
  }

  now(): string {
    this.seconds += 1;
    return new Date(Date.UTC(2026, 0, 1) + this.seconds * 1000).toISOString();
  }

  /** Applies an event; refusals are part of life and change nothing. */
  send(event: RunEvent): void {
    const before = this.state;
    try {
      const { state, commands } = advance(this.runbook, before, event);
      this.recorded.push(event);
      this.state = state;
      this.checkTransition(before, commands, event);
      for (const command of commands) this.obey(command);
    } catch (error) {
      if (!isTenantryError(error) || error.kind === 'bug') throw error;
      must(this.state === before, 'a refused event leaves the state as it was');
    }
    if (isTerminal(this.state.status)) this.checkTerminal();
  }

  obey(command: Command): void {
    if (command.do === 'attempt') this.inFlight.push(command);
    if (command.do === 'set_timer') this.timers.set(command.key, command.at);
    if (command.do === 'clear_timer') this.timers.delete(command.key);
  }

  checkTransition(before: RunState, commands: readonly Command[], event: RunEvent): void {
    must(!isTerminal(before.status) || this.state === before, 'a run that has ended stays as it is');
    for (const command of commands) {
      if (command.do !== 'attempt') continue;
      if (command.verb === 'undo' || command.verb === 'undo_call') this.checkUndoOrder(command.step);
      else this.checkMayStart(command.step, before, event);
    }
    const again = advance(this.runbook, this.state, { type: 'timer', at: event.at, key: 'poll:nothing' });
    must(
      again.state === this.state && again.commands.length === 0,
      'a settled state moves only when something happens',
    );
  }

  /** A gate never opens early. */
  checkMayStart(id: string, before: RunState, event: RunEvent): void {
    const index = indexOf(this.runbook);
    const step = index.step(id);
    const settled = (other: string): boolean => {
      const status = this.state.steps[other]?.status ?? 'pending';
      return (
        ['passed', 'overridden', 'skipped'].includes(status) ||
        (status === 'failed' && index.step(other).onFail.do === 'continue')
      );
    };
    must(step.needs.every(settled), `${id} starts only after what it needs`);
    const phase = index.phase(step.phase);
    must(this.state.phases[phase.id]?.status === 'open', `${id} starts only in an open phase`);
    must(
      phase.needs.every((needed) => ['passed', 'skipped'].includes(this.state.phases[needed]?.status ?? '')),
      `${phase.id} opens only after the phases it needs`,
    );
    must(before.ending === undefined, 'nothing starts once the run is being ended');
    const asked =
      event.type === 'retry' ||
      event.type === 'overridden' ||
      event.type === 'resolved' ||
      event.type === 'intake_mended';
    must(before.status !== 'halted' || asked || event.type === 'timer', 'nothing new starts while the run is halted');
  }

  /** Undo is the reverse of apply. */
  checkUndoOrder(id: string): void {
    for (const standing of this.world) {
      if (standing === id) continue;
      const needs = ancestorsOf(indexOf(this.runbook), [standing]);
      must(!needs.has(id), `${id} is taken back only after ${standing}, which needed it`);
    }
  }

  checkTerminal(): void {
    const live = Object.entries(this.state.steps).filter(([, step]) =>
      ['ready', 'running', 'waiting', 'undoing'].includes(step.status),
    );
    must(live.length === 0, `a run that has ended has no live step: ${live.map(([id]) => id).join()}`);
    if (this.state.status === 'rolled_back')
      must(this.world.size === 0, `nothing is left after rollback: ${[...this.world].join()}`);
    if (this.state.status === 'completed') {
      const open = Object.values(this.state.steps).filter((step) =>
        ['pending', 'uncertain', 'undone'].includes(step.status),
      );
      must(open.length === 0, 'a completed run has settled every step');
    }
  }

  answer(command: AttemptCommand): void {
    const name = { step: command.step, round: command.round, try: command.try };
    const at = this.now();
    if (command.verb === 'undo' || command.verb === 'undo_call') {
      if (this.dice.chance(0.85)) {
        this.world.delete(command.step);
        return this.result({ type: 'attempt_passed', at, ...name, output: {}, made: 0 });
      }
      return this.result({
        type: 'attempt_failed',
        at,
        ...name,
        failure: fault('undo', false),
        made: 1,
        doubt: false,
        jitter: 0,
      });
    }
    const made = command.verb === 'apply' ? 1 : 0;
    const fate = this.dice.next();
    if (fate < 0.7) {
      if (made === 1) this.world.add(command.step);
      return this.result({
        type: 'attempt_passed',
        at,
        ...name,
        output: { ok: this.dice.chance(0.9) },
        made: this.standing(command.step),
      });
    }
    const effect = made === 1 && this.dice.chance(0.3);
    if (effect) this.world.add(command.step);
    if (fate < 0.8 && made === 1)
      return this.result({
        type: 'attempt_uncertain',
        at,
        ...name,
        failure: fault('crash', false),
        made: this.standing(command.step),
      });
    this.result({
      type: 'attempt_failed',
      at,
      ...name,
      failure: fault('fault', fate < 0.93),
      made: this.standing(command.step),
      doubt: false,
      jitter: this.dice.next(),
    });
  }

  /** Ledger rows of a step that are not taken back. */
  standing(step: string): number {
    return this.world.has(step) ? 1 : 0;
  }

  /** A result may come late, or twice. */
  result(event: RunEvent): void {
    this.send(event);
    if (this.dice.chance(0.2)) this.late.push(event);
  }
}

const fault = (code: string, retryable: boolean) => ({ code: `test.${code}`, message: code, retryable });

/** @throws InvariantBroken */
export function simulate(seed: number): RunState {
  const dice = rollDice(seed);
  const history = new History(randomRunbook(dice), dice);
  history.send({ type: 'started', at: history.now() });
  for (let move = 0; move < MOVES_MAX && !isTerminal(history.state.status); move += 1) oneMove(history, move);
  replay(history);
  return history.state;
}

function oneMove(history: History, move: number): void {
  const { dice, state } = history;
  if (history.late.length > 0 && dice.chance(0.2)) return resendLate(history);
  if (history.inFlight.length > 0) {
    const at = dice.below(history.inFlight.length);
    const command = history.inFlight[at];
    // A crash: the attempt stays in flight and another worker takes it up later.
    if (command === undefined || dice.chance(0.05)) return;
    history.inFlight.splice(at, 1);
    return history.answer(command);
  }
  if (history.timers.size > 0 && dice.chance(0.6)) return fireTimer(history);
  if (move > 20 && dice.chance(0.05)) return endRun(history);
  personActs(history, state);
}

function resendLate(history: History): void {
  const event = history.late.shift();
  if (event === undefined) return;
  const before = history.state;
  history.send(event);
  must(history.state === before, `a result that arrives twice changes nothing (${event.type})`);
}

function fireTimer(history: History): void {
  const key = [...history.timers.keys()][history.dice.below(history.timers.size)];
  if (key === undefined) return;
  history.timers.delete(key);
  history.send({ type: 'timer', at: history.now(), key: key as `retry:${string}` });
}

function endRun(history: History): void {
  const undo = history.dice.chance(0.7);
  history.send({
    type: 'ended_early',
    at: history.now(),
    to: undo && history.dice.chance(0.5) ? 'rolled_back' : 'cancelled',
    undo,
    by: ENGINEER,
    reason: 'simulation',
  });
}

function personActs(history: History, state: RunState): void {
  const { dice } = history;
  const stuck = stepsOf(history.runbook).filter((step) =>
    ['waiting', 'failed', 'uncertain', 'undo_failed', 'undoing'].includes(state.steps[step.id]?.status ?? ''),
  );
  const step = stuck[dice.below(stuck.length)];
  if (step === undefined) return endRun(history);
  actOn(history, step, state.steps[step.id]?.status ?? 'pending');
}

function actOn(history: History, step: Step, status: string): void {
  const { dice } = history;
  const at = history.now();
  if (status === 'failed' && dice.chance(0.3))
    return history.send({ type: 'overridden', at, step: step.id, by: ENGINEER, reason: 'known' });
  if (status === 'failed' || status === 'undo_failed') return history.send({ type: 'retry', at, step: step.id });
  if (status === 'uncertain') {
    const happened = history.world.has(step.id);
    return history.send({
      type: 'resolved',
      at,
      step: step.id,
      by: ENGINEER,
      outcome: happened ? 'happened' : 'did_not_happen',
      output: { ok: true },
      reason: 'looked',
    });
  }
  if (step.body.kind === 'task') {
    return history.send({
      type: 'task_done',
      at,
      step: step.id,
      by: dice.chance(0.8) ? ENGINEER : CLIENT,
      output: {},
      ticks: [],
    });
  }
  const by = dice.chance(0.5) ? ENGINEER : CLIENT;
  history.send({ type: 'decided', at, step: step.id, by, decision: dice.chance(0.9) ? 'yes' : 'no', hash: 'h' });
}

/** Replaying the recorded events gives the same state. */
function replay(history: History): void {
  let state = plannedState(
    FACTS,
    history.runbook.phases.map((phase) => phase.id),
    stepsOf(history.runbook).map((step) => step.id),
  );
  for (const event of history.recorded) state = advance(history.runbook, state, event).state;
  must(JSON.stringify(state) === JSON.stringify(history.state), 'replaying the recorded events gives the same state');
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new InvariantBroken(what);
}

/** One to four phases of one to five steps, with conditions, gates, parallel parts and every kind we run. */
function randomRunbook(dice: Dice): Runbook {
  const phases: PhaseSketch[] = [];
  const count = 1 + dice.below(4);
  for (let index = 0; index < count; index += 1) {
    const parallel = dice.chance(0.4);
    const steps: StepSketch[] = [];
    const size = 1 + dice.below(5);
    for (let at = 0; at < size; at += 1) steps.push(randomStep(dice, `p${index}s${at}`, steps, parallel));
    const needs = index > 1 && dice.chance(0.3) ? { needs: [`p${dice.below(index)}`] } : {};
    const gate =
      index > 0 && dice.chance(0.3) ? { entry: [{ label: 'earlier', expression: `phases.p${index - 1}.done` }] } : {};
    phases.push({
      id: `p${index}`,
      parallel,
      steps,
      ...needs,
      ...gate,
      ...(dice.chance(0.1) ? { if: 'vars.off' } : {}),
    });
  }
  return makeRunbook(phases);
}

function randomStep(dice: Dice, id: string, earlier: readonly StepSketch[], parallel: boolean): StepSketch {
  const bodies = [
    uses(),
    uses(),
    check(),
    check('output.ok', { within: '20s' }),
    task(),
    signOff(['engineer', 'client']),
  ];
  const body = bodies[dice.below(bodies.length)] ?? uses();
  const other = earlier[dice.below(earlier.length)];
  return {
    id,
    body,
    ...(parallel && other !== undefined && dice.chance(0.5) ? { needs: [other.id] } : {}),
    ...(dice.chance(0.1) ? { if: dice.chance(0.5) ? 'vars.on' : 'vars.off' } : {}),
    ...(dice.chance(0.15) ? { onFail: { do: dice.chance(0.7) ? 'continue' : 'rollback' } as const } : {}),
  };
}
