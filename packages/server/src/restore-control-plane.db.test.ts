import { mkdtempSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { systemActor } from './access/index.ts';
import { backupDeps } from './backup-sources.ts';
import { createSelfBackup } from './backups/index.ts';
import { readConfig } from './config.ts';
import { cloneDatabase } from './db/testing/index.ts';
import { migrateQueue } from './engine/index.ts';
import { restoreControlPlane, selfBackupFiles, verifyControlPlane } from './restore-control-plane.ts';
import { makeTenant, storeCutlist } from './tenants/testing/registry.ts';
import { openKeyring } from './wire.ts';

const folder = mkdtempSync(join(tmpdir(), 'tenantry-self-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const [old, fresh, blank] = [await cloneDatabase(), await cloneDatabase(), await cloneDatabase()];
for (const { asSuperuser, name, connection } of [old, fresh, blank]) {
  await asSuperuser(`grant create on database ${name} to tenantry_owner`);
  await migrateQueue(connection);
}
const vaultKeys = `k1:${Buffer.alloc(32, 5).toString('base64')}`;
const configFor = (databaseUrl: string, more: object = {}) =>
  readConfig({ mode: 'test', logLevel: 'silent', dataDir: folder, databaseUrl, vaultKeys, ...more }, {});

it('the control plane comes back on another server from its backup folder and its keys alone', async () => {
  const config = configFor(old.url);
  const now = () => new Date();
  const keyring = await openKeyring(config, old.database, now());
  await storeCutlist(old.database);
  const { tenant } = await makeTenant(old.database);
  const deps = backupDeps({ config, database: old.database, keyring, now });
  const { stamp } = await createSelfBackup(deps, systemActor('test'), { keepDays: 30 });
  expect(await selfBackupFiles(config, 'latest')).toMatchObject({ stamp });

  const there = configFor(fresh.url);
  expect(await verifyControlPlane(there, 'latest', 'files')).toMatchObject({ stamp, depth: 'files' });
  expect(await verifyControlPlane(there, stamp, 'restore')).toMatchObject({ stamp, depth: 'restore' });
  expect(await fresh.asSuperuser(`select datname from pg_database where datname like 'restore_test%'`)).toEqual([]);

  const { report, verdict } = await restoreControlPlane(there, 'latest');
  expect(report).toMatchObject({ stamp, erased: [], keysGone: 0 });
  expect(verdict).toMatchObject({ ok: true });
  expect(await fresh.asSuperuser('select id from tenantry.tenants')).toEqual([{ id: tenant.id }]);
});

it('without the keys it was sealed with nothing is restored, and no key is made in their place', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'tenantry-no-keys-'));
  const parts = { mode: 'development', logLevel: 'silent', dataDir: empty, backupDir: join(folder, 'backups') };
  const config = readConfig({ ...parts, databaseUrl: blank.url }, {});
  await expect(restoreControlPlane(config, 'latest')).rejects.toMatchObject({ code: 'vault.key_missing' });
  expect(await readdir(empty)).toEqual([]);
  await rm(empty, { recursive: true });
  await expect(restoreControlPlane(configFor(fresh.url), '20200101_000000')).rejects.toMatchObject({
    code: 'backup.not_found',
  });
});
