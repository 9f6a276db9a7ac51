import { expect, it } from 'vitest';
import { expectUnharmed, openSuite, whole } from './suite.ts';

const suite = await openSuite();

it('a worker told to stop in the middle of a call leaves the step to another; no try is used up', async () => {
  const { plane, fleet } = suite;
  const run = await suite.start({ latch: 'stop' });
  await expect.poll(() => plane.outside.entered('stop').length, { timeout: 10_000 }).toBe(1);
  const [pid] = plane.outside.entered('stop');
  await fleet.workers.find((worker) => worker.pid === pid)?.stop();
  await expect.poll(() => plane.outside.entered('stop').length, { timeout: 15_000 }).toBe(2);
  plane.outside.open('stop');
  const { state } = await plane.until(run.id, ['waiting']);
  expect(state.steps.first).toMatchObject({ status: 'passed', tries: 1 });
  expect(suite.effects(run.name)).toEqual(whole(run.name));
  await expectUnharmed(plane, run.id);
});

it('a worker told to stop between the steps of a run hands the rest on at once', async () => {
  const { plane, fleet } = suite;
  await fleet.fill();
  const runs = await Promise.all(Array.from({ length: 20 }, () => suite.start()));
  await fleet.workers[0]?.stop();
  for (const run of runs) {
    const { state } = await plane.until(run.id, ['waiting']);
    for (const step of ['first', 'second', 'third', 'seen'])
      expect(state.steps[step]).toMatchObject({ status: 'passed', tries: 1 });
    expect(suite.effects(run.name)).toEqual(whole(run.name));
    await expectUnharmed(plane, run.id);
  }
});
