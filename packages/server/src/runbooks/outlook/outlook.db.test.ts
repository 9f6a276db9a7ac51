import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PersonActor } from '../../access/index.ts';
import { cloneDatabase } from '../../db/testing/index.ts';
import type { Worker } from '../../engine/index.ts';
import { listProducts } from '../../products/index.ts';
import { readVersion } from '../library/index.ts';
import { ADA, BOB, clientFile, openWorld, type World } from '../testing/world.ts';
import { listAttempts, readAttention, readOutlook } from './index.ts';

const RUNBOOK = `
runbook: sample
version: "1.0"
title: Sample
owner: tests
subject: new_tenant
intake:
  type: object
  required: [slug]
  properties: { slug: { type: string }, fault: { type: string, default: none } }
roles: { engineer: { title: Engineer }, other: { title: Other } }
may: { override: [lead], cancel: [engineer], rollback: [nobody] }
phases:
  - id: make
    title: Making
    owner: engineer
    duration: 1d
    exit: { all_made: steps.first.passed, seen: steps.look.done }
    steps:
      - { id: first, title: Make it, uses: outside.make, with: { name: "\${{ intake.slug }}", fault: "\${{ intake.fault }}" } }
      - { id: look, title: Look at it, task: Look }
  - { id: rest, title: The rest, owner: other, duration: 2d, steps: [{ id: more, task: More }] }
`.replace(
  'may: { override: [lead], cancel: [engineer], rollback: [nobody] }',
  'may: { override: [engineer], cancel: [engineer], rollback: [other] }',
);

const test = await cloneDatabase();
let world: World;
let worker: Worker;
let waiting: string;
let halted: string;

beforeAll(async () => {
  world = await openWorld(test);
  await world.publish(RUNBOOK);
  worker = await world.work();
  waiting = (await world.start(clientFile('sample', { slug: 'waits' }))).id;
  halted = (await world.start(clientFile('sample', { slug: 'halts', fault: 'broken' }))).id;
  await world.until(waiting, 'waiting');
  await world.until(halted, 'halted');
  await test.asSuperuser(
    `insert into tenantry.clients (reference, legal_name, contract)
     select name, name, jsonb_build_object('ends_on', to_char(now() + days * interval '1 day', 'YYYY-MM-DD'))
     from (values ('soon', 10), ('later', 300)) as given (name, days)`,
  );
});
afterAll(() => worker.stop());

/** Sees no tenant's runs: its reach is another product. */
const elsewhere: PersonActor = {
  ...ADA,
  grants: [{ role: 'engineer', productId: 'another', clientId: null }],
};
const ofClient: PersonActor = { ...BOB, party: 'client', clientId: '10000000-0000-4000-8000-00000000000f' };

describe('what needs somebody', () => {
  it('RUN-31: has what waits for the roles of the reader first, what halted with its reason, and contracts that end', async () => {
    const found = await world.as(ADA, (ctx) => readAttention(ctx));
    expect(found.asks).toMatchObject([
      { run: `run_${waiting}`, step: 'look', title: 'Look at it', kind: 'task', mine: true },
    ]);
    expect(found.halts).toMatchObject([
      {
        run: `run_${halted}`,
        step: 'first',
        title: 'Make it',
        status: 'failed',
        message: 'the outside system refuses',
      },
    ]);
    expect(found.contracts.map(({ name }) => name)).toEqual(['soon']);
    expect(found).toMatchObject({ runs_read: 2, more: false });
    const bobs = await world.as(BOB, (ctx) => readAttention(ctx));
    expect(bobs.asks.map(({ mine }) => mine)).toEqual([false]);
  });

  it('is nothing of what lies outside the reach of the reader, and no contract of a client for a client', async () => {
    const found = await world.as(elsewhere, (ctx) => readAttention(ctx));
    expect([found.asks, found.halts, found.contracts, found.runs_read]).toEqual([[], [], [], 0]);
    expect((await world.as(ofClient, (ctx) => readAttention(ctx))).contracts).toEqual([]);
  });

  it('a phase that is late and held names what holds it', async () => {
    const later = new Date(Date.now() + 5 * 86_400_000);
    const found = await world.as(ADA, (ctx) => readAttention({ ...ctx, now: later }));
    expect(found.gates.map(({ run, phase, blocked_by }) => [run, phase, blocked_by])).toEqual([
      [`run_${waiting}`, 'make', ['Look at it']],
      [`run_${halted}`, 'make', ['Make it']],
    ]);
    expect(found.gates.every(({ late_ms }) => late_ms > 0)).toBe(true);
    expect((await world.as(ADA, (ctx) => readAttention(ctx))).gates.every(({ late_ms }) => late_ms === 0)).toBe(true);
  });
});

