/**
 * One piece of work in a process of its own, so that its memory is its own: `copy` reads the tenant's rows as JSON with a
 * plain COPY and throws them away; `archive` writes the export a small tenant is answered with, to nowhere; `sealed` what a
 * worker does: written, packed, hashed, sealed, on the disk. Answers `{ seconds, peakMegabytes }` as one line of JSON.
 */
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';

/** @typedef {import('../engine/cluster.mjs').Connection} Connection */

/** @type {{ work: string, plane: Connection, shop: Connection, tenant: string, key: string, folder: string }} */
const { work, plane, shop, tenant, key, folder } = JSON.parse(process.argv[2] ?? '{}');

async function plainCopy() {
  const client = new pg.Client(shop);
  await client.connect();
  const startedAt = performance.now();
  let bytes = 0;
  const query = `select row_to_json(o)::text from orders o where tenant_id = '${tenant}'`;
  for await (const chunk of client.query(copyTo(`copy (${query}) to stdout`))) bytes += chunk.length;
  const seconds = (performance.now() - startedAt) / 1_000;
  await client.end();
  if (bytes === 0) throw new Error('nothing was copied');
  return seconds;
}

async function ours() {
  const server = '../../packages/server/dist';
  const { openDatabase } = await import(`${server}/db/index.js`);
  const { createKeyring } = await import(`${server}/vault/index.js`);
  const { Secret } = await import(`${server}/connectors/kit/index.js`);
  const { readConfig } = await import(`${server}/config.js`);
  const { backupDeps } = await import(`${server}/backup-sources.js`);
  const { exportDeps } = await import(`${server}/export-sources.js`);
  const { exportTenant } = await import(`${server}/export/index.js`);
  const database = openDatabase({ connection: plane, applicationName: 'bench', poolMax: 2 });
  const [id = '', secret = ''] = key.split(':');
  const keyring = createKeyring({ current: id, keys: { [id]: new Secret(secret) } });
  const config = readConfig({ mode: 'test', backupDir: folder }, {});
  const backups = backupDeps({ config, database, keyring, now: () => new Date() });
  const deps = exportDeps({ backups, config, loginPolicy: async () => ({}) });
  const startedAt = performance.now();
  const { stream } = await exportTenant(deps, { kind: 'system', part: 'bench' }, { tenant, format: 'json' });
  if (work === 'sealed') {
    const place = { tenantId: tenant, exportId: '00000000-0000-4000-8000-000000000000', attempt: 1 };
    const { file } = await deps.store.write(place, stream, new AbortController().signal);
    await deps.store.remove({ tenantId: tenant, file });
  } else await pipeline(stream, new Writable({ write: (_chunk, _encoding, done) => done() }));
  const seconds = (performance.now() - startedAt) / 1_000;
  await database.close();
  return seconds;
}

const seconds = work === 'copy' ? await plainCopy() : await ours();
console.log(JSON.stringify({ seconds, peakMegabytes: process.resourceUsage().maxRSS / 1_024 }));
