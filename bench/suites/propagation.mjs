/** From the commit of a suspension to its refusal by every guard, and from a control plane that falls silent to denial. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quantile } from '../statistics.mjs';

/** @typedef {import('../harness.mjs').Bench} Bench */
/** @typedef {import('node:child_process').ChildProcess} ChildProcess */
/** @typedef {{ ok: boolean, code: string, at: string }} Turned */

const STRICT_GUARDS = 5;

/** @param {Bench} bench */
export async function run(bench) {
  const directory = await mkdtemp(join(tmpdir(), 'tenantry-bench-'));
  await chmod(directory, 0o755);
  try {
    const apps = bench.quick ? 2 : 10;
    await measure(bench, { directory: join(directory, 'many-guards'), tenants: 100, apps, guardsEach: 5 });
    if (bench.quick) return;
    // Few guards: each of them reads a snapshot of every tenant first, and all share these processors.
    /** @type {number[][]} */
    const all = [];
    for (const tenants of [100, 100_000]) {
      all.push(await measure(bench, { directory: join(directory, String(tenants)), tenants, apps: 2, guardsEach: 2 }));
    }
    const [few, many] = all;
    if (few === undefined || many === undefined) return;
    await bench.compare({
      work: 'commit of a suspension to refusal, p95, with 100000 tenants (growth of its time)',
      unit: 'ms',
      ours: () => quantile(many, 0.95),
      peer: { name: 'with 100 tenants', run: () => quantile(few, 0.95) },
      budget: { atMost: 1.5 },
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * @param {string} script
 * @param {object} options
 */
async function start(script, options) {
  const child = fork(fileURLToPath(new URL(`../propagation/${script}`, import.meta.url)), [JSON.stringify(options)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [said] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error(`${script} ended before it was ready`);
    }),
  ]);
  return { child, said };
}

/**
 * @param {Bench} bench
 * @param {{ directory: string, tenants: number, apps: number, guardsEach: number }} sizes
 */
async function measure(bench, { directory, tenants, apps, guardsEach }) {
  const plane = await start('plane-process.mjs', { dataDir: directory, tenants });
  /** @type {ChildProcess[]} */
  const running = [];
  try {
    const options = { ...plane.said, guards: guardsEach, profile: 'default' };
    for (let n = 0; n < apps; n++) running.push((await start('app-process.mjs', options)).child);
    const guards = apps * guardsEach;
    /** @type {number[]} */
    const all = [];
    const rounds = bench.quick ? 3 : 15;
    for (let round = 0; round < 2 * rounds; round++)
      all.push(...(await turn(plane.child, { apps: running, guardsEach, closed: round % 2 === 0 })));
    const where = `${guards} guards in ${apps} processes, ${tenants} tenants`;
    for (const [name, share] of /** @type {const} */ ([
      ['p50', 0.5],
      ['p99', 0.99],
    ])) {
      const budget = share === 0.99 ? { budget: { atMost: 50 } } : {};
      const work = `commit of a suspension to refusal, ${name}, ${where}`;
      await bench.report({ work, unit: 'ms', ours: () => quantile(all, share), ...budget });
    }
    if (guardsEach === STRICT_GUARDS) await silence(bench, plane, running);
    return all;
  } finally {
    await Promise.all([...running, plane.child].map(stop));
  }
}

/**
 * One suspension, or its end.
 *
 * @param {ChildProcess} plane
 * @param {{ apps: readonly ChildProcess[], guardsEach: number, closed: boolean }} options
 */
async function turn(plane, { apps, guardsEach, closed }) {
  /** @type {bigint[]} */
  const turned = [];
  const all = Promise.all(apps.map((app) => heard(app, guardsEach, (said) => turned.push(BigInt(said.at)))));
  const answer = once(plane, 'message');
  plane.send({ closed });
  const [{ committedAt }] = await answer;
  await all;
  // The parent hears of the commit a moment after the guards may have: never less than nothing.
  return turned.map((at) => Math.max(0, Number(at - BigInt(committedAt)) / 1e6));
}

/**
 * @param {ChildProcess} app
 * @param {number} count
 * @param {(said: Turned) => void} note
 * @returns {Promise<void>}
 */
const heard = (app, count, note) =>
  new Promise((resolve) => {
    let left = count;
    const listen = (/** @type {Turned} */ said) => {
      note(said);
      left -= 1;
      if (left > 0) return;
      app.off('message', listen);
      resolve();
    };
    app.on('message', listen);
  });

/**
 * The control plane stops in its tracks, connections and all: the worst way to fall silent.
 *
 * @param {Bench} bench
 * @param {{ child: ChildProcess, said: object }} plane
 * @param {ChildProcess[]} running
 */
async function silence(bench, plane, running) {
  const strict = await start('app-process.mjs', { ...plane.said, guards: STRICT_GUARDS, profile: 'strict' });
  running.push(strict.child);
  /** @type {number[]} */
  const waits = [];
  for (let round = 0; round < (bench.quick ? 1 : 3); round++) {
    /** @type {bigint[]} */
    const denied = [];
    const all = heard(strict.child, STRICT_GUARDS, (said) => denied.push(BigInt(said.at)));
    const stoppedAt = process.hrtime.bigint();
    plane.child.kill('SIGSTOP');
    await all;
    const again = heard(strict.child, STRICT_GUARDS, () => undefined);
    plane.child.kill('SIGCONT');
    await again;
    waits.push(...denied.map((at) => Number(at - stoppedAt) / 1e6));
  }
  const work = 'strict: control plane stopped to denial by every guard, longest';
  await bench.report({ work, unit: 'ms', ours: () => Math.max(...waits), budget: { atMost: 1_005 } });
}

/** @param {ChildProcess} child */
async function stop(child) {
  const exited = once(child, 'exit');
  if (child.connected) child.disconnect();
  await exited;
}
