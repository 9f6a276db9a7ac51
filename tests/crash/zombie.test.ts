import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { faultsOfAudit } from './proofs.mjs';
import { expectUnharmed, openSuite, type Suite, whole } from './suite.ts';

const suite = await openSuite();

/** A run whose first call hangs in one worker; that worker is stopped, so it cannot renew its lease. */
async function freezeMidCall({ plane, fleet, start }: Suite) {
  const latch = `latch-${Math.random().toString(36).slice(2)}`;
  const run = await start({ latch });
  await expect.poll(() => plane.outside.entered(latch).length, { timeout: 10_000 }).toBe(1);
  const [pid] = plane.outside.entered(latch);
  const zombie = fleet.workers.find((worker) => worker.pid === pid);
  if (zombie === undefined) throw new Error(`no worker has the process id ${pid}`);
  zombie.signal('SIGSTOP');
  return { run, latch, zombie };
}

/** Attempts of the first step, as the fence sees them. */
const attempts = ({ plane }: Suite, runId: string) =>
  plane.rows<{ epoch: number; status: string; executor: string }>(
    "select epoch, status, executor from run_attempts where run_id = $1 and step_id = 'first'",
    [runId],
  );

it('a worker that slept past its lease and wakes with a late result is refused; the effect stays single', async () => {
  const { run, latch, zombie } = await freezeMidCall(suite);
  // The second worker comes to the same call once the lease has passed.
  await expect.poll(() => suite.plane.outside.entered(latch).length, { timeout: 15_000 }).toBe(2);
  suite.plane.outside.open(latch);
  const { revision } = await suite.plane.until(run.id, ['waiting']);
  const settled = await attempts(suite, run.id);
  expect(settled).toMatchObject([{ epoch: 2, status: 'passed' }]);

  zombie.signal('SIGCONT');
  // It answers for its own call only after it has offered its result, so a new run through it comes later still.
  const { pid } = zombie;
  await expect
    .poll(() => suite.plane.rows('select from engine_executors where pid = $1', [pid]).then((rows) => rows.length), {
      timeout: 10_000,
    })
    .toBe(1);
  await sleep(500);
  expect(zombie.isAlive()).toBe(true);
  expect(suite.effects(run.name)).toEqual(whole(run.name));
  expect((await suite.plane.load(run.id)).revision).toBe(revision);
  expect(await attempts(suite, run.id)).toEqual(settled);
  await expectUnharmed(suite.plane, run.id);
});

it('a worker that wakes before the other has settled the call cannot settle it either', async () => {
  const { run, latch, zombie } = await freezeMidCall(suite);
  await expect.poll(() => suite.plane.outside.entered(latch).length, { timeout: 15_000 }).toBe(2);
  zombie.signal('SIGCONT');
  suite.plane.outside.open(latch);
  await suite.plane.until(run.id, ['waiting']);
  expect(await attempts(suite, run.id)).toMatchObject([{ epoch: 2, status: 'passed' }]);
  expect(suite.effects(run.name)).toEqual(whole(run.name));
  await expectUnharmed(suite.plane, run.id);
});

it('a woken worker takes jobs again, and its locks can be released again', async () => {
  const survivor = suite.fleet.workers.map((worker) => worker.pid);
  const { run, latch } = await freezeMidCall(suite);
  const [pid] = suite.plane.outside.entered(latch);
  const frozen = suite.fleet.workers.find((worker) => worker.pid === pid);
  expect(survivor).toContain(pid);
  await frozen?.kill();
  await expect.poll(() => suite.plane.outside.entered(latch).length, { timeout: 15_000 }).toBe(2);
  suite.plane.outside.open(latch);
  await suite.plane.until(run.id, ['waiting']);
  expect(suite.effects(run.name)).toEqual(whole(run.name));
  expect(await faultsOfAudit(suite.plane)).toEqual([]);
});
