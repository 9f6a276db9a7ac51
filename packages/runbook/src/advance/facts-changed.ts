/** Facts that people may change under a live run: the intake of a halted one, the day of go-live. */
import { canonicalJson, TenantryError } from '@tenantry/contract';
import type { WorkCalendar } from '../calendar/index.ts';
import { type JsonObject, stepsOf } from '../definition.ts';
import { ExpressionError } from '../expr/index.ts';
import { sha256Of } from './bound-content.ts';
import type { Person, RunEvent } from './event.ts';
import { factsAnew } from './facts.ts';
import { replanOccurrences } from './occurrences.ts';
import { retryStep } from './settle.ts';
import { isDone } from './state.ts';
import type { Turn } from './turn.ts';

/**
 * "Fix the input and continue": a halted run takes a mended intake; failed steps are tried again with it.
 *
 * @throws run.wrong_state
 */
export function mendIntake(turn: Turn, event: Extract<RunEvent, { type: 'intake_mended' }>): void {
  if (turn.status !== 'halted') {
    throw new TenantryError('run.wrong_state', `The run is ${turn.status}; only a halted run takes a mended intake.`);
  }
  turn.facts = { ...turn.facts, intake: event.intake, vars: event.vars };
  for (const { id } of stepsOf(turn.runbook)) {
    const step = turn.definition(id);
    if (turn.step(id).status === 'failed' && step.onFail.do !== 'continue') retryStep(turn, step);
  }
}

/** What a person answered becomes a record of the intake; what is computed from the intake is computed anew. */
export function keepRecord(turn: Turn, name: string, content: JsonObject, by: Person): void {
  const record = {
    content,
    recorded_by: { name: by.name, role: by.role, ...(by.email === undefined ? {} : { email: by.email }) },
    recorded_at: turn.at,
    sha256: sha256Of(canonicalJson(content)),
  };
  const { facts } = turn;
  const { runbook } = turn;
  turn.facts = factsAnew(runbook, runbook, facts, { ...facts, intake: { ...facts.intake, [name]: record } });
}

/**
 * Every time not yet reached goes along; what has begun stays as it is (language, rule 15).
 *
 * @throws run.wrong_state for a run without a go-live or one that is being ended; request.invalid for a text that is no
 *   date; run.infeasible_date for a day that is over
 */
export function moveGoLive(turn: Turn, { go_live: goLive }: Extract<RunEvent, { type: 'go_live_moved' }>): void {
  if (turn.facts.go_live === null || turn.ending !== undefined) {
    const why = turn.ending === undefined ? 'has no go-live' : 'is being ended';
    throw new TenantryError('run.wrong_state', `The run ${why}; there is none to move.`);
  }
  const { calendar } = turn;
  const today = calendar.dateOf(turn.at);
  if (dayOf(calendar, goLive) < today) {
    throw new TenantryError('run.infeasible_date', `${goLive} is over: today is ${today} in ${calendar.zone}.`, {
      next: 'Name today or a day to come.',
      facts: { go_live: goLive, today },
    });
  }
  turn.facts = { ...turn.facts, go_live: goLive };
  for (const { id } of stepsOf(turn.runbook)) {
    const step = turn.definition(id);
    const state = turn.step(id);
    if (step.repeat !== undefined && state.occurrences !== undefined && !isDone(state)) {
      replanOccurrences(turn, step, step.repeat);
    }
  }
}

function dayOf(calendar: WorkCalendar, goLive: string): string {
  try {
    return calendar.dateOf(calendar.instantOf(goLive));
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new TenantryError('request.invalid', error.message, {
      faults: [{ path: 'go_live', message: error.message }],
    });
  }
}
