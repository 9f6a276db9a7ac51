import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from './policy.ts';
import { isWorthTouching, lifeOf } from './session.ts';

const START = new Date('2026-11-20T09:00:00Z');
const after = (minutes: number): Date => new Date(START.getTime() + minutes * 60_000);
const browser = (lastSeen: number) => ({ kind: 'browser' as const, createdAt: START, lastSeenAt: after(lastSeen) });
const endedAt = (lastSeen: number, now: number, policy = DEFAULT_POLICY) =>
  lifeOf(browser(lastSeen), policy, after(now)).ended;

describe('IDN-05, CH-10: the life of a session', () => {
  it.each([
    [0, 29.99, undefined],
    [0, 30, 'idle'],
    [700, 719.99, undefined],
    [700, 720, 'absolute'],
    [719, 800, 'absolute'],
  ])('seen at minute %d, at minute %d it is %s', (seen, now, ended) => {
    expect(endedAt(seen, now)).toBe(ended);
  });

  it('a stricter policy reaches a session that is open', () => {
    expect(endedAt(0, 10)).toBeUndefined();
    expect(endedAt(0, 10, { ...DEFAULT_POLICY, idleMs: 5 * 60_000 })).toBe('idle');
  });

  it('one behind tokens is never idle and ends seven days after the log-in', () => {
    const token = { kind: 'token' as const, createdAt: START, lastSeenAt: START };
    expect(lifeOf(token, DEFAULT_POLICY, after(7 * 24 * 60 - 1)).ended).toBeUndefined();
    expect(lifeOf(token, DEFAULT_POLICY, after(7 * 24 * 60)).ended).toBe('absolute');
  });

  it('is written down at most once a minute, and often enough for a short idle time', () => {
    expect(isWorthTouching(START, DEFAULT_POLICY, after(0.9))).toBe(false);
    expect(isWorthTouching(START, DEFAULT_POLICY, after(1))).toBe(true);
    expect(isWorthTouching(START, { ...DEFAULT_POLICY, idleMs: 60_000 }, after(0.1))).toBe(true);
  });
});
