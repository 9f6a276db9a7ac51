import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { PrivateCluster } from '../../packages/server/src/db/testing/index.ts';
import { expectUnharmed, type Suite, whole } from './suite.ts';

/**
 * Runs are under way, PostgreSQL goes away `afterMs` into them and stays away; then all of them end as if nothing
 * had been.
 */
export async function surviveOutage(
  suite: Suite,
  cluster: PrivateCluster,
  { runs, afterMs, awayMs }: { readonly runs: number; readonly afterMs: number; readonly awayMs: number },
): Promise<void> {
  const pids = suite.fleet.workers.map((worker) => worker.pid);
  const started = await Promise.all(Array.from({ length: runs }, () => suite.start()));
  await sleep(afterMs);
  await cluster.stop();
  await sleep(awayMs);
  await cluster.start();
  for (const run of started) {
    const { state } = await suite.plane.until(run.id, ['waiting']);
    // `unknown` included: our own database being away is no doubt about the other system.
    for (const step of ['first', 'second', 'third', 'seen'])
      expect(state.steps[step]).toMatchObject({ status: 'passed', tries: 1 });
    expect(suite.effects(run.name)).toEqual(whole(run.name));
    await expectUnharmed(suite.plane, run.id);
  }
  expect(suite.fleet.workers.map((worker) => worker.isAlive())).toEqual(pids.map(() => true));
}
