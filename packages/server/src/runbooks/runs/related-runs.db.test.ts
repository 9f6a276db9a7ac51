import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloneDatabase } from '../../db/testing/index.ts';
import { publishEvent, type Worker } from '../../engine/index.ts';
import { ADA, BOB, clientFile, openWorld, type World } from '../testing/world.ts';
import {
  chooseOption,
  completeTask,
  confirmStep,
  decide,
  loadRun,
  moveGoLive,
  reopenPhase,
  rollBackRun,
  takeBackRun,
  takeOverStep,
} from './index.ts';

const HEAD = (id: string, more = ''): string => `
runbook: ${id}
version: "1.0"
title: ${id}
owner: tests
subject: new_tenant
${more}
intake:
  type: object
  required: [slug, thing]
  properties: { slug: { type: string }, thing: { type: string }, fault: { type: string, default: none }, go_live: { type: string, default: "2031-03-03" } }
roles: { engineer: { title: Engineer }, lead: { title: Lead }, client: { title: Client, party: client } }
may: { override: [lead], cancel: [lead], rollback: [lead] }
phases:
`;

const CHILD = `${HEAD('child').replace('subject: new_tenant', 'subject: none').replace('required: [slug, thing]', 'required: [thing]')}
  - id: only
    owner: engineer
    steps:
      - { id: made, uses: outside.make, with: { name: "\${{ intake.thing }}-child", fault: "\${{ intake.fault }}" } }
outputs:
  name: \${{ steps.made.output.name }}
`;
const PARENT = `${HEAD('parent')}
  - id: work
    owner: engineer
    steps:
      - { id: before, uses: outside.make, with: { name: "\${{ intake.thing }}" } }
      - { id: part, run: child, with: { thing: "\${{ intake.thing }}", fault: "\${{ intake.fault }}" } }
      - { id: after, uses: outside.make, with: { name: "\${{ steps.part.output.name }}-seen" } }
      - { id: look, task: Look at it }
`;
const WAITING = `${HEAD('listener')}
  - id: work
    owner: engineer
    steps:
      - { id: made, uses: outside.make, with: { name: "\${{ intake.thing }}" } }
      - { id: before, task: Set it up there }
      - { id: told, wait: { event: outside.told, where: "event.size > 3" }, timeout: 1h }
`;
const HUMAN = `${HEAD('human')}
  - id: work
    owner: engineer
    steps:
      - id: way
        choose: { recommended: api, options: { api: { uses: outside.make, with: { name: "\${{ intake.thing }}-api" } }, hand: { task: Do it there } } }
        outputs: {}
      - id: short
        uses: outside.make
        temporary: true
        with: { name: "\${{ intake.thing }}-short" }
      - { id: agree, approve: { by: [lead], of: [plan] } }
      - id: gone
        uses: outside.make
        irreversible: true
        confirm: delete \${{ intake.slug }}
        with: { name: "\${{ intake.thing }}-gone" }
  - id: end
    owner: engineer
    steps:
      - { id: last, task: Look }
`;
const DATED = `${HEAD('dated', 'go_live: ${{ intake.go_live }}\nrollback: dated-rollback')}
  - id: setup
    owner: engineer
    steps:
      - { id: base, uses: outside.make, with: { name: "\${{ intake.thing }}-base" } }
  - id: live
    owner: engineer
    start: go_live
    steps:
      - { id: opened, uses: outside.make, with: { name: "\${{ intake.thing }}-open" } }
      - { id: watch, task: Watch }
`;
const ROLLBACK = `
runbook: dated-rollback
version: "1.0"
title: Rollback
owner: tests
subject: run
intake: { type: object, required: [why], properties: { why: { type: string } } }
roles: { engineer: { title: Engineer } }
phases:
  - id: execution
    owner: engineer
    steps:
      - { id: later, uses: run.move_go_live, with: { to: "2031-05-05", reason: another day }, undo: none }
      - { id: back, uses: run.take_back, with: { phase: live, reason: "\${{ intake.why }}" }, undo: none }
      - { id: gone, check: run.state, expect: "!output.reopening && output.going_back.size() == 0 && !('opened' in output.standing)", within: 30s, every: 1s }
`;

