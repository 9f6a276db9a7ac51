import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloneDatabase } from '../../db/testing/index.ts';
import type { Worker } from '../../engine/index.ts';
import { ADA, BOB, clientFile, openWorld, type World } from '../testing/world.ts';
import { cancelRun, completeTask, decide, mendIntake, overrideStep, retryStep, rollBackRun } from './index.ts';

const RUNBOOK = `
runbook: sample
version: "1.0"
title: Sample
owner: tests
subject: new_tenant
intake:
  type: object
  required: [slug, thing]
  properties:
    slug: { type: string }
    thing: { type: string }
    fault: { type: string, default: none }
    shout: { type: string, default: none }
roles:
  engineer: { title: Engineer }
  lead: { title: Lead }
  client: { title: Client, party: client }
may: { override: [lead], cancel: [lead], rollback: [lead] }
phases:
  - id: make
    owner: engineer
    steps:
      - id: first
        uses: outside.make
        with: { name: "\${{ intake.thing }}", fault: "\${{ intake.fault }}" }
      - id: second
        uses: outside.note
        with: { name: "\${{ steps.first.output.name }}-note" }
      - id: third
        uses: outside.shout
        with: { name: "\${{ intake.thing }}-shout", fault: "\${{ intake.shout }}" }
      - id: seen
        check: outside.probe
        with: { name: "\${{ intake.thing }}" }
        expect: output.count == 1
  - id: accept
    owner: engineer
    steps:
      - id: look
        task: Look at it
        checklist: [It is there, It is right]
        evidence: note
      - id: signed
        sign_off: { by: [engineer, client], of: [steps.look], statement: It works }
`;

let world: World;
let worker: Worker;
const testDatabase = await cloneDatabase();

beforeAll(async () => {
  world = await openWorld(testDatabase);
  await world.publish(RUNBOOK);
  worker = await world.work();
});
afterAll(() => worker.stop());

let number = 0;
const start = (intake: Readonly<Record<string, string>> = {}) => {
  number += 1;
  return world.start(clientFile('sample', { slug: `client-${number}`, thing: `thing-${number}`, ...intake }));
};
const thing = (): string => `thing-${number}`;

