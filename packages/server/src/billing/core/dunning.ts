/** Which steps of a dunning are due. Pure: the time is an argument. */
import type { DunningStep } from '../../products/index.ts';

const DAY_MS = 86_400_000;

export interface DunningClock {
  readonly beganAt: Date;
  readonly steps: readonly DunningStep[];
  readonly stepsDone: number;
}

export interface DueSteps {
  readonly suspend: boolean;
  /** Place of the mail whose time has come last: after an outage nobody gets three at once. */
  readonly mail: number | undefined;
  readonly stepsDone: number;
  readonly nextAt: Date | null;
}

const dueAt = ({ beganAt }: DunningClock, { after_days }: DunningStep): Date =>
  new Date(beganAt.getTime() + after_days * DAY_MS);

export function dueSteps(clock: DunningClock, now: Date): DueSteps {
  const { steps, stepsDone } = clock;
  const isDue = (step: DunningStep): boolean => dueAt(clock, step).getTime() <= now.getTime();
  const done = Math.max(stepsDone, steps.filter(isDue).length);
  const due = steps.slice(stepsDone, done);
  const mail = due.findLastIndex((step) => step.do === 'mail');
  const next = steps[done];
  return {
    suspend: due.some((step) => step.do === 'suspend'),
    mail: mail === -1 ? undefined : stepsDone + mail,
    stepsDone: done,
    nextAt: next === undefined ? null : dueAt(clock, next),
  };
}

/** When it suspends; undefined once it has. */
export function suspendsAt(clock: DunningClock): Date | undefined {
  const place = clock.steps.findIndex((step) => step.do === 'suspend');
  const step = clock.steps[place];
  return step === undefined || place < clock.stepsDone ? undefined : dueAt(clock, step);
}
