/**
 * When each phase can be expected, from the ranges of `duration` and from `needs` (RUN-17): the earliest course takes
 * every minimum, the latest every maximum. Skipped phases take no time and pass their needs on.
 */
import type { Instant } from '../advance/index.ts';
import { openCalendar, type WorkCalendar } from '../calendar/index.ts';
import type { Calendar, Phase, RangeText, Runbook } from '../definition.ts';
import { type DurationRange, formatDuration, parseRange, parseTime, type Scope } from '../expr/index.ts';
import { type Effort, effortOf } from './effort.ts';

export type { Effort } from './effort.ts';

export interface TimelineRequest {
  readonly start: Instant;
  /** A date (that whole day, in the zone of the calendar) or an instant; null plans without one. */
  readonly goLive: string | null;
  /** Phases whose `if` is false. */
  readonly skippedPhases: readonly string[];
  /** Rendered; the runbook's own when not given. */
  readonly calendar?: Calendar;
  /** For a calendar without one; UTC when not given. */
  readonly defaultZone?: string;
  /** The rendered `estimate` of the runbook; its own text when not given. */
  readonly estimate?: RangeText;
  /** What times may count from besides `go_live`, `run.started_at`, `now` and `phases`: `vars`, `intake`, … */
  readonly anchors?: Scope;
}

export interface PlannedPhase {
  readonly id: string;
  readonly earliestStart: Instant;
  readonly earliestEnd: Instant;
  readonly latestStart: Instant;
  readonly latestEnd: Instant;
  /** As written: `1w` and `2w`; `0m` for a phase that states neither duration nor estimate. */
  readonly min: string;
  readonly max: string;
}

export interface InfeasibleDate {
  /** The phase that goes live, and cannot start in time. */
  readonly phase: string;
  /** Between the date asked for and the earliest one; at least 1. */
  readonly workingDays: number;
  /** Dates in the zone of the calendar. */
  readonly asked: string;
  readonly earliest: string;
  /** What the phase waits for longest, first to last, without phases that take no time. */
  readonly path: readonly string[];
  /** For people: what does not fit, by how much, because of what. */
  readonly message: string;
}

export interface TimelinePlan {
  /** Phases that run, in the order of the file. */
  readonly phases: readonly PlannedPhase[];
  /** When go-live could begin if no date held it back; null for a runbook without a go-live phase. */
  readonly earliestGoLive: Instant | null;
  /** True also where there is nothing to miss: no date, or no go-live phase. */
  readonly feasible: boolean;
  readonly shortBy?: InfeasibleDate;
  /** CH-23: the sum of the steps and the declared total, side by side; `bound` is what planning counts on. */
  readonly estimate: { readonly sumOfSteps: Effort; readonly declared: Effort | null; readonly bound: Effort };
}

/**
 * @throws TenantryError runbook.invalid for a calendar that cannot be used; ExpressionError for a duration, time or
 *   date that cannot be read
 */
export function planTimeline(runbook: Runbook, request: TimelineRequest): TimelinePlan {
  const calendar = openCalendar(request.calendar ?? runbook.calendar, request.defaultZone ?? 'UTC');
  const target = goLivePhase(runbook, request.skippedPhases) ?? afterEverything(runbook);
  const whole = runbook.phases.includes(target) ? runbook : { ...runbook, phases: [...runbook.phases, target] };
  const course = planCourse(whole, request, calendar, request.goLive);
  const free = request.goLive === null ? course : planCourse(whole, request, calendar, null);
  const earliestGoLive = free.get(target.id)?.earliestStart ?? null;
  const shortBy = missedBy({ runbook: whole, request, calendar, course: free }, target);
  return {
    phases: runbook.phases.flatMap((phase) => {
      const times = course.get(phase.id);
      return times === undefined || request.skippedPhases.includes(phase.id) ? [] : [plannedPhase(phase, times)];
    }),
    earliestGoLive,
    feasible: shortBy === undefined,
    ...(shortBy === undefined ? {} : { shortBy }),
    estimate: effortOf(runbook, request, calendar),
  };
}

interface Times {
  readonly earliestStart: Instant;
  readonly earliestEnd: Instant;
  readonly latestStart: Instant;
  readonly latestEnd: Instant;
}
type Course = ReadonlyMap<string, Times>;

function plannedPhase(phase: Phase, times: Times): PlannedPhase {
  const { from, to } = durationOf(phase);
  return { id: phase.id, ...times, min: formatDuration(from), max: formatDuration(to) };
}

/** A phase lasts at least as long as the work in it, where it does not say how long it lasts. */
const durationOf = (phase: Phase): DurationRange => parseRange(phase.duration ?? phase.estimate ?? '0m');

function planCourse(runbook: Runbook, request: TimelineRequest, calendar: WorkCalendar, goLive: string | null): Course {
  const course = new Map<string, Times>();
  const open = new Map(runbook.phases.map((phase) => [phase.id, phase]));
  const visit = (phase: Phase): void => {
    // Taken out first, so that a cycle (which lint refuses) ends here rather than never.
    open.delete(phase.id);
    for (const need of phase.needs) {
      const needed = open.get(need);
      if (needed !== undefined) visit(needed);
    }
    const earliest = courseOf(phase, 'earliest', { request, calendar, goLive, course });
    const latest = courseOf(phase, 'latest', { request, calendar, goLive, course });
    course.set(phase.id, {
      earliestStart: earliest.start,
      earliestEnd: earliest.end,
      // Where clocks change, a later start may keep an earlier time of day: the latest is never the sooner.
      latestStart: later(earliest.start, latest.start),
      latestEnd: later(earliest.end, latest.end),
    });
  };
  for (const phase of runbook.phases) if (open.has(phase.id)) visit(phase);
  return course;
}

