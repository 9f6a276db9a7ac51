import { advance, migrateState, plannedState, type Runbook, type RunEvent, stepsOf } from '@tenantry/runbook';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cloneDatabase } from '../../db/testing/index.ts';
import type { Worker } from '../../engine/index.ts';
import { ADA, BOB, clientFile, openWorld, type World } from '../testing/world.ts';
import { completeTask, loadRun, migrateRun } from './index.ts';

const version = (number: string, { first = 'made', later = 'Look' } = {}): string => `
runbook: moving
version: "${number}"
title: Moving
owner: tests
subject: new_tenant
intake: { type: object, required: [slug], properties: { slug: { type: string } } }
roles: { engineer: { title: Engineer }, lead: { title: Lead } }
may: { override: [lead], cancel: [lead], rollback: [lead] }
phases:
  - id: make
    owner: engineer
    steps:
      - { id: ${first}, uses: outside.make, with: { name: "\${{ intake.slug }}" } }
  - id: look
    owner: engineer
    steps:
      - { id: see, task: See it }
      - { id: then, task: ${later} }
`;

let world: World;
let worker: Worker;
const testDatabase = await cloneDatabase();
beforeAll(async () => {
  world = await openWorld(testDatabase);
  await world.publish(version('1.0'));
  worker = await world.work();
});
afterAll(() => worker.stop());

it('RUN-40: a live run goes on under a version that changes only what has not begun, and replays through it', async () => {
  const run = await world.start(clientFile('moving', { slug: 'moved' }));
  await world.until(run.id, 'waiting');
  await world.publish(version('1.1', { later: 'Look twice' }));
  await world.as(BOB, (ctx) => migrateRun(ctx, run.id, { to: '1.1', reason: 'better' }, { mode: 'production' }));
  await world.as(ADA, (ctx) => completeTask(ctx, run.id, { step: 'see' }));
  const { runbook, state } = await read(run.id);
  expect(runbook.version).toBe('1.1');
  expect(state.steps.then).toMatchObject({ status: 'waiting' });
  expect(await replayed(run.id)).toEqual(state);
});

it('one whose work the other version does not have is refused with the reason, and nothing changes', async () => {
  const run = await world.start(clientFile('moving', { slug: 'stays' }));
  await world.until(run.id, 'waiting');
  await world.publish(version('2.0', { first: 'built' }));
  const before = await read(run.id);
  await expect(
    world.as(BOB, (ctx) => migrateRun(ctx, run.id, { to: '2.0', reason: 'newest' }, { mode: 'production' })),
  ).rejects.toMatchObject({
    code: 'run.not_migratable',
    faults: [{ path: 'made' }, { path: 'built' }],
  });
  expect(await read(run.id)).toEqual(before);
});

it('nobody migrates a run without the right to override', async () => {
  const run = await world.start(clientFile('moving', { slug: 'guarded' }));
  const nobody = { ...ADA, roles: ['engineer'] };
  await expect(
    world.as(nobody, (ctx) => migrateRun(ctx, run.id, { to: '1.0', reason: 'mine' }, { mode: 'production' })),
  ).rejects.toMatchObject({ code: 'access.forbidden' });
});

const read = (id: string) => world.database.transaction('worker', (tx) => loadRun(tx, id));

async function replayed(id: string) {
  const definitions = new Map(
    (
      await testDatabase.asSuperuser<{ version: string; definition: Runbook }>(
        `select version, definition from tenantry.runbook_versions where runbook_id = 'moving'`,
      )
    ).map((row) => [row.version, row.definition]),
  );
  const events = await testDatabase.asSuperuser<{ event: RunEvent }>(
    'select event from tenantry.run_events where run_id = $1 order by revision',
    [id],
  );
  const [{ facts }] = (await testDatabase.asSuperuser<{ facts: Parameters<typeof plannedState>[0] }>(
    'select facts_at_start as facts from tenantry.runs where id = $1',
    [id],
  )) as [{ facts: Parameters<typeof plannedState>[0] }];
  let runbook = definitions.get('1.0') as Runbook;
  let state = plannedState(
    facts,
    runbook.phases.map((phase) => phase.id),
    stepsOf(runbook).map((step) => step.id),
  );
  for (const { event } of events) {
    if (event.type === 'migrated') {
      const to = definitions.get(event.to) as Runbook;
      state = migrateState({ from: runbook, to, state, at: event.at });
      runbook = to;
    }
    state = advance(runbook, state, event).state;
  }
  return state;
}
