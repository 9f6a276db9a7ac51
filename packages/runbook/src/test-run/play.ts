/** Plays a case: sends the engine what happens, does what it asks for, and lets time jump to whatever comes next. */
import { isTenantryError } from '@tenantry/contract';
import { addMs, instantMs } from '../advance/clock.ts';
import { advance, type Command, isTerminal, type RunEvent, type RunState, type TimerKey } from '../advance/index.ts';
import type { Instant, Step } from '../definition.ts';
import { ancestorsOf, indexOf } from '../runbook-index.ts';
import {
  childEnd,
  childStart,
  eventOf,
  expectChild,
  expectEvents,
  expectResult,
  firstDue,
  resultOf,
  stepNow,
} from './answering.ts';
import { noteReached } from './coverage.ts';
import type { Happening } from './fixture.ts';
import { happeningEvent } from './happening.ts';
import { actEvent, expectActs, withdrawActs } from './people.ts';
import { movedBetween, traceOf } from './trace.ts';
import { type Due, isUndoing, laterOf, type Stage, soon, timeOfTest, type World } from './world.ts';

/** More than any sensible case needs: beyond it the runbook goes round in circles. */
const EVENTS_MAX = 20_000;
const YEARS_MAX = 10;
const YEAR_MS = 366 * 24 * 3_600_000;

/** Called after each event with the state before it. */
export type Watcher = (world: World, before: RunState) => void;

/** From the start to the end of the case. */
export function playCase(stage: Stage, world: World, watch?: Watcher): void {
  send(stage, world, { type: 'started', at: world.at });
  playOn(stage, world, watch);
}

/** Goes on until nothing more happens by itself, or the case ends. */
export function playOn(stage: Stage, world: World, watch?: Watcher): void {
  while (!hasStopped(stage, world)) {
    if (world.events > EVENTS_MAX) {
      world.problems.push({ path: 'run', expected: 'comes to rest', actual: `still moves after ${EVENTS_MAX} events` });
      return;
    }
    const move = nextMove(stage, world);
    if (move === undefined) return;
    const before = world.state;
    // No two things at the very same moment: what came later is taken back earlier.
    world.at = laterOf(addMs(world.at, 1), move.at);
    move.make();
    if (before !== world.state) watch?.(world, before);
  }
}

function hasStopped({ test: { stop } }: Stage, { state }: World): boolean {
  const step = stop.before === undefined ? undefined : state.steps[stop.before];
  const started = step !== undefined && step.status !== 'pending' && step.status !== 'skipped';
  return started || (stop.at !== undefined && state.status === stop.at);
}

interface Move {
  readonly at: Instant;
  make(): void;
}

function nextMove(stage: Stage, world: World): Move | undefined {
  const happening = nextHappening(stage, world);
  if (happening !== undefined && happening.at === undefined)
    return { at: soon(world), make: () => happen(stage, world, happening.of) };
  const due = firstDue(world.agenda);
  const moves: Move[] = [];
  if (due !== undefined) moves.push({ at: due.at, make: () => deliver(stage, world, due) });
  if (happening?.at !== undefined) moves.push({ at: happening.at, make: () => happen(stage, world, happening.of) });
  const until = untilOf(stage, world);
  const timer = nextTimer(world, moves.length > 0 || until !== undefined);
  if (timer !== undefined) moves.push({ at: timer[1], make: () => fire(stage, world, timer) });
  const first = moves.reduce<Move | undefined>(
    (earliest, move) => (earliest === undefined || instantMs(move.at) < instantMs(earliest.at) ? move : earliest),
    undefined,
  );
  const end = until ?? addMs(stage.test.at, YEARS_MAX * YEAR_MS);
  if (first !== undefined && instantMs(first.at) <= instantMs(end)) return first;
  if (until !== undefined) world.at = laterOf(world.at, until);
  else if (first !== undefined) world.trace.push({ at: world.at, text: `nothing more within ${YEARS_MAX} years` });
  return undefined;
}

const untilOf = (stage: Stage, world: World): Instant | undefined =>
  stage.test.stop.until === undefined ? undefined : timeOfTest(world, stage, stage.test.stop.until);

/** The next of `happens`: at its time, or, without one, as soon as the run stands still. */
function nextHappening(stage: Stage, world: World): { readonly of: Happening; readonly at?: Instant } | undefined {
  const of = stage.test.happens[world.happened];
  if (of === undefined) return undefined;
  if (of.at !== undefined) {
    const at = timeOfTest(world, stage, of.at);
    return at === undefined ? undefined : { of, at };
  }
  const { status } = world.state;
  const stuck = status === 'halted' || status === 'rollback_blocked' || isTerminal(status);
  const busy = world.agenda.some(({ what }) => !stuck || what === 'result' || what === 'child_start');
  return busy || nextTimer(world, false) !== undefined ? undefined : { of };
}

type Timer = readonly [TimerKey, Instant];

/**
 * The next timer that matters. Those that only measure the patience of people do when time passes for another reason;
 * what stands halted starts nothing, however late it gets.
 */
function nextTimer(world: World, timePasses: boolean): Timer | undefined {
  const { status } = world.state;
  const stuck = status === 'halted' || status === 'rollback_blocked';
  if (isTerminal(status)) return undefined;
  const timers = [...world.timers].sort((a, b) => instantMs(a[1]) - instantMs(b[1]));
  const matters = ([key]: Timer): boolean => !(stuck ? !isOnItsWay(key) : isPatience(world, key));
  if (!timePasses && !timers.some(matters)) return undefined;
  return stuck && !timePasses ? timers.find(matters) : timers[0];
}

const isOnItsWay = (key: TimerKey): boolean => key.startsWith('retry:') || key.startsWith('poll:');

