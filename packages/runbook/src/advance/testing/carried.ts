/** What must hold when a live run is carried over to another version of its runbook (language, rule 17). */
import { type Runbook, stepsOf } from '../../definition.ts';
import { effectiveStep, type RunState } from '../index.ts';
import { roundOf } from '../reopen.ts';
import { must } from './invariants.ts';

export interface Carried {
  readonly from: Runbook;
  readonly to: Runbook;
  readonly before: RunState;
  /** Before anything of it moves. */
  readonly after: RunState;
  readonly reopen: string | undefined;
  readonly world: ReadonlyMap<string, string>;
}

export function checkCarried({ from, to, before, after, reopen, world }: Carried): void {
  const anew = new Set(reopen === undefined ? [] : roundOf(to, reopen).map(({ id }) => id));
  const [old, now] = [index(from), index(to)];
  must(before.status === after.status, 'a run that is carried over stands where it stood');
  must(
    Object.keys(after.steps).join() ===
      stepsOf(to)
        .map(({ id }) => id)
        .join(),
    'a run has the steps of its version, and no others',
  );
  for (const owner of world.values()) must(now.has(owner), `what ${owner} made keeps somebody who takes it back`);
  for (const [id, state] of Object.entries(before.steps)) {
    if (state.status === 'pending' || state.status === 'skipped') continue;
    const [was, is] = [old.get(id), now.get(id)];
    if (was === undefined) continue;
    if (is === undefined) {
      must(anew.has(was.phase), `${id} has begun, and is dropped only where its phase begins anew`);
      continue;
    }
    must(after.steps[id] === state, `${id} has begun, and is carried over as it stands`);
    if (anew.has(is.phase)) continue;
    must(was.phase === is.phase, `${id} has begun, and stays in its phase`);
    const [oldBody, newBody] = [effectiveStep(was, state).body, effectiveStep(is, state).body];
    must(oldBody.kind === newBody.kind, `${id} has begun, and stays the kind of step it is`);
  }
  for (const phase of to.phases) {
    if (before.phases[phase.id]?.status !== 'passed' || anew.has(phase.id)) continue;
    const added = phase.steps.filter(({ id }) => !old.has(id));
    must(added.length === 0, `nothing is added to ${phase.id}, which is closed`);
  }
}

const index = (runbook: Runbook) => new Map(stepsOf(runbook).map((step) => [step.id, step]));
