import { describe, expect, it } from 'vitest';
import { KEY_TIMES, planKeys, type ScheduledKey, SIGNING_ALGS, signingKeyOf } from './key-schedule.ts';

const DAY = 24 * 60 * 60 * 1_000;
const START = new Date('2026-11-20T09:00:00Z');
const at = (days: number): Date => new Date(START.getTime() + days * DAY);

/** Does what is planned once a day, and tells each day to `look`. */
function live(days: number, look: (keys: readonly ScheduledKey[], now: Date) => void): void {
  let keys: ScheduledKey[] = [];
  for (let day = 0; day <= days; day += 1) {
    const now = at(day);
    const { make, remove } = planKeys(keys, now);
    keys = keys.filter(({ kid }) => !remove.includes(kid));
    for (const { alg, signsFrom } of make) keys.push({ kid: `${alg}-${day}`, alg, createdAt: now, signsFrom });
    look(keys, now);
  }
}

describe('over two years', () => {
  it('there is always one key that signs, of every algorithm', () => {
    live(730, (keys, now) => {
      for (const alg of SIGNING_ALGS) expect(signingKeyOf(keys, alg, now), `${alg} ${now.toISOString()}`).toBeDefined();
    });
  });

  it('each key but the first is published a week before it signs, and two weeks after', () => {
    const seen = new Map<string, { first: Date; last: Date; signed: Date[] }>();
    live(730, (keys, now) => {
      for (const key of keys) {
        const facts = seen.get(key.kid) ?? { first: now, last: now, signed: [] };
        facts.last = now;
        if (signingKeyOf(keys, key.alg, now) === key) facts.signed.push(now);
        seen.set(key.kid, facts);
      }
    });
    const whole = [...seen.values()].filter(({ first, last }) => first > START && last < at(730));
    expect(whole.length).toBeGreaterThan(9);
    for (const { first, last, signed } of whole) {
      const [begins, ends] = [signed[0]?.getTime() ?? 0, signed.at(-1)?.getTime() ?? 0];
      expect(begins - first.getTime()).toBeGreaterThanOrEqual(KEY_TIMES.aheadMs);
      expect(last.getTime() - ends).toBeGreaterThanOrEqual(KEY_TIMES.keptMs - DAY);
      expect(ends - begins).toBeGreaterThanOrEqual(KEY_TIMES.signsMs - DAY);
    }
  });
});

it('planned twice at the same time it plans the same, and once done nothing', () => {
  const keys: ScheduledKey[] = SIGNING_ALGS.map((alg) => ({ kid: alg, alg, createdAt: START, signsFrom: START }));
  expect(planKeys(keys, START)).toEqual({ make: [], remove: [] });
});

it('after an outage of a year the next key is still published for its whole lead before it signs', () => {
  const keys: ScheduledKey[] = SIGNING_ALGS.map((alg) => ({ kid: alg, alg, createdAt: START, signsFrom: START }));
  const { make, remove } = planKeys(keys, at(365));
  expect(make).toHaveLength(3);
  for (const { signsFrom } of make) expect(signsFrom).toEqual(new Date(at(365).getTime() + KEY_TIMES.aheadMs));
  expect(remove).toEqual([]);
});
