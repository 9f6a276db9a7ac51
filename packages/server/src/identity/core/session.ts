/** How long a session lives. The policy in force now decides, so a stricter one reaches sessions that are open. */
import type { SessionKind, TenantPolicy } from '../authentication.ts';

export interface SessionTimes {
  readonly kind: SessionKind;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
}

export interface SessionLife {
  readonly idleEndsAt: Date;
  readonly endsAt: Date;
  readonly ended: 'idle' | 'absolute' | undefined;
}

/**
 * A session behind tokens lives as long as its refresh tokens may, counted from the log-in; nobody sits in front of
 * it to be idle.
 */
export function lifeOf({ kind, createdAt, lastSeenAt }: SessionTimes, policy: TenantPolicy, now: Date): SessionLife {
  const absoluteMs = kind === 'token' ? policy.refreshMs : policy.absoluteMs;
  const endsAt = new Date(createdAt.getTime() + absoluteMs);
  const idleAt = kind === 'token' ? endsAt.getTime() : lastSeenAt.getTime() + policy.idleMs;
  const idleEndsAt = new Date(Math.min(idleAt, endsAt.getTime()));
  const ended = endsAt <= now ? 'absolute' : idleEndsAt <= now ? 'idle' : undefined;
  return { idleEndsAt, endsAt, ended };
}

/** Writing each request down would cost more than it tells: this much of the idle time may pass unwritten. */
export const isWorthTouching = (lastSeenAt: Date, policy: TenantPolicy, now: Date): boolean =>
  now.getTime() - lastSeenAt.getTime() >= Math.min(60_000, policy.idleMs / 10);
