import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completeTask, resolveStep } from '../../packages/server/dist/runbooks/runs/index.js';
import { ADA, BOB } from './control-plane.mjs';
import { POINTS, type Point } from './kill-cases.ts';
import { faultsOfRun } from './proofs.mjs';
import { CASES, idOf, type ShippedCase, SUBJECT, stepsBefore, TASK } from './shipped-actions.ts';
import { type Effects, openShippedWorld, type Started } from './shipped-world.ts';
import { startFleet } from './workers.mjs';

const RESUMES_WITHIN_MS = 20_000;
const PROGRAM = fileURLToPath(new URL('./shipped-worker.mjs', import.meta.url));

const world = await openShippedWorld();
const { plane, effects } = world;
let fleet: Awaited<ReturnType<typeof startFleet>>;

beforeAll(async () => {
  await world.prepare();
  fleet = await startFleet({ ...world.settings, leaseMs: 1_000, concurrency: 4, program: PROGRAM }, 2);
}, 60_000);
afterAll(() => fleet.end());

const caseOf = (action: string): ShippedCase => CASES[action] ?? expect.fail(`no entry for ${action}`);

async function start(action: string): Promise<Started> {
  const { leaves, given } = caseOf(action);
  const slug = `c-${randomUUID().slice(0, 8)}`;
  if (leaves !== undefined) {
    const subject = await plane.start(SUBJECT, { slug });
    await plane.until(subject.id, ['waiting'], RESUMES_WITHIN_MS);
    const { id } = await plane.start(idOf(action), { slug }, { run: subject.id });
    return { id, slug, subject: subject.id };
  }
  const { id } = await plane.start(idOf(action), { slug });
  if (given === undefined) return { id, slug };
  await plane.until(id, ['waiting'], RESUMES_WITHIN_MS);
  await world.reportBadDay(slug);
  await plane.as(ADA, (ctx) => completeTask(ctx, id, { step: TASK }));
  return { id, slug };
}

/** Both of them, when the run is about another. */
async function completed(action: string, { id, subject }: Started) {
  const record = await plane.until(id, ['completed'], RESUMES_WITHIN_MS);
  const { leaves } = caseOf(action);
  if (subject !== undefined && leaves !== undefined) await plane.until(subject, [leaves], RESUMES_WITHIN_MS);
  return record;
}

const deliveryOf = (action: string): string => plane.registry.catalog.actions[action]?.delivery ?? '';

/** What a run leaves that nobody disturbed. */
const whole = new Map<string, Effects>();

async function undisturbed(action: string): Promise<Effects> {
  const known = whole.get(action);
  if (known !== undefined) return known;
  const run = await start(action);
  await completed(action, run);
  const left = await effects(run);
  // Otherwise "as much as without a crash" would say nothing.
  const done = Number(left.ledger) + Number(left.orders) + Number(left.mails) + Number(left.moves);
  expect(done).toBeGreaterThan(stepsBefore(caseOf(action)).length);
  whole.set(action, left);
  return left;
}

async function dieAt(action: string, point: Point): Promise<void> {
  const expected = await undisturbed(action);
  const death = fleet.deathAt(`${point}@${action}`);
  const run = await start(action);
  await death;
  await fleet.fill();
  if (deliveryOf(action) === 'unknown' && point !== 'after_commit') await askedAPerson(run, point);
  else {
    const { state } = await completed(action, run);
    expect(state.steps.it).toMatchObject({ status: 'passed', tries: 1 });
    expect(await effects(run)).toEqual(expected);
  }
  for (const id of [run.id, run.subject]) {
    if (id !== undefined) expect(await faultsOfRun(plane, id, { single: [] })).toEqual([]);
  }
  expect(await world.backupFaults()).toEqual([]);
}

/** Whether the call had its effect, nobody repeats it: not while the step is uncertain, nor once a person has looked. */
async function askedAPerson(run: Started, point: Point): Promise<void> {
  const { state } = await plane.until(run.id, ['halted'], RESUMES_WITHIN_MS);
  expect(state.steps.it).toMatchObject({ status: 'uncertain', tries: 1 });
  await world.workOn(run.slug);
  const before = await effects(run);
  const { step, reason } = { step: 'it', reason: 'looked in the other system' };
  await plane.as(BOB, (ctx) => resolveStep(ctx, run.id, { step, outcome: 'happened', output: {}, reason }));
  await plane.until(run.id, ['completed'], RESUMES_WITHIN_MS);
  const after = await effects(run);
  expect(after).toEqual(before);
  expect(Number(after.mails) + Number(after.orders) + Number(after.restores)).toBe(point === 'after_intent' ? 0 : 1);
  // What a restore brings back and what people did since: the one is gone only with it, the other stays in any case.
  expect([after.overwritten, after.later]).toEqual([after.restores === 0 ? after.rows : 0, after.rows]);
}

describe('the shipped actions', () => {
  it('RUN-40: each has an entry here', () => {
    expect(Object.keys(CASES).sort()).toEqual(Object.keys(plane.registry.catalog.actions).sort());
  });
});

const PRODUCT = Object.keys(CASES).flatMap((action) => POINTS.map((point) => [action, point] as const));

describe('a worker that dies by SIGKILL in a shipped action', () => {
  it.for(PRODUCT)(
    'RUN-40: %s %s: no step is lost and nothing is done twice',
    { timeout: 60_000 },
    async ([action, point]) => {
      await dieAt(action, point);
    },
  );
});