describe('a run', () => {
  it('RUN-31: runs its automatic steps, waits for people, and completes with evidence for each step', async () => {
    const run = await start();
    await world.until(run.id, 'waiting');
    expect(await world.effects()).toMatchObject({ [thing()]: 1, [`${thing()}-note`]: 1, [`${thing()}-shout`]: 1 });
    await world.as(ADA, (ctx) =>
      completeTask(ctx, run.id, { step: 'look', ticks: ['item_1', 'item_2'], note: 'fine' }),
    );
    await world.as(ADA, (ctx) => decide(ctx, run.id, { step: 'signed', role: 'engineer', decision: 'yes' }));
    await world.as(BOB, (ctx) => decide(ctx, run.id, { step: 'signed', role: 'client', decision: 'yes' }));
    await world.until(run.id, 'completed');
    const rows = await testDatabase.asSuperuser<{ step_id: string; ok: boolean | null }>(
      'select step_id, ok from tenantry.run_evidence where run_id = $1 order by at',
      [run.id],
    );
    expect(new Set(rows.map((row) => row.step_id))).toEqual(
      new Set(['first', 'second', 'third', 'seen', 'look', 'signed']),
    );
    expect(rows.filter((row) => row.step_id === 'seen')).toEqual([{ step_id: 'seen', ok: true }]);
  });

  it('RUN-32: a task with an open item is refused, naming the item, and nothing is written', async () => {
    const run = await start();
    await world.until(run.id, 'waiting');
    await expect(
      world.as(ADA, (ctx) => completeTask(ctx, run.id, { step: 'look', ticks: ['item_1'], note: 'half' })),
    ).rejects.toMatchObject({
      code: 'request.invalid',
      faults: [{ path: 'ticks.item_2' }],
    });
    expect((await world.until(run.id, 'waiting')).revision).toBe((await world.until(run.id, 'waiting')).revision);
  });

  it('VAL-31: one person cannot sign for both sides', async () => {
    const run = await start();
    await world.until(run.id, 'waiting');
    const both = { ...ADA, roles: ['engineer', 'client'] };
    await world.as(both, (ctx) =>
      completeTask(ctx, run.id, { step: 'look', ticks: ['item_1', 'item_2'], note: 'fine' }),
    );
    await world.as(both, (ctx) => decide(ctx, run.id, { step: 'signed', role: 'engineer', decision: 'yes' }));
    await expect(
      world.as(both, (ctx) => decide(ctx, run.id, { step: 'signed', role: 'client', decision: 'yes' })),
    ).rejects.toMatchObject({ code: 'run.conflict' });
  });

  it('a fault that passes is retried by itself and has one effect', async () => {
    const run = await start({ fault: 'flaky' });
    const record = await world.until(run.id, 'waiting');
    expect(record.state.steps.first).toMatchObject({ status: 'passed', tries: 2 });
    expect(await world.effects()).toMatchObject({ [thing()]: 1 });
  });

  it('a lost answer of an idempotent action is retried under the same key and has one effect', async () => {
    const run = await start({ fault: 'lost' });
    await world.until(run.id, 'waiting');
    expect(await world.effects()).toMatchObject({ [thing()]: 1 });
  });

  it('a lost answer of an action of unknown delivery asks a person and never calls again', async () => {
    const run = await start({ shout: 'lost' });
    const record = await world.until(run.id, 'halted');
    expect(record.state.steps.third?.status).toBe('uncertain');
    expect(await world.effects()).toMatchObject({ [`${thing()}-shout`]: 1 });
  });

  it('RUN-25: a step that fails for good halts the run; a mended intake lets it go on', async () => {
    const run = await start({ fault: 'broken' });
    const halted = await world.until(run.id, 'halted');
    expect(halted.state.steps.first?.failure).toMatchObject({ code: 'connector.refused' });
    await expect(world.as(BOB, (ctx) => retryStep(ctx, run.id, { step: 'second' }))).rejects.toMatchObject({
      code: 'run.wrong_state',
    });
    const intake = { ...halted.state.facts.intake, fault: 'none' };
    await world.as(ADA, (ctx) => mendIntake(ctx, run.id, intake, world));
    await world.until(run.id, 'waiting');
  });

  it('an override needs a role the runbook names, and carries its reason', async () => {
    const run = await start({ fault: 'broken' });
    await world.until(run.id, 'halted');
    const engineer = { ...ADA, roles: ['engineer'] };
    await expect(
      world.as(engineer, (ctx) => overrideStep(ctx, run.id, { step: 'first', reason: 'known issue' })),
    ).rejects.toMatchObject({ code: 'access.forbidden' });
    await world.as(BOB, (ctx) => overrideStep(ctx, run.id, { step: 'first', reason: 'known issue' }));
    const record = await world.until(run.id, 'halted');
    expect(record.state.steps.first).toMatchObject({
      status: 'overridden',
      override: { by: 'Bob', reason: 'known issue' },
    });
  });

  it('RUN-38: rollback takes back everything the run made, newest first, and nothing else', async () => {
    const run = await start();
    const other = await start({ thing: 'kept' });
    await world.until(run.id, 'waiting');
    await world.until(other.id, 'waiting');
    await world.as(BOB, (ctx) => rollBackRun(ctx, run.id, { reason: 'not wanted' }));
    await world.until(run.id, 'rolled_back');
    const effects = await world.effects();
    expect(Object.keys(effects).filter((name) => name.startsWith(`thing-${number - 1}`))).toEqual([]);
    expect(effects).toMatchObject({ kept: 1 });
    const order = await testDatabase.asSuperuser<{ step_id: string }>(
      'select step_id from tenantry.run_resources where run_id = $1 order by undone_at',
      [run.id],
    );
    expect(order.map((row) => row.step_id)).toEqual(['third', 'second', 'first']);
  });

  it('a cancelled run keeps what it made when asked to, and frees nothing else', async () => {
    const run = await start();
    await world.until(run.id, 'waiting');
    await world.as(BOB, (ctx) => cancelRun(ctx, run.id, { reason: 'later', undo: false }));
    await world.until(run.id, 'cancelled');
    expect(await world.effects()).toMatchObject({ [thing()]: 1 });
  });

  it('replaying the recorded events of a run gives the state that was stored', async () => {
    const run = await start({ fault: 'flaky' });
    const record = await world.until(run.id, 'waiting');
    const { advance, plannedState, stepsOf } = await import('@tenantry/runbook');
    const events = await testDatabase.asSuperuser<{ event: never }>(
      'select event from tenantry.run_events where run_id = $1 order by revision',
      [run.id],
    );
    const empty = plannedState(
      record.state.facts,
      record.runbook.phases.map((phase) => phase.id),
      stepsOf(record.runbook).map((step) => step.id),
    );
    const replayed = events.reduce((state, { event }) => advance(record.runbook, state, event).state, empty);
    expect(replayed).toEqual(record.state);
  });
});
