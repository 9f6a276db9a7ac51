import { canonicalJson } from '@tenantry/contract';
import { advance, migrateState, plannedState, type RunFacts, type RunState, stepsOf } from '@tenantry/runbook';
import type { EventsDocument, RunDocument } from './pack-documents.ts';
import { type PackProblem, problem } from './pack-problem.ts';

const FILE = 'events.json';

/** Moves a fresh run by the recorded events, with the engine of this very version, and compares. Answers notes. */
export function checkReplay(run: RunDocument, { events }: EventsDocument, problems: PackProblem[]): readonly string[] {
  const gap = events.findIndex((event, index) => event.revision !== index + 1);
  if (gap >= 0) {
    problems.push(problem('replay', FILE, `Event ${gap + 1} is missing or out of order.`));
    return [];
  }
  if (events.length !== run.run.revision) {
    problems.push(problem('replay', FILE, `It has ${events.length} events; the run moved ${run.run.revision} times.`));
    return [];
  }
  const { facts } = run.start;
  if (facts === null) return unreplayable(events, problems);
  const state = replay(run, facts, events, problems);
  if (state === undefined) return [];
  const told = differing(state, run.state);
  if (run.run.status !== run.state.status) told.push('status');
  if (told.length > 0)
    problems.push(problem('replay', 'run.json', `The events do not lead to its ${told.join(', ')}.`));
  return [];
}

/** Only a mended intake may hide the facts of the start: without one, leaving them out would hide a forgery. */
function unreplayable(events: EventsDocument['events'], problems: PackProblem[]): readonly string[] {
  if (events.some(({ event }) => event.type === 'intake_mended')) {
    return ['The intake was mended and what the run first started from is not kept: the events were not replayed.'];
  }
  problems.push(problem('replay', 'run.json', 'The facts the run started from are missing.'));
  return [];
}

function replay(
  run: RunDocument,
  facts: RunFacts,
  events: EventsDocument['events'],
  problems: PackProblem[],
): RunState | undefined {
  let at = 0;
  try {
    const { earlier } = run.runbook;
    const first = events.flatMap(({ event }) => (event.type === 'migrated' ? [event.from] : []))[0];
    let definition = (first === undefined ? undefined : earlier[first]) ?? run.runbook.definition;
    let state = plannedState(
      facts,
      definition.phases.map((phase) => phase.id),
      stepsOf(definition).map((step) => step.id),
    );
    for (const { revision, event, steps } of events) {
      at = revision;
      if (event.type === 'migrated') {
        const to = earlier[event.to] ?? run.runbook.definition;
        const { at: instant, reopen } = event;
        state = migrateState({ from: definition, to, state, at: instant, ...(reopen === undefined ? {} : { reopen }) });
        definition = to;
      }
      const next = advance(definition, state, event).state;
      if (canonicalJson(movedSteps(state, next)) !== canonicalJson(toldSteps(steps))) {
        problems.push(problem('replay', FILE, `Event ${revision} moves other steps than it says.`));
        return undefined;
      }
      state = next;
    }
    return state;
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    problems.push(problem('replay', FILE, `Event ${at} cannot have happened to this run: ${reason}`));
    return undefined;
  }
}

const movedSteps = (before: RunState, after: RunState): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(after.steps).flatMap(([id, step]) => (before.steps[id] === step ? [] : [[id, step.status]])),
  );

const toldSteps = (steps: EventsDocument['events'][number]['steps']): Readonly<Record<string, string>> =>
  Object.fromEntries(steps.map(({ step, status }) => [step, status]));

const PARTS = ['status', 'facts', 'phases', 'steps', 'artifacts', 'ending'] as const;

const differing = (replayed: RunState, told: RunState): string[] =>
  PARTS.filter((part) => canonicalJson(replayed[part] ?? null) !== canonicalJson(told[part] ?? null));
