import type { RunView, StepView } from '@tenantry/contract';
import type { Style } from '../terminal/style.ts';

type StepStatus = StepView['status'];
type RunStatus = RunView['status'];

interface Sign {
  readonly sign: string;
  readonly paint: keyof Style;
}

const STEP_SIGNS: Readonly<Record<StepStatus, Sign>> = {
  pending: { sign: '·', paint: 'faint' },
  ready: { sign: '·', paint: 'faint' },
  running: { sign: '→', paint: 'accent' },
  waiting: { sign: '?', paint: 'warn' },
  passed: { sign: '✓', paint: 'good' },
  failed: { sign: '✗', paint: 'bad' },
  uncertain: { sign: '!', paint: 'bad' },
  skipped: { sign: '–', paint: 'faint' },
  overridden: { sign: '»', paint: 'warn' },
  undoing: { sign: '←', paint: 'accent' },
  undone: { sign: '↩', paint: 'faint' },
  undo_failed: { sign: '✗', paint: 'bad' },
};

const RUN_PAINTS: Readonly<Record<RunStatus, keyof Style>> = {
  planned: 'faint',
  running: 'accent',
  waiting: 'warn',
  halted: 'bad',
  rolling_back: 'accent',
  rollback_blocked: 'bad',
  completed: 'good',
  rolled_back: 'warn',
  cancelled: 'warn',
};

export const stepSign = (status: StepStatus, style: Style): string => {
  const { sign, paint } = STEP_SIGNS[status];
  return style[paint](sign);
};

/** `rollback_blocked` -> `rollback blocked`. */
export const statusWords = (status: StepStatus | RunStatus): string => status.replaceAll('_', ' ');

export const runStatusText = (status: RunStatus, style: Style): string =>
  style[RUN_PAINTS[status]](statusWords(status));

/** A step that will not move again by itself. */
export const isSettled = (status: StepStatus): boolean =>
  status !== 'pending' && status !== 'ready' && status !== 'running' && status !== 'waiting' && status !== 'undoing';

const WAITING_WORDS: Readonly<Record<string, string>> = {
  person: 'for a person',
  approval: 'for approval',
  event: 'for an event',
  time: 'for its time',
  retry: 'to be tried again',
  occurrence: 'for its next time',
  child: 'for another run',
};

/** What a waiting step waits for. */
export const waitingWords = (step: StepView): string =>
  step.waiting_for === 'child' && step.child !== null
    ? `for ${step.child}`
    : step.waiting_for === null
      ? ''
      : (WAITING_WORDS[step.waiting_for] ?? `for ${step.waiting_for.replaceAll('_', ' ')}`);
