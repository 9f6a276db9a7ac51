import { expect, it } from 'vitest';
import { delayAfter, GIVE_UP_AFTER_MS, nextAttempt } from './schedule.ts';

it('the first attempts follow soon, later ones every hour', () => {
  expect([1, 2, 3, 6, 7, 50].map(delayAfter).map((ms) => ms / 60_000)).toEqual([1, 2, 4, 32, 60, 60]);
});

it('a mail is tried for five days and then given up', () => {
  const createdAt = new Date('2026-11-20T09:00:00Z');
  let now = createdAt;
  let attempts = 0;
  for (let next: Date | undefined = now; next !== undefined; next = nextAttempt({ createdAt, attempts }, now)) {
    now = next;
    attempts += 1;
  }
  const days = (now.getTime() - createdAt.getTime()) / GIVE_UP_AFTER_MS;
  expect(days).toBeGreaterThan(0.98);
  expect(days).toBeLessThanOrEqual(1);
  expect(attempts).toBeGreaterThan(100);
});
