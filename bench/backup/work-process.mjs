/**
 * One piece of work in a process of its own, so that its memory is its own: `copy` reads the tenant's rows with a plain
 * COPY, and throws them away; `copy_all` every row; `backup`, `backup_all`, `verify` and `restore` are ours.
 * Answers `{ seconds, peakMegabytes }` as one line of JSON.
 */
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';

/** @typedef {import('../engine/cluster.mjs').Connection} Connection */

/** @type {{ work: string, plane: Connection, shop: Connection, tenant: string, key: string, folder: string }} */
const { work, plane, shop, tenant, key, folder } = JSON.parse(process.argv[2] ?? '{}');

async function plainCopy(/** @type {string} */ query) {
  const client = new pg.Client(shop);
  await client.connect();
  const startedAt = performance.now();
  let bytes = 0;
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
  const { backupDeps } = await import(`${server}/backup-sources.js`);
  const { createBackup, findBackup, restoreBackup, verifyBackup } = await import(`${server}/backups/index.js`);
  const database = openDatabase({ connection: plane, applicationName: 'bench', poolMax: 2 });
  const [id = '', secret = ''] = key.split(':');
  const keyring = createKeyring({ current: id, keys: { [id]: new Secret(secret) } });
  const config = { backupDir: folder, backupKeysDir: `${folder}/keys`, backupSelf: 'off', pgToolsDir: undefined };
  const deps = backupDeps({ config, database, keyring, now: () => new Date() });
  const actor = { kind: 'system', part: 'bench' };
  const one = { kind: 'tenant', tenantId: tenant, environment: 'production' };
  const all = { kind: 'set', product: 'shop', environment: 'production' };
  const latest = async () =>
    (await database.transaction('operator', (/** @type {any} */ tx) => findBackup(tx, one, 'latest'))).id;
  const startedAt = performance.now();
  if (work === 'verify') await verifyBackup(deps, actor, { backupId: await latest(), depth: 'restore' });
  else if (work === 'restore') await restoreBackup(deps, actor, { backupId: await latest() });
  else await createBackup(deps, actor, { subject: work === 'backup_all' ? all : one, keepDays: 30 });
  const seconds = (performance.now() - startedAt) / 1_000;
  await database.close();
  return seconds;
}

const seconds =
  work === 'copy'
    ? await plainCopy(`select * from orders where tenant_id = '${tenant}'`)
    : work === 'copy_all'
      ? await plainCopy('select * from orders')
      : await ours();
console.log(JSON.stringify({ seconds, peakMegabytes: process.resourceUsage().maxRSS / 1_024 }));
