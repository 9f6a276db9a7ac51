/** What shuts the tenant out, or is going to, on every page: what is so, until when, and what can be done. */
import type { PortalLifeView } from '@tenantry/contract';
import type { ReactNode } from 'react';
import type { Speech } from '../texts/speak.ts';
import { Go } from './common.tsx';
import { useSession } from './session.tsx';

interface Notice {
  readonly title: string;
  readonly lines: readonly string[];
  readonly tone: 'bad' | 'warn';
}

/** `here`: the reader is on the page already that says what can be done. */
export function LifeBanner({ here }: { readonly here: boolean }): ReactNode {
  const { life, speech } = useSession();
  if (life === null || life === undefined) return null;
  return noticesOf(life, speech).map(({ title, lines, tone }) => (
    <div key={title} className={`note life ${tone}`} role="status">
      <strong>{title}</strong>
      {lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
      {!here && <Go to={['plan']}>{speech.say('life.see')}</Go>}
    </div>
  ));
}

function noticesOf(life: PortalLifeView, speech: Speech): readonly Notice[] {
  const { say, date } = speech;
  const { trial_ends_at: trialEnds, access_mode: mode } = life;
  return [
    ...(life.closed ? [{ title: say('life.closed'), lines: [say('life.closedText')], tone: 'bad' } as const] : []),
    ...(mode === null
      ? []
      : [
          {
            title: say(mode === 'blocked' ? 'life.blocked' : 'life.readOnly'),
            lines: life.suspended_for.map((cause) => say(`life.${cause}`)),
            tone: mode === 'blocked' ? 'bad' : 'warn',
          } as const,
        ]),
    ...leavingOf(life, speech),
    ...(trialEnds === null
      ? []
      : [
          {
            title: say('life.trial', { date: date(trialEnds) }),
            lines: [say('life.trialText')],
            tone: 'warn',
          } as const,
        ]),
  ];
}

function leavingOf({ offboarding }: PortalLifeView, { say, date }: Speech): readonly Notice[] {
  if (offboarding === null) return [];
  const { state, ends_at: ends, delete_after: after, delete_data: deletes, held } = offboarding;
  if (state === 'deleting') return [{ title: say('life.deleting'), lines: [say('life.deletingText')], tone: 'bad' }];
  const data = held
    ? [say('life.held')]
    : !deletes
      ? [say('life.kept')]
      : after === null
        ? []
        : [say('life.deleteAfter', { date: date(after) })];
  return state === 'grace'
    ? [{ title: say('life.leaving', { date: date(ends) }), lines: [say('life.leavingText'), ...data], tone: 'warn' }]
    : [{ title: say('life.left'), lines: data, tone: 'bad' }];
}