let world: World;
let worker: Worker;
const testDatabase = await cloneDatabase();
beforeAll(async () => {
  world = await openWorld(testDatabase);
  for (const source of [CHILD, PARENT, WAITING, HUMAN, ROLLBACK, DATED]) await world.publish(source);
  worker = await world.work();
});
afterAll(() => worker.stop());

let number = 0;
const start = (runbook: string, intake: Readonly<Record<string, string>> = {}) => {
  number += 1;
  return world.start(clientFile(runbook, { slug: `related-${number}`, thing: `part-${number}`, ...intake }));
};
const thing = (): string => `part-${number}`;
/** Of the run started last, what stands outside. */
const standing = async (): Promise<readonly string[]> =>
  Object.keys(await world.effects())
    .filter((name) => name === thing() || name.startsWith(`${thing()}-`))
    .sort();
const tell = (data: Readonly<Record<string, unknown>>, tenantId: string | null) =>
  world.database.transaction('operator', (tx) =>
    publishEvent(tx, { name: 'outside.told', tenantId, data, at: new Date() }),
  );

describe('a child run', () => {
  it('stands for a step: it begins with its input and hands its outputs on', async () => {
    const run = await start('parent');
    const { state } = await settled(run.id, 'look');
    expect(state.steps.part).toMatchObject({ status: 'passed', output: { name: `${thing()}-child` } });
    expect(await standing()).toEqual([thing(), `${thing()}-child`, `${thing()}-child-seen`]);
  });

  it('RBK-15: goes back with its parent, although it was completed long before', async () => {
    const run = await start('parent');
    await settled(run.id, 'look');
    await world.as(BOB, (ctx) => rollBackRun(ctx, run.id, { reason: 'not wanted' }));
    await world.until(run.id, 'rolled_back');
    expect(await standing()).toEqual([]);
  });

  it('that is rolled back fails the step, which may be tried again with a new one', async () => {
    const run = await start('parent', { fault: 'broken' });
    const halted = await until(run.id, ({ steps }) => steps.part?.child?.id !== undefined);
    const child = halted.state.steps.part?.child?.id ?? '';
    await world.until(child, 'halted');
    await world.as(BOB, (ctx) => rollBackRun(ctx, child, { reason: 'broken' }));
    const { state } = await world.until(run.id, 'halted');
    expect(state.steps.part).toMatchObject({ status: 'failed', failure: { code: 'run.child_failed' } });
  });
});

describe('a wait', () => {
  it('finds the event that came while the step before it was still being done', async () => {
    const run = await start('listener');
    await world.until(run.id, 'waiting');
    await tell({ size: 2 }, run.meta.tenantId);
    await tell({ size: 4 }, '00000000-0000-4000-8000-00000000dead');
    await tell({ other: true }, run.meta.tenantId);
    await tell({ size: 5 }, run.meta.tenantId);
    await world.as(ADA, (ctx) => completeTask(ctx, run.id, { step: 'before' }));
    const { state } = await world.until(run.id, 'completed');
    expect(state.steps.told?.output).toMatchObject({ size: 5 });
  });

  it('sees one that comes later, whatever the worker remembers of the run', async () => {
    const run = await start('listener');
    await world.until(run.id, 'waiting');
    await world.as(ADA, (ctx) => completeTask(ctx, run.id, { step: 'before' }));
    await until(run.id, ({ steps }) => steps.told?.status === 'waiting');
    await tell({ size: 9 }, run.meta.tenantId);
    await world.until(run.id, 'completed');
  });
});

