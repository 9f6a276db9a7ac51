/** What a guard costs a request: beside a bare Map, a rate limiter in memory, and a policy engine. */
import { readFileSync } from 'node:fs';
import { createGuard } from '@tenantry/guard';
import { newEnforcer, newModelFromString } from 'casbin';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { streamOf, tenantIdOf } from '../guard/stream.mjs';
import { perSecond, processorNanoseconds } from '../measure.mjs';

/** @typedef {import('../harness.mjs').Bench} Bench */
/** @typedef {import('@tenantry/guard').Guard} Guard */

const FEW = 100;
const MANY = 100_000;

const MODEL = `
[request_definition]
r = sub, dom, obj, act
[policy_definition]
p = sub, dom, obj, act
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub == p.sub && r.dom == p.dom && r.obj == p.obj && r.act == p.act
`;

export function versions() {
  const version = (/** @type {string} */ name) =>
    JSON.parse(readFileSync(new URL(`../../node_modules/${name}/package.json`, import.meta.url), 'utf8')).version;
  return { casbin: version('casbin'), 'rate-limiter-flexible': version('rate-limiter-flexible') };
}

/** @param {number} tenants @param {{ now?: () => number }} more */
async function guardOf(tenants, more = {}) {
  // The bench holds the loop for longer than a guard would believe anything.
  const maxStaleMs = { read: 3_600_000, write: 3_600_000 };
  const options = {
    url: 'https://tenantry.example',
    key: 'k',
    product: 'p',
    maxStaleMs,
    fetch: streamOf(tenants),
    ...more,
  };
  const before = process.cpuUsage();
  const guard = createGuard(options);
  if (!(await guard.ready(30_000))) throw new Error('the guard was told nothing');
  const { user, system } = process.cpuUsage(before);
  return { guard, startMs: (user + system) / 1_000 };
}

/** What a create asks. */
const ASKED = { feature: 'sso', limit: 'projects', used: 3 };

/** @param {Guard} guard @param {string} id */
const decide = (guard, id) => guard.check(id, 'write', ASKED).ok;

/**
 * @param {Guard} guard
 * @param {readonly string[]} ids
 * @param {number} count
 */
function decideAll(guard, ids, count) {
  let allowed = 0;
  for (let turn = 0; turn < count; turn++) if (decide(guard, ids[turn % ids.length] ?? '')) allowed += 1;
  if (allowed !== count) throw new Error('a decision was wrong');
}

/** @param {Bench} bench */
export async function run(bench) {
  const count = bench.quick ? 100_000 : 1_000_000;
  const heapBefore = heap();
  const few = await guardOf(FEW);
  const ids = Array.from({ length: FEW }, (_, index) => tenantIdOf(index));
  try {
    await decisions(bench, few.guard, ids, count);
    await rates(bench, few.guard, ids, count);
    await growth(bench, few.guard, ids, { count, heapBefore });
  } finally {
    few.guard.close();
  }
}

/**
 * @param {Bench} bench
 * @param {Guard} guard
 * @param {readonly string[]} ids
 * @param {number} count
 */
async function decisions(bench, guard, ids, count) {
  const known = new Map(ids.map((id) => [id, { ok: true }]));
  const ours = () => perSecond(count, () => decideAll(guard, ids, count));
  await bench.compare({
    work: 'status, feature and limit',
    unit: '/s',
    ours,
    peer: {
      name: 'three look-ups in a Map',
      run: () => perSecond(count, () => lookUpAll(known, ids, count)),
    },
  });
  const one = () => processorNanoseconds(count, () => decideAll(guard, ids, count));
  await bench.compare({
    work: 'the same, one decision',
    unit: 'ns of a processor',
    ours: one,
    peer: { name: 'a look at the clock alone', run: () => processorNanoseconds(count, () => lookAtClock(count)) },
  });
  await bench.report({
    work: 'the same, one decision',
    unit: 'ns of a processor',
    ours: one,
    budget: { atMost: 250 },
  });
  // A clock that stands: the number a real one answers is no object of ours.
  const still = await guardOf(FEW, { now: () => 1 });
  try {
    await bench.report({
      work: 'memory one decision that allows takes, the number of the clock left out',
      unit: 'bytes',
      ours: () => allocatedBy(() => decideAll(still.guard, ids, count)) / count,
      budget: { atMost: 0.1 },
    });
  } finally {
    still.guard.close();
  }
  const enforcer = await newEnforcer(newModelFromString(MODEL));
  for (const id of ids.slice(0, 10)) await enforcer.addPolicy('app', id, 'projects', 'write');
  const asked = 2_000;
  await bench.compare({
    work: 'status, feature and limit',
    unit: '/s',
    ours,
    peer: {
      name: 'casbin enforceSync, 10 tenants, one rule each',
      run: () =>
        perSecond(asked, () => {
          for (let turn = 0; turn < asked; turn++) {
            if (!enforcer.enforceSync('app', ids[turn % 10] ?? '', 'projects', 'write')) throw new Error('wrong');
          }
        }),
    },
    budget: { atLeast: 30 },
  });
}

