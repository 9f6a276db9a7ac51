/** What a run tells whoever the runbook calls informed (RUN-15), worked out from one move. */
import type { Runbook } from '../definition.ts';
import { indexOf } from '../runbook-index.ts';
import { effectiveStep } from './effective-step.ts';
import type { RunEvent } from './event.ts';
import { isTerminal, type RunState } from './state.ts';

/**
 * Words of `about.informed_of`. `phases`: each that is done; `phases.ID` and `steps.ID`: that one. `end`: the run ends, or
 * begins to be ended.
 */
export const HAPPENINGS = ['start', 'phases', 'halts', 'overrides', 'reopened', 'go_live', 'end'] as const;

/** Of a role that is informed and for which the runbook says no more. */
const USUAL: readonly string[] = ['phases', 'halts', 'overrides', 'reopened', 'go_live', 'end'];

export interface Happening {
  /** A word of `HAPPENINGS`, `phases.ID` or `steps.ID`. */
  readonly of: string;
  /** A sentence for people; titles, names and reasons, and nothing else of what the run holds. */
  readonly text: string;
}

/** Roles that are told of it. */
export const informedOf = ({ about }: Runbook, of: string): readonly string[] =>
  (about.raci.informed ?? []).filter((role) => {
    const wishes = about.informedOf?.[role] ?? USUAL;
    return wishes.includes(of) || (of.startsWith('phases.') && wishes.includes('phases'));
  });

export interface HappenedMove {
  readonly runbook: Runbook;
  readonly before: RunState;
  readonly after: RunState;
  readonly event: RunEvent;
}

/** Those that somebody is told of. */
export function happeningsOf(move: HappenedMove): readonly Happening[] {
  if ((move.runbook.about.raci.informed ?? []).length === 0) return [];
  const all = [...ofEvent(move), ...ofPhases(move), ...ofSteps(move), ...ofEnd(move)];
  return all.filter(({ of }) => informedOf(move.runbook, of).length > 0);
}

function ofEvent({ runbook, event }: HappenedMove): readonly Happening[] {
  switch (event.type) {
    case 'started':
      return [{ of: 'start', text: 'It has started.' }];
    case 'overridden': {
      const { title } = indexOf(runbook).step(event.step);
      return [{ of: 'overrides', text: `${event.by.name} let "${title}" pass: ${event.reason}` }];
    }
    case 'gate_overridden':
      return [{ of: 'overrides', text: `${event.by.name} opened the gate "${event.label}": ${event.reason}` }];
    case 'go_live_moved':
      return [{ of: 'go_live', text: `${event.by.name} moved go-live to ${event.go_live}: ${event.reason}` }];
    default:
      return [];
  }
}

function ofPhases({ runbook, before, after }: HappenedMove): readonly Happening[] {
  if (before.phases === after.phases) return [];
  return runbook.phases.flatMap(({ id, title }): Happening[] => {
    const [old, now] = [before.phases[id], after.phases[id]];
    if (old === undefined || now === undefined || old === now) return [];
    if (now.round > old.round) return [{ of: 'reopened', text: `Phase "${title}" begins anew, round ${now.round}.` }];
    const isDone = now.status === 'passed' && old.status !== 'passed';
    return isDone ? [{ of: `phases.${id}`, text: `Phase "${title}" is done.` }] : [];
  });
}

function ofSteps({ runbook, before, after }: HappenedMove): readonly Happening[] {
  const changed = Object.entries(after.steps).filter(([id, step]) => before.steps[id]?.status !== step.status);
  return changed.flatMap(([id, state]): Happening[] => {
    const step = effectiveStep(indexOf(runbook).step(id), state);
    switch (state.status) {
      case 'passed':
        return [{ of: `steps.${id}`, text: `"${step.title}" is done.` }];
      case 'uncertain':
        return [{ of: 'halts', text: `"${step.title}" was interrupted, and somebody has to say what it did.` }];
      case 'undo_failed':
        return [{ of: 'halts', text: `"${step.title}" could not be taken back; the rollback stands still.` }];
      case 'failed':
        return step.onFail.do === 'continue' || after.ending !== undefined
          ? []
          : [{ of: 'halts', text: `"${step.title}" failed; nothing new starts until somebody mends it.` }];
      default:
        return [];
    }
  });
}

function ofEnd({ before, after }: HappenedMove): readonly Happening[] {
  const { ending } = after;
  if (isTerminal(after.status)) {
    const why = ending === undefined || before.ending !== undefined ? '.' : `, by ${ending.by}: ${ending.reason}`;
    return before.status === after.status
      ? []
      : [{ of: 'end', text: `It is ${after.status.replaceAll('_', ' ')}${why}` }];
  }
  if (ending === undefined || before.ending !== undefined) return [];
  const what = ending.to === 'rolled_back' ? 'is taking it back' : 'is cancelling it';
  return [{ of: 'end', text: `${ending.by} ${what}: ${ending.reason}` }];
}