function isPatience({ state }: World, key: TimerKey): boolean {
  const [kind, id = ''] = key.split(':');
  const { waitingFor } = state.steps[id] ?? {};
  return (kind === 'escalate' || kind === 'timeout') && (waitingFor === 'person' || waitingFor === 'approval');
}

function fire(stage: Stage, world: World, [key]: Timer): void {
  world.timers.delete(key);
  send(stage, world, { type: 'timer', at: world.at, key });
}

function deliver(stage: Stage, world: World, due: Due): void {
  world.agenda.splice(world.agenda.indexOf(due), 1);
  switch (due.what) {
    case 'result': {
      const event = resultOf(stage, world, due);
      if (event.type === 'attempt_passed' && event.made > 0) world.standing.add(due.attempt.step);
      if (event.type === 'attempt_passed' && isUndoing(due.attempt.verb)) world.standing.delete(due.attempt.step);
      return send(stage, world, event);
    }
    case 'act': {
      const event = actEvent(stage, world, due);
      if (event === undefined) return;
      if (world.state.steps[due.step]?.status === 'undoing') world.standing.delete(due.step);
      const { role = '', refused } = due.act;
      return ask(stage, world, event, `${role} on ${due.step}`, { refused, strict: due.declared });
    }
    case 'event':
      return send(stage, world, eventOf(stage, world, due));
    case 'child_start':
      return send(stage, world, childStart(world, due));
    case 'child_end':
      return send(stage, world, childEnd(stage, world, due));
  }
}

function happen(stage: Stage, world: World, happening: Happening): void {
  const path = `happens[${world.happened}]`;
  world.happened += 1;
  world.trace.push({ at: world.at, text: `happens: ${Object.values(happening.deed).map(wordOf).join(' ')}` });
  const event = happeningEvent(stage, world, happening);
  ask(stage, world, event, path, { refused: happening.refused, strict: true });
}

const wordOf = (value: unknown): string =>
  typeof value === 'string' ? value.replaceAll('_', ' ') : JSON.stringify(value);

/** What people ask for may be refused; that is a problem unless the case says so, or nobody said anything. */
function ask(
  stage: Stage,
  world: World,
  event: RunEvent,
  path: string,
  { refused, strict }: { readonly refused: string | undefined; readonly strict: boolean },
): void {
  try {
    send(stage, world, event);
    if (refused !== undefined) world.problems.push({ path, expected: `refused with ${refused}`, actual: 'accepted' });
  } catch (error) {
    if (!isTenantryError(error) || error.kind === 'bug') throw error;
    world.trace.push({ at: world.at, text: `${path}: refused, ${error.message}` });
    if (error.code === refused || (refused === undefined && !strict)) return;
    const expected = refused === undefined ? 'accepted' : `refused with ${refused}`;
    world.problems.push({ path, expected, actual: `refused with ${error.code}: ${error.message}` });
  }
}

/** @throws TenantryError for what the state does not allow; nothing has changed then */
export function send(stage: Stage, world: World, event: RunEvent): void {
  const before = world.state;
  const { state, commands } = advance(stage.runbook, before, event);
  world.state = state;
  world.events += 1;
  const moved = movedBetween(before, state);
  world.trace.push(...traceOf(world.at, before, state, moved));
  noteReached(world.reached, stage.runbook, before, state, commands, moved);
  for (const command of commands) obey(stage, world, command);
}

function obey(stage: Stage, world: World, command: Command): void {
  switch (command.do) {
    case 'attempt':
      if (isUndoing(command.verb)) checkUndoOrder(stage, world, command.step);
      return expectResult(stage, world, command);
    case 'ask':
      return expectActs(stage, world, command.step, command.purpose);
    case 'watch':
      return expectEvents(stage, world, stepNow(stage, world, command.step));
    case 'withdraw':
      return withdrawActs(world, command.step);
    case 'set_timer':
      world.timers.set(command.key, command.at);
      return;
    case 'clear_timer':
      world.timers.delete(command.key);
      return;
    case 'escalate':
      world.escalations.push({ step: command.step, to: command.to });
      world.trace.push({ at: world.at, step: command.step, text: `${command.to} is told (rung ${command.rung})` });
      return;
    case 'start_child':
      return expectChild(stage, world, command);
    case 'end_child':
      return endChild(world, command);
    case 'start_remedy':
      world.trace.push({ at: world.at, step: command.step, text: `${command.runbook} starts about this run` });
      return;
    case 'finding':
      world.trace.push({ at: world.at, step: command.step, text: command.message });
      return;
    case 'report':
      return;
  }
}

function endChild(world: World, { step, child, undo }: Extract<Command, { do: 'end_child' }>): void {
  world.agenda = world.agenda.filter((due) => due.what !== 'child_end' || due.child !== child);
  world.agenda.push({
    at: soon(world),
    what: 'child_end',
    step,
    child,
    answer: { child: undo ? 'rolled_back' : 'cancelled' },
  });
}

/** Nothing is taken back before everything that needed it (language, rule 13). */
function checkUndoOrder({ runbook }: Stage, world: World, step: string): void {
  if (world.state.ending === undefined) return;
  const index = indexOf(runbook);
  const others = [...world.standing].filter((id) => id !== step && isTakenBack(index.step(id)));
  if (!ancestorsOf(index, others).has(step)) return;
  const needing = others.filter((id) => ancestorsOf(index, [id]).has(step));
  world.problems.push({
    path: 'undo order',
    expected: `${needing.join(', ')} taken back before ${step}, which they needed`,
    actual: `${step} first`,
  });
}

/** Not what its author wants to keep. */
export const isTakenBack = ({ undo }: Step): boolean => undo.do !== 'keep' && undo.do !== 'none';
