import type { TimerKey } from '@tenantry/runbook';
import { type JobHandler, SPREAD_TASK } from '../engine/index.ts';
import { type ExecutorDeps, executeAttempt } from './execution/index.ts';
import {
  ATTEMPT_TASK,
  CATCH_UP_TASK,
  catchUp,
  END_TASK,
  endRelated,
  fireTimer,
  type RelatedDeps,
  START_TASK,
  spreadEvent,
  startRelated,
  TELL_PARENT_TASK,
  TIMER_TASK,
  tellParent,
} from './runs/index.ts';

/** Handlers of the jobs that runs put on the queue. */
export const runJobs = (deps: ExecutorDeps & RelatedDeps): Readonly<Record<string, JobHandler>> => ({
  [ATTEMPT_TASK]: ({ run, step, round, try: number }, signal) =>
    executeAttempt(deps, { run: String(run), step: String(step), round: Number(round), try: Number(number) }, signal),
  [TIMER_TASK]: ({ run, key }) => fireTimer(deps, String(run), String(key) as TimerKey),
  [START_TASK]: ({ run, step, round, try: number, kind }) =>
    startRelated(deps, {
      run: String(run),
      step: String(step),
      round: Number(round),
      try: Number(number),
      kind: kind === 'remedy' ? 'remedy' : 'child',
    }),
  [END_TASK]: ({ run, parent, undo }) =>
    endRelated(deps, { run: String(run), parent: String(parent), undo: undo === true }),
  [TELL_PARENT_TASK]: ({ run }) => tellParent(deps, String(run)),
  [CATCH_UP_TASK]: ({ run, step }) => catchUp(deps, String(run), String(step)),
  [SPREAD_TASK]: ({ position }) => spreadEvent(deps, Number(position)),
});
