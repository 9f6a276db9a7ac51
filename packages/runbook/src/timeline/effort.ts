import type { WorkCalendar } from '../calendar/index.ts';
import type { Phase, RangeText, Runbook } from '../definition.ts';
import { type Duration, parseRange } from '../expr/index.ts';

/** Minutes of work; a day of effort is a working day of the calendar. */
export interface Effort {
  readonly fromMinutes: number;
  readonly toMinutes: number;
}

export interface EffortRequest {
  readonly skippedPhases: readonly string[];
  readonly estimate?: RangeText;
}

/**
 * The sum of the steps and the declared total disagree in practice, so both are told (CH-23). The declared one is the
 * bound: it was stated for the whole.
 */
export function effortOf(
  runbook: Runbook,
  { skippedPhases, estimate }: EffortRequest,
  calendar: WorkCalendar,
): { readonly sumOfSteps: Effort; readonly declared: Effort | null; readonly bound: Effort } {
  const sumOfSteps = runbook.phases
    .filter((phase) => !skippedPhases.includes(phase.id))
    .map((phase) => phaseEffort(phase, calendar))
    .reduce(plus, { fromMinutes: 0, toMinutes: 0 });
  const text = estimate ?? (typeof runbook.estimate === 'string' ? runbook.estimate : undefined);
  const declared = text === undefined ? null : rangeEffort(text, calendar);
  return { sumOfSteps, declared, bound: declared ?? sumOfSteps };
}

/** An estimate of the phase covers its steps; else theirs add up. */
const phaseEffort = (phase: Phase, calendar: WorkCalendar): Effort =>
  phase.estimate === undefined
    ? phase.steps
        .flatMap((step) => (step.estimate === undefined ? [] : [rangeEffort(step.estimate, calendar)]))
        .reduce(plus, { fromMinutes: 0, toMinutes: 0 })
    : rangeEffort(phase.estimate, calendar);

function rangeEffort(text: RangeText, calendar: WorkCalendar): Effort {
  const { from, to } = parseRange(text);
  return { fromMinutes: minutesOf(from, calendar), toMinutes: minutesOf(to, calendar) };
}

const WEEKS_A_MONTH = 52 / 12;

function minutesOf({ amount, unit }: Duration, { minutesPerWorkday, workdaysPerWeek }: WorkCalendar): number {
  const week = minutesPerWorkday * workdaysPerWeek;
  const minutes = {
    s: 1 / 60,
    m: 1,
    h: 60,
    d: minutesPerWorkday,
    bd: minutesPerWorkday,
    w: week,
    mo: week * WEEKS_A_MONTH,
  };
  return Math.round(amount * minutes[unit]);
}

const plus = (a: Effort, b: Effort): Effort => ({
  fromMinutes: a.fromMinutes + b.fromMinutes,
  toMinutes: a.toMinutes + b.toMinutes,
});