describe('the outlook of a run', () => {
  it('RUN-17: tells planned, actual and forecast of each phase, and which line of a gate holds', async () => {
    const outlook = await world.as(ADA, (ctx) => readOutlook(ctx, waiting));
    const [make, rest] = outlook.phases;
    expect(make).toMatchObject({ id: 'make', standing: 'on_time', late_ms: 0, actual: { to: null } });
    expect(make?.exit).toEqual([
      { label: 'all_made', expression: 'steps.first.passed', holds: true, overridden: false },
      { label: 'seen', expression: 'steps.look.done', holds: false, overridden: false },
    ]);
    expect(Date.parse(rest?.forecast?.from ?? '')).toBeGreaterThanOrEqual(Date.parse(make?.forecast?.to ?? ''));
    const late = await world.as(ADA, (ctx) =>
      readOutlook({ ...ctx, now: new Date(Date.now() + 9 * 86_400_000) }, waiting),
    );
    expect(late.phases[0]?.standing).toBe('late');
  });

  it('says what this reader may do, and shows a client nothing of how a step is written', async () => {
    const outlook = await world.as(ADA, (ctx) => readOutlook(ctx, waiting));
    expect(outlook.may).toEqual({ override: true, cancel: true, rollback: false });
    expect(outlook.steps[0]).toMatchObject({ id: 'first', may_override: true, undo: 'default' });
    expect(outlook.steps[0]?.written).toMatchObject({ kind: 'uses', action: 'outside.make' });
    expect((await world.as(BOB, (ctx) => readOutlook(ctx, waiting))).may.override).toBe(false);
  });

  it.each([
    ['outlook', readOutlook],
    ['attempts', listAttempts],
  ] as const)('the %s of a run out of reach is not there', async (_name, read) => {
    for (const actor of [elsewhere, ofClient]) {
      await expect(world.as(actor, async (ctx) => read(ctx, waiting))).rejects.toMatchObject({ code: 'run.not_found' });
    }
  });
});

it('RUN-33: attempts tell each try with what it was handed and what came of it', async () => {
  const rows = await world.as(ADA, (ctx) => listAttempts(ctx, halted));
  expect(rows.at(-1)).toMatchObject({
    step: 'first',
    name: 'outside.make',
    status: 'failed',
    input: { name: 'halts', fault: 'broken' },
  });
});

it('a version shows its graph and what lint finds in it today', async () => {
  const catalog = { ...world.registry.catalog, events: {}, product: {}, runbooks: {} };
  const read = (actions: typeof catalog.actions) =>
    world.as(ADA, (ctx) =>
      readVersion(ctx, { runbook: 'sample', version: '1.0' }, { catalog: { ...catalog, actions }, mode: 'production' }),
    );
  const version = await read(catalog.actions);
  expect(version.graph.nodes.map(({ id }) => id)).toEqual([
    'phase:make',
    'step:first',
    'step:look',
    'phase:rest',
    'step:more',
  ]);
  expect(version.faults.filter(({ severity }) => severity === 'error')).toEqual([]);
  // An action that was taken away since shows in what was published before.
  expect((await read({})).faults.map(({ rule }) => rule)).toContain('unknown-action');
  await expect(
    world.as(ADA, (ctx) => readVersion(ctx, { runbook: 'sample', version: '9' }, { catalog, mode: 'production' })),
  ).rejects.toMatchObject({ code: 'runbook.not_found' });
});

it('products show names of what they connect to, no address and no secret, within reach', async () => {
  await test.asSuperuser(
    `update tenantry.environments set connections = '{"smtp":{"default":{"host":"mail.vendor.example","password":{"$secret":"x"}}}}'`,
  );
  const products = await world.as(ADA, (ctx) => listProducts(ctx));
  expect(products[0]?.environments[0]?.connections).toEqual([{ kind: 'smtp', name: 'default' }]);
  expect(JSON.stringify(products[0]?.environments)).not.toContain('mail.vendor.example');
  expect(await world.as(elsewhere, (ctx) => listProducts(ctx))).toEqual([]);
});
