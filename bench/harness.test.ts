import { describe, expect, it } from 'vitest';
import { createBench, isMissed } from './harness.mjs';
import { median, quantile, spreadPercent } from './statistics.mjs';
import { tableOf } from './table.mjs';

const bench = (quick = false) => createBench({ quick, machine: 'test', versions: { node: '20' } });

/** A measurement that answers the given figures in turn, and logs each turn. */
function figures(name: string, values: readonly number[], log: string[] = []): () => number {
  const left = [...values];
  return () => {
    log.push(name);
    return left.shift() ?? 0;
  };
}

const constant = (value: number) => () => value;

describe('compare', () => {
  it('takes turns, changes who goes first, and leaves the first turn of each out', async () => {
    const log: string[] = [];
    const row = await bench(true).compare({
      work: 'w',
      unit: '/s',
      ours: figures('ours', [1, 10, 20, 30], log),
      peer: { name: 'p', run: figures('peer', [1000, 40, 40, 40], log) },
    });
    expect(log).toEqual(['ours', 'peer', 'ours', 'peer', 'peer', 'ours', 'ours', 'peer']);
    expect(row).toMatchObject({ ours: 20, peer: 40, ratio: 0.5, noise: { ours: 25, peer: 0, repetitions: 3 } });
  });

  it('holds the ratio against its budget, on either side', async () => {
    const rows = [{ atLeast: 0.5 }, { atLeast: 0.51 }, { atMost: 0.5 }, { atMost: 0.49 }].map((budget) =>
      bench().compare({ work: 'w', unit: '/s', ours: constant(1), peer: { name: 'p', run: constant(2) }, budget }),
    );
    const judged = await Promise.all(rows);
    expect(judged.map((row) => [row.budget, row.holds, isMissed(row)])).toEqual([
      ['>= 0.5', true, false],
      ['>= 0.51', false, true],
      ['<= 0.5', true, false],
      ['<= 0.49', false, true],
    ]);
  });
});

describe('report', () => {
  it('an absolute figure over its budget is shown as such and fails nothing', async () => {
    const row = await bench().report({ work: 'w', unit: 'ms', ours: constant(60), budget: { atMost: 50 } });
    expect(row).toMatchObject({ ours: 60, peer: null, ratio: null, budget: '<= 50', holds: false });
    expect(isMissed(row)).toBe(false);
  });
});

it('every row carries the members of the published format', async () => {
  const suite = bench();
  await suite.report({ work: 'w', unit: 'ms', ours: constant(1) });
  expect(Object.keys(suite.rows[0] ?? {})).toEqual([
    'work',
    'unit',
    'ours',
    'peer',
    'peerName',
    'ratio',
    'budget',
    'holds',
    'machine',
    'versions',
    'noise',
  ]);
});

it('the table aligns its columns and marks a missed budget', async () => {
  const suite = bench();
  await suite.compare({
    work: 'steps',
    unit: '/s',
    ours: constant(100),
    peer: { name: 'raw jobs', run: constant(1000) },
    budget: { atLeast: 0.25 },
  });
  expect(tableOf(suite.rows).split('\n')).toEqual([
    'work   ours    peer                ratio  budget   holds  noise',
    'steps  100 /s  1000 /s (raw jobs)  0.1x   >= 0.25  NO     ±0 % / ±0 %',
  ]);
});

describe('statistics', () => {
  it('quantiles lie between the measured values', () => {
    expect([median([3, 1, 2]), median([1, 2]), quantile([0, 100], 0.99)]).toEqual([2, 1.5, 99]);
  });

  it('one wild value moves neither the median nor the spread', () => {
    expect([median([10, 10, 10, 10, 999]), spreadPercent([10, 10, 10, 10, 999])]).toEqual([10, 0]);
  });

  it('nothing measured is an error, not a zero', () => {
    expect(() => median([])).toThrow('no value was measured');
  });
});
