/**
 * Plays one random history of one random runbook against a model of the world, and checks at every turn what
 * must always hold (`invariants.ts`). Everything follows from the seed.
 */
import type { RunState } from '../index.ts';
import { rollDice } from './dice.ts';
import { History } from './history.ts';
import { must } from './invariants.ts';
import { endRun, personActs } from './people.ts';
import { ADA } from './play.ts';
import { randomRunbook } from './random-runbook.ts';

const MOVES_MAX = 150;
const LAST_MOVES_MAX = 1_000;

/** @throws InvariantBroken */
export function simulate(seed: number): RunState {
  const dice = rollDice(seed);
  const history = new History(randomRunbook(dice), dice);
  history.send({ type: 'started', at: history.now() });
  for (let move = 0; move < MOVES_MAX && !history.isOver; move += 1) oneMove(history, move);
  if (history.state.status === 'completed' && dice.chance(0.4)) goBackWithParent(history);
  hearOfChildren(history);
  history.replay();
  return history.state;
}

function oneMove(history: History, move: number): void {
  const { dice } = history;
  if (history.late.length > 0 && dice.chance(0.2)) return history.resendLate();
  if (history.inFlight.length > 0 && dice.chance(0.7)) return answerOne(history);
  if (history.starting.length > 0 && dice.chance(0.7)) return startOne(history);
  if (history.ending.size > 0 && dice.chance(0.7)) {
    const [child, undo] = dice.pick([...history.ending]);
    return history.endForParent(child, undo);
  }
  if (history.children.size > 0 && dice.chance(0.2)) {
    const [child, step] = dice.pick([...history.children]);
    return history.endChild(child, step);
  }
  if (history.timers.size > 0 && dice.chance(0.5)) return history.fireTimer();
  if (move > 30 && dice.chance(0.02)) return endRun(history);
  personActs(history);
}

function answerOne(history: History): void {
  const at = history.dice.below(history.inFlight.length);
  const command = history.inFlight[at];
  // A crash: the attempt stays in flight and another worker takes it up later.
  if (command === undefined || history.dice.chance(0.05)) return;
  history.inFlight.splice(at, 1);
  history.answer(command);
}

function startOne(history: History): void {
  const command = history.starting.shift();
  if (command !== undefined) history.startChild(command);
}

/** A child run that was completed long ago is taken back with its parent. */
function goBackWithParent(history: History): void {
  const event = {
    type: 'ended_early',
    to: 'rolled_back',
    undo: true,
    by: ADA,
    reason: 'parent',
    byParent: true,
  } as const;
  const taken = history.send({ ...event, at: history.now() });
  for (let move = 0; taken && !history.isOver && move < LAST_MOVES_MAX; move += 1) oneMove(history, MOVES_MAX);
  must(!taken || history.isOver, 'what is taken back comes to its end');
}

/** Child runs outlive their parent: it goes on hearing of them, and one that comes too late is stopped. */
function hearOfChildren(history: History): void {
  if (!history.isOver) return;
  while (history.starting.length > 0) startOne(history);
  const cancelled = history.state.ending?.undo === false;
  for (const [child, step] of [...history.children]) {
    must(!cancelled || history.ending.has(child), `${child} is stopped with its parent`);
    history.endChild(child, step);
  }
  while (history.late.length > 0) history.resendLate();
}
