/**
 * The world a test run lives in: a clock that jumps, the timers the engine set, what is on its way, and what stands
 * outside. A record that is copied to try something else from the same moment.
 */

import { addMs, instantMs } from '../advance/clock.ts';
import {
  type AttemptVerb,
  type Command,
  factsOf,
  plannedState,
  type RunState,
  type TimerKey,
} from '../advance/index.ts';
import { openCalendar, type WorkCalendar } from '../calendar/index.ts';
import type { Catalog } from '../catalog.ts';
import { type DurationText, type Instant, type Json, type Runbook, stepsOf } from '../definition.ts';
import type { Answer, PersonAct, TestCase, TestTime } from './fixture.ts';
import { sealTexts } from './json-values.ts';
import type { TraceLine } from './trace.ts';

type Ordered<Do extends Command['do']> = Extract<Command, { readonly do: Do }>;

/** Something on its way. */
export type Due = { readonly at: Instant } & (
  | { readonly what: 'result'; readonly attempt: Ordered<'attempt'>; readonly answer: Answer | undefined }
  | { readonly what: 'act'; readonly step: string; readonly act: PersonAct; readonly declared: boolean }
  | { readonly what: 'event'; readonly step: string; readonly answer: Answer }
  | { readonly what: 'child_start'; readonly start: Ordered<'start_child'>; readonly answer: Answer }
  | { readonly what: 'child_end'; readonly step: string; readonly child: string; readonly answer: Answer }
);

/** What is the same for every run of one case. */
export interface Stage {
  readonly runbook: Runbook;
  readonly catalog: Catalog;
  readonly test: TestCase;
  /** Nobody waits: for a run that is only there to be taken back. */
  readonly everybodyActs: boolean;
}

export interface World {
  state: RunState;
  at: Instant;
  agenda: Due[];
  timers: Map<TimerKey, Instant>;
  /** How many answers of a step were given, by kind of answer. */
  given: Map<string, number>;
  /** Steps whose resources stand outside. */
  standing: Set<string>;
  /** How many happenings of the case are over. */
  happened: number;
  events: number;
  trace: TraceLine[];
  escalations: { readonly step: string; readonly to: string }[];
  /** Where the engine or a person did not do what the case says they do. */
  problems: Problem[];
  /** Keys of what coverage counts. */
  reached: Set<string>;
}

export interface Problem {
  readonly path: string;
  readonly expected: string;
  readonly actual: string;
}

const RUN_ID = 'test';
/** What one call or one act takes: results come one after the other, and so have an order. */
const MOMENT_MS = 1_000;

/** @throws ExpressionError, TenantryError where `vars`, `go_live` or the calendar cannot be worked out */
export function openWorld({ runbook, test }: Stage): World {
  const facts = factsOf(runbook, {
    run: { id: RUN_ID, started_at: test.at, ...(test.subject === undefined ? {} : { subject: test.subject }) },
    tenant: test.tenant,
    product: test.product,
    intake: sealTexts(test.intake, runbook.intake, 'intake') as TestCase['intake'],
    env: { ...settingsNamedIn(runbook), ...test.env },
  });
  const phases = runbook.phases.map((phase) => phase.id);
  return {
    state: plannedState(
      facts,
      phases,
      stepsOf(runbook).map((step) => step.id),
    ),
    at: test.at,
    agenda: [],
    timers: new Map(),
    given: new Map(),
    standing: new Set(),
    happened: 0,
    events: 0,
    trace: [],
    escalations: [],
    problems: [],
    reached: new Set(),
  };
}

/** The same moment once more. What it reaches counts for the original too. */
export const copyOf = (world: World): World => ({
  ...world,
  agenda: [...world.agenda],
  timers: new Map(world.timers),
  given: new Map(world.given),
  standing: new Set(world.standing),
  trace: [],
  escalations: [],
  problems: [],
});

/** A setting of the environment that the case does not give gets an address of its own name. */
function settingsNamedIn(runbook: Runbook): Readonly<Record<string, Json>> {
  const names = JSON.stringify(runbook.phases).matchAll(/\benv\.([a-z_][a-z0-9_]*)/g);
  return Object.fromEntries([...names].map(([, name = '']) => [name, `https://${name.replaceAll('_', '-')}.example`]));
}

export const calendarOf = ({ state }: World): WorkCalendar => openCalendar(state.facts.calendar, 'UTC');

export const soon = (world: World): Instant => addMs(world.at, MOMENT_MS);

export function afterwards(world: World, wait: DurationText | undefined): Instant {
  return wait === undefined ? soon(world) : calendarOf(world).addDuration(world.at, wait);
}

const INSTANT = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** An instant or a date (its start in UTC) as people write them; undefined for any other text. */
export function asInstant(text: string): Instant | undefined {
  const ms = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

/** Undefined while what it counts from is not known. */
export function timeOfTest(world: World, { test }: Stage, text: TestTime): Instant | undefined {
  if (text.startsWith('+')) return calendarOf(world).addDuration(test.at, text.slice(1).trim());
  const instant = asInstant(text);
  if (instant !== undefined) return instant;
  return calendarOf(world).resolveTime(text, { ...world.state.facts, go_live: world.state.facts.go_live ?? undefined });
}

export const laterOf = (a: Instant, b: Instant): Instant => (instantMs(a) >= instantMs(b) ? a : b);

/** The answer whose turn it is; undefined where the case declares none of this kind. */
export function nextAnswer(
  world: World,
  key: string,
  answers: readonly Answer[],
  isOne: (answer: Answer) => boolean,
): Answer | undefined {
  const before = world.given.get(key) ?? 0;
  world.given.set(key, before + 1);
  let count = 0;
  const fitting = answers.filter(isOne);
  for (const [index, answer] of fitting.entries()) {
    const stays = index === fitting.length - 1 && answer.times === undefined;
    count += answer.times ?? 1;
    if (stays || before < count) return answer;
  }
  return undefined;
}

export const isUndoing = (verb: AttemptVerb): boolean => verb === 'undo' || verb === 'undo_call';
