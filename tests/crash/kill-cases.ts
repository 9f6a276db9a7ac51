/** What a SIGKILL at one point of one call must lead to: the cases of both tiers. */
import { expect } from 'vitest';
import { resolveStep, rollBackRun } from '../../packages/server/dist/runbooks/runs/index.js';
import { BOB } from './control-plane.mjs';
import { ACTION_OF, STEP_OF } from './sample-runbook.mjs';
import { expectUnharmed, type Suite, whole } from './suite.ts';

export const POINTS = ['after_intent', 'after_call', 'before_commit', 'after_commit'] as const;
export type Point = (typeof POINTS)[number];
export const DELIVERIES = ['idempotent', 'readback', 'unknown'] as const;
export type Delivery = (typeof DELIVERIES)[number];

/** From the death of the process: the promise of the product. */
const RESUMES_WITHIN_MS = 30_000;

async function resumed(suite: Suite, runId: string, ...statuses: readonly string[]) {
  const diedAt = Date.now();
  await suite.fleet.fill();
  const record = await suite.plane.until(runId, statuses, RESUMES_WITHIN_MS);
  expect(Date.now() - diedAt).toBeLessThan(RESUMES_WITHIN_MS);
  await expectUnharmed(suite.plane, runId);
  return record;
}

export async function dieWhileApplying(suite: Suite, point: Point, delivery: Delivery): Promise<void> {
  const death = suite.fleet.deathAt(`${point}@${ACTION_OF[delivery]}`);
  const { id, name } = await suite.start();
  await death;
  if (delivery !== 'unknown' || point === 'after_commit') {
    const { state } = await resumed(suite, id, 'waiting');
    expect(suite.effects(name)).toEqual(whole(name));
    expect(state.steps[STEP_OF[delivery]]).toMatchObject({ status: 'passed', tries: 1 });
    return;
  }
  const { state } = await resumed(suite, id, 'halted');
  expect(state.steps[STEP_OF.unknown]).toMatchObject({ status: 'uncertain', tries: 1 });
  const made = suite.effects(name)[`${name}-shout`] ?? 0;
  expect(made).toBe(point === 'after_intent' ? 0 : 1);
  await suite.plane.as(BOB, (ctx) =>
    resolveStep(ctx, id, {
      step: STEP_OF.unknown,
      outcome: 'happened',
      output: { id: 'looked-up', name: `${name}-shout` },
      reason: 'looked in the other system',
    }),
  );
  await suite.plane.until(id, ['waiting']);
  expect(suite.effects(name)[`${name}-shout`] ?? 0).toBe(made);
  await expectUnharmed(suite.plane, id);
}

export async function dieWhileChecking(suite: Suite, point: Point): Promise<void> {
  const death = suite.fleet.deathAt(`${point}@outside.probe`);
  const { id, name } = await suite.start();
  await death;
  const { state } = await resumed(suite, id, 'waiting');
  expect(state.steps.seen).toMatchObject({ status: 'passed', tries: 1 });
  expect(suite.effects(name)).toEqual(whole(name));
}

export async function dieWhileUndoing(suite: Suite, point: Point, delivery: Delivery): Promise<void> {
  const { id, name } = await suite.start();
  await suite.plane.until(id, ['waiting']);
  const action = ACTION_OF[delivery];
  const death = suite.fleet.deathAt(`${point}@${point === 'after_call' ? `${action}:undo` : action}`);
  await suite.plane.as(BOB, (ctx) => rollBackRun(ctx, id, { reason: 'not wanted' }));
  await death;
  const { state } = await resumed(suite, id, 'rolled_back');
  expect(suite.effects(name)).toEqual({});
  expect(Object.values(STEP_OF).map((step) => state.steps[step]?.status)).toEqual(['undone', 'undone', 'undone']);
}
