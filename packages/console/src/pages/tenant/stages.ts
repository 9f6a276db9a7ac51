/** From the notice to the deletion, with what has come and what is to come. */
import { inDays, LEAVING, REMINDER_DAYS, RETENTION_DAYS } from './life-words.ts';
import type { Offboarding } from './tenant-types.ts';

export interface Stage {
  readonly title: string;
  readonly state: 'done' | 'now' | 'next' | 'off';
  /** ISO 8601; undefined where no day is set. */
  readonly at: string | undefined;
  /** It goes on until then, and does not happen then. */
  readonly until?: true;
  readonly about: string;
}

const DAY_MS = 86_400_000;

export function stagesOf(offboarding: Offboarding, now: number): readonly Stage[] {
  const { state, announced_at: announced, ends_at: ends } = offboarding;
  const hasEnded = state !== 'grace' && state !== 'cancelled';
  return [
    {
      title: 'Notice',
      state: 'done',
      at: announced,
      about: 'Administrators were told, with the address of their export.',
    },
    ...graceOf(offboarding, hasEnded),
    ...remindersOf(announced, ends, hasEnded, now),
    {
      title: hasEnded ? 'Access has ended' : 'Access ends',
      state: hasEnded ? 'done' : 'next',
      at: offboarding.offboarded_at ?? ends,
      about: hasEnded ? 'Nobody gets in any more.' : 'From then on nobody gets in.',
    },
    ...afterwards(offboarding),
  ];
}

function graceOf({ cause, ends_at: ends }: Offboarding, hasEnded: boolean): readonly Stage[] {
  const { graceDays, access } = LEAVING[cause];
  if (graceDays === 0) return [];
  const title = `Grace, ${graceDays} days`;
  return [{ title, state: hasEnded ? 'done' : 'now', at: ends, until: true, about: hasEnded ? '' : access }];
}

function remindersOf(announced: string, ends: string, hasEnded: boolean, now: number): readonly Stage[] {
  const [from, to] = [Date.parse(announced), Date.parse(ends)];
  return REMINDER_DAYS.filter((days) => days * DAY_MS < to - from).map((days) => {
    const at = new Date(to - days * DAY_MS).toISOString();
    const passed = hasEnded || Date.parse(at) <= now;
    const title = days === 1 ? 'Reminder, a day before' : `Reminder, ${days} days before`;
    return { title, state: passed ? 'done' : 'next', at, about: 'A mail to the administrators.' } as const;
  });
}

function afterwards(offboarding: Offboarding): readonly Stage[] {
  const { state, ends_at: ends, delete_data: deletes, erasure_request: erasure, delete_after: after } = offboarding;
  const held = offboarding.legal_hold !== null;
  if (!deletes && state !== 'deleting' && state !== 'deleted') {
    return [
      {
        title: 'The data is kept',
        state: state === 'offboarded' ? 'now' : 'next',
        at: undefined,
        about: 'Out of reach, until somebody decides.',
      },
    ];
  }
  const due = after ?? inDays(Date.parse(ends), erasure ? 0 : RETENTION_DAYS);
  const isOver = state === 'deleting' || state === 'deleted';
  const retention: Stage = {
    title: isOver ? 'Retention' : erasure ? 'No retention' : `Retention, ${RETENTION_DAYS} days`,
    until: true,
    state: isOver ? 'done' : state === 'offboarded' ? 'now' : 'next',
    at: due,
    about: isOver
      ? 'It is over.'
      : held
        ? 'Held: it does not end before the legal hold is lifted.'
        : erasure
          ? 'None: erasure was asked for.'
          : 'The data stays out of reach; the end can still be called off.',
  };
  const deletion: Stage = {
    title: state === 'deleted' ? 'Deleted' : 'Deletion',
    state: state === 'deleted' ? 'done' : state === 'deleting' ? 'now' : held ? 'off' : 'next',
    at: state === 'deleted' ? (offboarding.ended_at ?? undefined) : undefined,
    about:
      state === 'deleted'
        ? 'The certificate says what is gone, and what is not.'
        : 'By itself, once the retention is over. It cannot be called off.',
  };
  return [retention, deletion];
}
