import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sealAudit, verifyAudit } from '../../audit/index.ts';
import { selfParts } from '../../backup-sources.ts';
import { Secret } from '../../connectors/kit/index.ts';
import { cloneDatabase } from '../../db/testing/index.ts';
import { migrateQueue } from '../../engine/index.ts';
import { recordTombstone } from '../../tenants/index.ts';
import { makeTenant } from '../../tenants/testing/registry.ts';
import { createKeyring, openSecret, sealSecret } from '../../vault/index.ts';
import type { BackupDeps } from '../deps.ts';
import type { Backup } from '../load.ts';
import { backupWorld, operator, SYSTEM } from '../testing/world.ts';
import {
  createSelfBackup,
  findSelfFile,
  keepSelfBackups,
  keysFileKeeper,
  readKeysFile,
  restoreSelf,
  settleSelf,
} from './index.ts';

const world = await backupWorld();
const { plane, deps, database, keyring } = world;
await plane.asSuperuser(`grant create on database ${plane.name} to tenantry_owner`);
await migrateQueue(plane.connection);

/** An empty control plane, as a new server would have it; the backup folder is the same. */
async function another(): Promise<{
  deps: BackupDeps;
  sql: typeof plane.asSuperuser;
  connection: typeof plane.connection;
}> {
  const clone = await cloneDatabase();
  await clone.asSuperuser(`grant create on database ${clone.name} to tenantry_owner`);
  await migrateQueue(clone.connection);
  return { deps: { ...deps, database: clone.database }, sql: clone.asSuperuser, connection: clone.connection };
}
const restoreInto = (target: { deps: BackupDeps; connection: typeof plane.connection }, which = 'latest') =>
  restoreSelf({ ...target.deps, connection: target.connection }, which);

const seal = (tenantId: string | null) =>
  world.as((ctx) =>
    sealSecret(
      { ...ctx, keyring },
      { tenantId, label: 'a secret', secret: new Secret('sesame'), owner: { kind: 'system', id: 'test' } },
    ),
  );
const openIn = (target: BackupDeps, ref: { readonly $secret: string }) =>
  target.database.transaction('operator', (tx) =>
    openSecret({ tx, keyring, actor: SYSTEM, now: world.clock }, ref, { purpose: 'test' }),
  );

