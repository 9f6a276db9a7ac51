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

const GUARDS_EACH = 5;

/** @param {Bench} bench */
export async function run(bench) {
  const directory = await mkdtemp(join(tmpdir(), 'tenantry-bench-'));
  await chmod(directory, 0o755);
  try {
    for (const tenants of bench.quick ? [100] : [100, 100_000]) {
      await measure(bench, { directory: join(directory, String(tenants)), tenants, apps: bench.quick ? 2 : 10 });
    }
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
 * @param {{ directory: string, tenants: number, apps: number }} sizes
 */
async function measure(bench, { directory, tenants, apps }) {
  const plane = await start('plane-process.mjs', { dataDir: directory, tenants });
  /** @type {ChildProcess[]} */
  const running = [];
  try {
    const options = { ...plane.said, guards: GUARDS_EACH, profile: 'default' };
    for (let n = 0; n < apps; n++) running.push((await start('app-process.mjs', options)).child);
    const guards = apps * GUARDS_EACH;
    /** @type {number[]} */
    const all = [];
    const rounds = bench.quick ? 3 : 15;
    for (let round = 0; round < 2 * rounds; round++) all.push(...(await turn(plane.child, running, round % 2 === 0)));
    const where = `${guards} guards in ${apps} processes, ${tenants} tenants`;
    for (const [name, share] of /** @type {const} */ ([
      ['p50', 0.5],
      ['p99', 0.99],
    ])) {
      const budget = share === 0.99 ? { budget: { atMost: 50 } } : {};
      const work = `commit of a suspension to refusal, ${name}, ${where}`;
      await bench.report({ work, unit: 'ms', ours: () => quantile(all, share), ...budget });
    }
    if (tenants <= 100) await silence(bench, plane, running);
  } finally {
    await Promise.all([...running, plane.child].map(stop));
  }
}

/**
 * One suspension, or its end.
 *
 * @param {ChildProcess} plane
 * @param {readonly ChildProcess[]} apps
 * @param {boolean} closed
 */
async function turn(plane, apps, closed) {
  /** @type {bigint[]} */
  const turned = [];
  const all = Promise.all(apps.map((app) => heard(app, GUARDS_EACH, (said) => turned.push(BigInt(said.at)))));
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
  const strict = await start('app-process.mjs', { ...plane.said, guards: GUARDS_EACH, profile: 'strict' });
  running.push(strict.child);
  /** @type {number[]} */
  const waits = [];
  for (let round = 0; round < (bench.quick ? 1 : 3); round++) {
    /** @type {bigint[]} */
    const denied = [];
    const all = heard(strict.child, GUARDS_EACH, (said) => denied.push(BigInt(said.at)));
    const stoppedAt = process.hrtime.bigint();
    plane.child.kill('SIGSTOP');
    await all;
    const again = heard(strict.child, GUARDS_EACH, () => undefined);
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
