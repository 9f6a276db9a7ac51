import { LATENCY_BOUNDS_MS as AGREED, metricsReportSchema } from '@tenantry/contract';
import { describe, expect, it } from 'vitest';
import { Figures, LATENCY_BOUNDS_MS, type Visit } from './figures.ts';

const opened = (): { figures: Figures; now: { at: number } } => {
  const now = { at: Date.parse('2026-11-20T09:00:00Z') };
  return { figures: new Figures('cutlist-1', () => new Date(now.at)), now };
};
const visit = (more: Partial<Visit> = {}): Visit => ({
  tenantId: 'north',
  userId: 'ada',
  durationMs: 12,
  failed: false,
  feature: undefined,
  ...more,
});

describe('the figures of a workshop', () => {
  it('are counted by the bounds the control plane counts by, in a form it takes', () => {
    expect(LATENCY_BOUNDS_MS).toEqual(AGREED);
    const { figures, now } = opened();
    for (const durationMs of [5, 5.1, 20_000]) figures.count(visit({ durationMs, feature: 'export' }));
    figures.count(visit({ failed: true, userId: 'mo' }));
    now.at += 5_000;
    const report = figures.take().get('north');
    expect(report).toMatchObject({ requests: 4, errors: 1, active_users: 2, features: { export: 3 } });
    expect([report?.latency[0], report?.latency[1], report?.latency.at(-1)]).toEqual([1, 1, 1]);
    expect(metricsReportSchema.safeParse(report).success).toBe(true);
  });

  it('are never those of another', () => {
    const { figures, now } = opened();
    figures.count(visit());
    figures.count(visit({ tenantId: 'south', userId: 'sam' }));
    now.at += 1_000;
    const reports = figures.take();
    expect([...reports].map(([tenantId, { requests }]) => [tenantId, requests])).toEqual([
      ['north', 1],
      ['south', 1],
    ]);
  });

  it('follow each other without gap and without overlap, and go on when nothing happens', () => {
    const { figures, now } = opened();
    figures.count(visit());
    now.at += 5_000;
    const first = figures.take().get('north');
    now.at += 5_000;
    const second = figures.take().get('north');
    expect(second?.from).toBe(first?.to);
    expect(second).toMatchObject({ requests: 0, active_users: 1 });
    expect(figures.take().size).toBe(0);
  });

  it('forget somebody who was not here for a day', () => {
    const { figures, now } = opened();
    figures.count(visit());
    now.at += 86_400_001;
    expect(figures.take().get('north')?.active_users).toBe(0);
  });
});