describe('the control plane', () => {
  let backup: Backup;

  it('saves itself while it runs, without the keys of its vault, and says which it needs', async () => {
    await seal(world.acme);
    await sealAudit(database);
    backup = await createSelfBackup(deps, operator, { keepDays: 30 });
    expect(backup).toMatchObject({ status: 'ready', scope: 'self', tenantId: null, productId: null });
    expect(backup.files[0]?.file).toBe(`control-plane/tenantry_${backup.stamp}.dump.gz.enc`);
    const names = backup.files[0]?.tables.map(({ name }) => name) ?? [];
    expect(names).toEqual(
      expect.arrayContaining(['tenantry.tenants', 'tenantry.audit_log', 'graphile_worker._private_jobs']),
    );
    const { keys } = await readKeysFile(deps.self, deps.keysFolder);
    expect(keys.map(({ tenant_id }) => tenant_id)).toContain(world.acme);
    expect(deps.self.masterKeys).toEqual(['k']);
  });

  it('comes back in an empty database: rows, queue, secrets, and an audit chain that verifies', async () => {
    const secret = await seal(world.acme);
    await sealAudit(database);
    await createSelfBackup(deps, SYSTEM, { keepDays: 30 });
    const target = await another();
    const report = await restoreInto(target);
    expect(report).toMatchObject({ erased: [], keysGone: 0 });
    expect(await settleSelf(target.deps, report)).toMatchObject({ ok: true });
    expect(await target.sql('select id from tenantry.tenants order by id')).toEqual(
      await plane.asSuperuser('select id from tenantry.tenants order by id'),
    );
    expect((await openIn(target.deps, secret.ref)).reveal()).toBe('sesame');
    expect((await verifyAudit(target.deps.database)).rows).toBeGreaterThan(3);
    // It is as guarded as before: policies are forced, and what is append-only refuses.
    expect(
      await target.sql(
        `select relname from pg_class where relnamespace = 'tenantry'::regnamespace and relrowsecurity and not relforcerowsecurity`,
      ),
    ).toEqual([]);
    await expect(target.sql('update tenantry.tenant_history set operation = $1', ['x'])).rejects.toThrow('append-only');
    await makeTenant(target.deps.database);
  });

  it('keeps who was erased since erased, and their secrets shut', async () => {
    const { tenant } = await makeTenant(database);
    const secret = await seal(tenant.id);
    await sealAudit(database);
    const before = await createSelfBackup(deps, SYSTEM, { keepDays: 30 });
    await world.as((ctx) => recordTombstone(ctx, { tenantId: tenant.id, productId: 'cutlist', reason: 'ended' }));
    await plane.asSuperuser('delete from tenantry.tenants where id = $1', [tenant.id]);
    await world.shred(tenant.id);
    const keep = keysFileKeeper(deps);
    expect([await keep(), await keep()]).toEqual([true, false]);
    const target = await another();
    const report = await restoreInto(target, before.stamp);
    expect(report).toMatchObject({ erased: [tenant.id], keysGone: 1 });
    expect(await settleSelf(target.deps, report)).toMatchObject({ ok: true });
    expect(await target.sql('select 1 from tenantry.tenants where id = $1', [tenant.id])).toEqual([]);
    expect(await target.sql('select 1 from tenantry.tenant_tombstones where tenant_id = $1', [tenant.id])).toHaveLength(
      1,
    );
    expect(
      await target.sql(
        'select 1 from tenantry.audit_log where tenant_id = $1 and payload is not null and action <> $2',
        [tenant.id, 'audit.payloads_erased'],
      ),
    ).toEqual([]);
    await expect(openIn(target.deps, secret.ref)).rejects.toMatchObject({ code: 'vault.unreadable' });
  });

  it('is restored by nobody while a process of it runs, and stays as it was', async () => {
    const target = await another();
    const running = target.deps.database.transaction('operator', async (tx) => {
      await tx.query('select 1');
      // Named as the server of an installation is.
      await tx.query(`set application_name = 'tenantry:operator'`);
      await expect(restoreInto(target)).rejects.toMatchObject({ code: 'backup.refused' });
      await tx.query('reset application_name');
    });
    await running;
    expect(await target.sql('select 1 from tenantry.tenants')).toEqual([]);
  });

  it('refuses a backup of another schema, an altered one, another master key and a timestamp that is none', async () => {
    const target = await another();
    await target.sql('alter table tenantry.clients drop column time_zone');
    await expect(restoreInto(target)).rejects.toMatchObject({
      code: 'backup.mismatch',
      message: expect.stringContaining('a newer release'),
    });
    const fresh = await another();
    const { path } = await findSelfFile(deps.folder, 'latest');
    const whole = await readFile(path);
    await writeFile(path, whole.subarray(0, whole.length - 1));
    await expect(restoreInto(fresh)).rejects.toMatchObject({ code: 'backup.unreadable' });
    await writeFile(path, whole);
    const strange = createKeyring({ current: 'z', keys: { z: new Secret(Buffer.alloc(32, 9).toString('base64')) } });
    await expect(restoreInto({ ...fresh, deps: { ...fresh.deps, self: selfParts(strange) } })).rejects.toMatchObject({
      code: 'vault.key_missing',
    });
    await expect(restoreInto(fresh, '19990101_000000')).rejects.toMatchObject({ code: 'backup.not_found' });
    await writeFile(join(deps.keysFolder, 'tenantry-keys.enc'), '{}');
    await expect(restoreInto(fresh)).rejects.toMatchObject({ code: 'backup.unreadable' });
    expect(await fresh.sql('select 1 from tenantry.tenants')).toEqual([]);
  });

  it('backs itself up when a day has gone by, and not before', async () => {
    world.clock = new Date(world.clock.getTime() + 23 * 3_600_000);
    expect(await keepSelfBackups(deps, 'daily')).toBe(false);
    world.clock = new Date(world.clock.getTime() + 2 * 3_600_000);
    expect([await keepSelfBackups(deps, 'weekly'), await keepSelfBackups(deps, 'daily')]).toEqual([false, true]);
  });

  it('is saved by nobody whose role is limited to a product', async () => {
    const limited = {
      ...operator,
      id: randomUUID(),
      grants: [{ role: 'engineer', productId: 'cutlist', clientId: null }] as const,
    };
    await expect(createSelfBackup(deps, limited, { keepDays: 30 })).rejects.toMatchObject({ code: 'access.forbidden' });
  });
});