describe('people', () => {
  it('RUN-29: pick an option, type the text of a point of no return; what is temporary goes with its phase', async () => {
    const run = await start('human');
    await world.until(run.id, 'waiting');
    await world.as(ADA, (ctx) => chooseOption(ctx, run.id, { step: 'way', option: 'api' }));
    await until(run.id, ({ steps }) => steps.agree?.status === 'waiting');
    expect(await standing()).toEqual([`${thing()}-api`, `${thing()}-short`]);
    await world.as(BOB, (ctx) => decide(ctx, run.id, { step: 'agree', decision: 'yes' }));
    await until(run.id, ({ steps }) => steps.gone?.status === 'waiting');
    await expect(
      world.as(ADA, (ctx) => confirmStep(ctx, run.id, { step: 'gone', text: 'delete' })),
    ).rejects.toMatchObject({ code: 'request.invalid' });
    await world.as(ADA, (ctx) => confirmStep(ctx, run.id, { step: 'gone', text: `delete related-${number}` }));
    await settled(run.id, 'last');
    expect(await standing()).toEqual([`${thing()}-api`, `${thing()}-gone`]);
  });

  it('nobody takes over an action whose runbook does not allow it', async () => {
    const run = await start('parent', { fault: 'broken' });
    await until(run.id, ({ steps }) => steps.part?.child?.id !== undefined);
    await expect(world.as(ADA, (ctx) => takeOverStep(ctx, run.id, { step: 'before' }))).rejects.toMatchObject({
      code: 'run.wrong_state',
    });
  });
});

describe('a go-live', () => {
  it('is waited for, moves, and its phase opens when it has come', async () => {
    const run = await start('dated');
    const waiting = await until(run.id, ({ steps }) => steps.base?.status === 'passed');
    expect(waiting.state.phases.live).toMatchObject({ status: 'waiting', startsAt: '2031-03-03T00:00:00.000Z' });
    await expect(
      world.as(BOB, (ctx) => moveGoLive(ctx, run.id, { goLive: '2020-01-01', reason: 'too late' })),
    ).rejects.toMatchObject({ code: 'run.infeasible_date' });
    await world.as(BOB, (ctx) => moveGoLive(ctx, run.id, { goLive: today(), reason: 'now' }));
    await settled(run.id, 'watch');
  });

  it('RBK-06 RBK-07: a rollback runbook takes the run back to the phase it names and leaves the rest', async () => {
    const run = await start('dated', { go_live: today() });
    await settled(run.id, 'watch');
    const rollback = await world.as(BOB, (ctx) =>
      takeBackRun(
        ctx,
        run.id,
        { reason: 'broken', intake: { why: 'broken' } },
        { keyring: world.keyring, mode: 'production' },
      ),
    );
    await world.until(rollback.id, 'completed');
    expect(await standing()).toEqual([`${thing()}-base`]);
    const { state } = await world.database.transaction('worker', (tx) => loadRun(tx, run.id));
    expect(state.facts.go_live).toBe('2031-05-05');
    expect(state.steps.opened).toMatchObject({ status: 'pending', round: 2 });
    expect(state.steps.base).toMatchObject({ status: 'passed', round: 1 });
  });

  it('a phase is opened again, by whom and why, and its actions converge', async () => {
    const run = await start('dated', { go_live: today() });
    await settled(run.id, 'watch');
    await world.as(BOB, (ctx) => reopenPhase(ctx, run.id, { phase: 'setup', reason: 'look again' }));
    const { state } = await until(run.id, ({ steps }) => steps.watch?.status === 'waiting' && steps.watch.round === 2);
    expect(state.steps.base).toMatchObject({ status: 'passed', round: 2 });
  });
});

const today = (): string => new Date().toISOString().slice(0, 10);
const settled = (id: string, step: string) => until(id, ({ steps }) => steps[step]?.status === 'waiting');

type State = Awaited<ReturnType<World['until']>>['state'];

async function until(id: string, holds: (state: State) => boolean) {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const record = await world.database.transaction('worker', (tx) => loadRun(tx, id));
    if (holds(record.state)) return record;
    if (Date.now() > deadline) throw new Error(JSON.stringify(record.state.steps, null, 1));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
