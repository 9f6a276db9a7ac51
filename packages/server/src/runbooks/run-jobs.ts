import type { TimerKey } from '@tenantry/runbook';
import type { JobHandler } from '../engine/index.ts';
import { type ExecutorDeps, executeAttempt } from './execution/index.ts';
import { ATTEMPT_TASK, fireTimer, TIMER_TASK } from './runs/index.ts';

/** Handlers of the jobs that runs put on the queue. */
export const runJobs = (deps: ExecutorDeps): Readonly<Record<string, JobHandler>> => ({
  [ATTEMPT_TASK]: ({ run, step, round, try: number }, signal) =>
    executeAttempt(deps, { run: String(run), step: String(step), round: Number(round), try: Number(number) }, signal),
  [TIMER_TASK]: ({ run, key }) => fireTimer(deps, String(run), String(key) as TimerKey),
});
