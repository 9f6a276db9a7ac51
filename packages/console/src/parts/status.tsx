/** One word and one tone for each state, the same on every page. The tone is never the only sign. */
import type { ReactNode } from 'react';

export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'quiet';

const TONES: Readonly<Record<string, Tone>> = {
  completed: 'good',
  passed: 'good',
  active: 'good',
  standing: 'good',
  ok: 'good',
  approved: 'good',
  live: 'good',
  running: 'busy',
  ready: 'busy',
  open: 'busy',
  undoing: 'busy',
  rolling_back: 'busy',
  onboarding: 'busy',
  trial: 'busy',
  waiting: 'warn',
  overridden: 'warn',
  asked: 'warn',
  suspended: 'warn',
  grace: 'warn',
  deleting: 'busy',
  done: 'good',
  now: 'busy',
  late: 'bad',
  halted: 'bad',
  failed: 'bad',
  uncertain: 'bad',
  undo_failed: 'bad',
  rollback_blocked: 'bad',
  altered: 'bad',
};

const SIGNS: Readonly<Record<Tone, string>> = { good: '✓', bad: '!', warn: '?', busy: '→', quiet: '·' };

export const toneOf = (status: string): Tone => TONES[status] ?? 'quiet';
export const words = (text: string): string => text.replaceAll('_', ' ');

interface StatusProps {
  readonly of: string;
  /** In place of the status's own word. */
  readonly children?: ReactNode;
}

export function Status({ of, children }: StatusProps): ReactNode {
  const tone = toneOf(of);
  return (
    <span className={`status tone-${tone}`}>
      <span aria-hidden="true">{SIGNS[tone]}</span> {children ?? words(of)}
    </span>
  );
}

/** A mark for what must not be taken for the real thing. */
export const Mark = ({ children }: { readonly children: ReactNode }): ReactNode => (
  <span className="mark">{children}</span>
);