interface Planning {
  readonly request: TimelineRequest;
  readonly calendar: WorkCalendar;
  readonly goLive: string | null;
  readonly course: Course;
}

function courseOf(
  phase: Phase,
  which: 'earliest' | 'latest',
  planning: Planning,
): { readonly start: Instant; readonly end: Instant } {
  const { request, calendar, course } = planning;
  const ready = phase.needs
    .map((need) => endOf(course.get(need), which) ?? request.start)
    .reduce(later, calendar.instantOf(request.start));
  if (request.skippedPhases.includes(phase.id)) return { start: ready, end: ready };
  const notBefore =
    phase.start === undefined ? undefined : calendar.resolveTime(phase.start, anchorsOf(planning, which));
  const start = notBefore === undefined ? ready : later(ready, notBefore);
  const { from, to } = durationOf(phase);
  return { start, end: calendar.addDuration(start, formatDuration(which === 'earliest' ? from : to)) };
}

const endOf = (times: Times | undefined, which: 'earliest' | 'latest'): Instant | undefined =>
  which === 'earliest' ? times?.earliestEnd : times?.latestEnd;

function anchorsOf({ request, goLive, course }: Planning, which: 'earliest' | 'latest'): Scope {
  const phases = Object.fromEntries([...course].map(([id, times]) => [id, { done_at: endOf(times, which) }]));
  const known = { run: { started_at: request.start }, now: request.start, phases };
  return { ...request.anchors, ...known, go_live: goLive ?? undefined };
}

/** The phase that starts when `go_live` says; failing that, the first of that name after `validation`. */
export function goLivePhase(runbook: Runbook, skipped: readonly string[]): Phase | undefined {
  const running = runbook.phases.filter((phase) => !skipped.includes(phase.id));
  const anchored = running.filter((phase) => phase.start !== undefined && namesGoLive(phase.start));
  const exact = anchored.find((phase) => phase.start !== undefined && parseTime(phase.start).offset === undefined);
  const validation = running.findIndex((phase) => phase.id === 'validation');
  return exact ?? anchored[0] ?? running.slice(validation + 1).find((phase) => phase.id === 'go_live');
}

/** A runbook that ends before go-live leaves it to others: it can come once every phase has ended. */
const afterEverything = (runbook: Runbook): Phase => ({
  id: 'go_live',
  title: 'Go-live',
  needs: runbook.phases.map((phase) => phase.id),
  entry: [],
  exit: [],
  artifacts: [],
  parallel: false,
  environment: 'production',
  steps: [],
});

const namesGoLive = (text: string): boolean => parseTime(text).anchor.path.join('.') === 'go_live';

interface Judged {
  readonly runbook: Runbook;
  readonly request: TimelineRequest;
  readonly calendar: WorkCalendar;
  /** Planned as if no date were asked for. */
  readonly course: Course;
}

const DATE_ONLY = /^\d{4}-\d{2}-\d{2}$/;

function missedBy(judged: Judged, target: Phase): InfeasibleDate | undefined {
  const { request, calendar, course } = judged;
  const possible = course.get(target.id)?.earliestStart;
  if (request.goLive === null || possible === undefined) return undefined;
  const asked = calendar.dateOf(calendar.instantOf(request.goLive));
  const earliest = calendar.dateOf(possible);
  // A date means any moment of that day. An instant is one; the phase may also say the hour of its start.
  const due = dueAt(judged, target, request.goLive);
  if (DATE_ONLY.test(request.goLive) ? earliest <= calendar.dateOf(due) : Date.parse(possible) <= Date.parse(due)) {
    return undefined;
  }
  const workingDays = Math.max(1, calendar.workingDaysBetween(calendar.instantOf(request.goLive), possible));
  const path = criticalPath(judged, target);
  const days = `${workingDays} working day${workingDays === 1 ? '' : 's'}`;
  const because = path.length === 0 ? 'the run has not started by then' : `it waits for ${path.join(', then ')}`;
  return {
    phase: target.id,
    workingDays,
    asked,
    earliest,
    path,
    message: `Phase ${target.id} cannot start before ${earliest}, ${days} after the go-live date ${asked}: ${because}.`,
  };
}

function dueAt({ request, calendar }: Judged, target: Phase, goLive: string): Instant {
  const asked = calendar.instantOf(goLive);
  if (target.start === undefined || !namesGoLive(target.start)) return asked;
  const anchors = { ...request.anchors, go_live: goLive };
  return later(asked, calendar.resolveTime(target.start, anchors) ?? asked);
}

/** Back from the phase along the need that ends last. */
function criticalPath({ runbook, course, request }: Judged, target: Phase): readonly string[] {
  const path: string[] = [];
  for (let phase: Phase | undefined = target; phase !== undefined; ) {
    const needs: readonly Phase[] = runbook.phases.filter((other) => phase?.needs.includes(other.id));
    const last: Phase | undefined = needs.reduce<Phase | undefined>((latest, need) => {
      const end = course.get(need.id)?.earliestEnd ?? request.start;
      const known = latest === undefined ? undefined : course.get(latest.id)?.earliestEnd;
      return known === undefined || Date.parse(end) > Date.parse(known) ? need : latest;
    }, undefined);
    if (last !== undefined && takesTime(course.get(last.id))) path.unshift(last.id);
    phase = last;
    if (path.length > runbook.phases.length) break;
  }
  return path;
}

const takesTime = (times: Times | undefined): boolean => times !== undefined && times.earliestStart < times.earliestEnd;

const later = (a: Instant, b: Instant): Instant => (Date.parse(a) < Date.parse(b) ? b : a);