/**
 * @param {ReadonlyMap<string, { ok: boolean }>} known
 * @param {readonly string[]} ids
 * @param {number} count
 */
function lookUpAll(known, ids, count) {
  for (let turn = 0; turn < count; turn++) {
    const id = ids[turn % ids.length] ?? '';
    if (!(known.get(id)?.ok && known.get(id)?.ok && known.get(id)?.ok)) throw new Error('a decision was wrong');
  }
}

/** What every bound on staleness costs at least. @param {number} count */
function lookAtClock(count) {
  let last = 0;
  for (let turn = 0; turn < count; turn++) last = performance.now();
  if (last <= 0) throw new Error('the clock stands');
}

/**
 * @param {Bench} bench
 * @param {Guard} guard
 * @param {readonly string[]} ids
 * @param {number} count
 */
async function rates(bench, guard, ids, count) {
  const limiter = new RateLimiterMemory({ points: 1_000_000_000, duration: 900 });
  const calls = count / 5;
  await bench.compare({
    work: 'a call counted in this process, its limit and headers found',
    unit: '/s',
    ours: () =>
      perSecond(calls, async () => {
        for (let turn = 0; turn < calls; turn++) await guard.rate(ids[turn % ids.length] ?? '');
      }),
    peer: {
      name: 'rate-limiter-flexible in memory, counting alone',
      run: () =>
        perSecond(calls, async () => {
          for (let turn = 0; turn < calls; turn++) await limiter.consume(ids[turn % ids.length] ?? '');
        }),
    },
  });
}

/**
 * @param {Bench} bench
 * @param {Guard} few
 * @param {readonly string[]} ids
 * @param {{ count: number, heapBefore: number }} options
 */
async function growth(bench, few, ids, { count, heapBefore }) {
  const tenants = bench.quick ? MANY / 10 : MANY;
  const many = await guardOf(tenants);
  try {
    const megabytes = (heap() - heapBefore) / 1024 ** 2;
    const all = Array.from({ length: tenants }, (_, index) => tenantIdOf((index * 7919) % tenants));
    const cost = (/** @type {Guard} */ guard, /** @type {readonly string[]} */ asked) =>
      processorNanoseconds(count, () => decideAll(guard, asked, count));
    await bench.compare({
      work: `one decision with ${tenants} tenants beside ${FEW}, asked in no order (growth of its time)`,
      unit: 'ns of a processor',
      ours: () => cost(many.guard, all),
      peer: { name: `${FEW} tenants`, run: () => cost(few, ids) },
    });
    // With keys of its own, as the guard has: the strings of a request are never those a snapshot brought.
    const map = new Map(Array.from({ length: tenants }, (_, index) => [tenantIdOf(index), { ok: true }]));
    await bench.compare({
      work: `one decision with ${tenants} tenants, asked in no order`,
      unit: 'ns of a processor',
      ours: () => cost(many.guard, all),
      peer: {
        name: 'three look-ups in a Map as large',
        run: () => processorNanoseconds(count, () => lookUpAll(map, all, count)),
      },
    });
    await bench.report({
      work: `snapshot of ${tenants} tenants read, the telling included`,
      unit: 'ms of a processor',
      ours: () => many.startMs,
      budget: { atMost: 2_000 },
    });
    await bench.report({
      work: `memory of ${tenants} tenants`,
      unit: 'MB',
      ours: () => megabytes,
      budget: { atMost: 60 },
    });
  } finally {
    many.guard.close();
  }
}

/** Bytes of young objects made meanwhile; those of a collection in between are lost. @param {() => void} work */
function allocatedBy(work) {
  const before = process.memoryUsage().heapUsed;
  work();
  return Math.max(0, process.memoryUsage().heapUsed - before);
}

/** After a collection where node was started with `--expose-gc`; else with what nobody has collected yet. */
function heap() {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
