import { randomUUID } from 'node:crypto';
import { toWireId } from '@tenantry/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloneDatabase } from '../../packages/server/src/db/testing/index.ts';
import type { Worker } from '../../packages/server/src/engine/index.ts';
import { testServer } from '../../packages/server/src/http/testing/test-server.ts';
import { runRoutes } from '../../packages/server/src/runbooks/routes.ts';
import { completeTask, decide, watchRuns } from '../../packages/server/src/runbooks/runs/index.ts';
import { ADA, BOB, clientFile, openWorld, type World } from '../../packages/server/src/runbooks/testing/world.ts';
import { SAMPLE, TASKS_SOURCE } from './sample-runbook.mjs';

const TIMES = 20;

const testDatabase = await cloneDatabase();
let world: World;
let worker: Worker;

beforeAll(async () => {
  world = await openWorld(testDatabase);
  await world.publish(TASKS_SOURCE);
  // Answers are kept for people who are there.
  await testDatabase.asSuperuser(
    'insert into tenantry.people (id, name, email, party, roles, created_at) values ($1, $2, $3, $4, $5, now())',
    [ADA.id, ADA.name, ADA.email, ADA.party, [...ADA.roles]],
  );
  worker = await world.work();
});
afterAll(() => worker.stop());

async function waitingRun(): Promise<string> {
  const { id } = await world.start(clientFile(SAMPLE, { slug: `a-${randomUUID().slice(0, 8)}` }));
  await world.until(id, 'waiting');
  return id;
}

/** How many evidence rows, events and effects the acts on a step have left. */
async function traces(runId: string, step: string): Promise<Readonly<Record<string, number>>> {
  const [row] = await testDatabase.asSuperuser<Record<string, number>>(
    `select (select count(*)::int from tenantry.run_evidence where run_id = $1 and step_id = $2) as evidence,
            (select count(*)::int from tenantry.run_events where run_id = $1 and event ->> 'step' = $2) as events,
            (select count(*)::int from tenantry.audit_log where run_id = $1 and subject_id = $1 || '/' || $2) as audited`,
    [runId, step],
  );
  return row ?? {};
}

const outcomes = async (acts: readonly Promise<unknown>[]): Promise<readonly string[]> =>
  (await Promise.allSettled(acts)).map((act) => (act.status === 'fulfilled' ? 'done' : String(act.reason.code)));

const times = <T>(act: (index: number) => Promise<T>): Promise<T>[] => Array.from({ length: TIMES }, (_, i) => act(i));

describe('people who act at once', () => {
  it('a task completed twenty times at once, by two people, is completed once; the others are told', async () => {
    const id = await waitingRun();
    const done = await outcomes(
      times((i) => world.as(i % 2 === 0 ? ADA : LEAD, (ctx) => completeTask(ctx, id, { step: 'look', note: `${i}` }))),
    );
    expect(done.filter((outcome) => outcome === 'done')).toHaveLength(1);
    expect(new Set(done)).toEqual(new Set(['done', 'run.wrong_state']));
    expect(await traces(id, 'look')).toEqual({ evidence: 1, events: 1, audited: 1 });
  });

  it('two approvals and a double click: each person counts once, and what follows happens once', async () => {
    const id = await waitingRun();
    await world.as(ADA, (ctx) => completeTask(ctx, id, { step: 'look', note: 'fine' }));
    const sign = (i: number) =>
      i % 2 === 0
        ? world.as(ADA, (ctx) => decide(ctx, id, { step: 'signed', role: 'engineer', decision: 'yes' }))
        : world.as(BOB, (ctx) => decide(ctx, id, { step: 'signed', role: 'client', decision: 'yes' }));
    const done = await outcomes(times(sign));
    expect(done.filter((outcome) => outcome === 'done')).toHaveLength(2);
    await world.until(id, 'completed');
    expect(await traces(id, 'signed')).toEqual({ evidence: 2, events: 2, audited: 2 });
    expect(await traces(id, 'after')).toEqual({ evidence: 1, events: 1, audited: 1 });
  });
});

describe('a request repeated with its Idempotency-Key', () => {
  it('has one effect and one answer, however many copies arrive at once', async () => {
    const id = await waitingRun();
    const { server } = await testServer({ keys: { tnt_ada: ADA }, database: testDatabase.database });
    const watch = watchRuns(testDatabase.connection);
    runRoutes(server, { registry: world.registry, keyring: world.keyring, mode: 'production', watch });
    const key = randomUUID();
    const answers = await Promise.all(
      times(() =>
        server.inject({
          method: 'POST',
          url: `/api/v1/runs/${toWireId('run', id)}/steps/look/complete`,
          headers: { authorization: 'Bearer tnt_ada', 'idempotency-key': key },
          payload: { note: 'fine' },
        }),
      ),
    );
    await watch.close();
    expect(new Set(answers.map((answer) => answer.statusCode))).toEqual(new Set([200]));
    expect(new Set(answers.map((answer) => answer.body)).size).toBe(1);
    expect(answers.filter((answer) => answer.headers['idempotency-replayed'] === 'true')).toHaveLength(TIMES - 1);
    expect(await traces(id, 'look')).toEqual({ evidence: 1, events: 1, audited: 1 });
  });
});

/** Somebody else who holds the step's role. */
const LEAD = { ...BOB, id: randomUUID(), name: 'Eve', roles: ['engineer'] };
