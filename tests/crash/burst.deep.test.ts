import { expect, it } from 'vitest';
import { faultsOfAudit } from './proofs.mjs';
import { expectUnharmed, openSuite, whole } from './suite.ts';

const RUNS = 500;
/** As many as the pool has connections. */
const STARTERS = 5;
const DRAIN_MS = 120_000;

const suite = await openSuite({ leaseMs: 5_000 });

it('five hundred runs started at once all come to their first wait, each step done once', {
  timeout: 300_000,
}, async () => {
  const runs = (await Promise.all(Array.from({ length: STARTERS }, startMany))).flat();
  await expect
    .poll(
      async () => {
        const [row] = await suite.plane.rows<{ open: number }>(
          "select count(*)::int as open from runs where status <> 'waiting'",
        );
        return row?.open;
      },
      { timeout: DRAIN_MS, interval: 200 },
    )
    .toBe(0);
  for (const run of runs) {
    expect(suite.effects(run.name)).toEqual(whole(run.name));
    await expectUnharmed(suite.plane, run.id);
  }
  expect(await faultsOfAudit(suite.plane)).toEqual([]);
});

async function startMany() {
  const runs = [];
  while (runs.length < RUNS / STARTERS) runs.push(await suite.start());
  return runs;
}
