import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createBackup, findBackup, restoreBackup, verifyBackup } from './index.ts';
import type { Backup } from './load.ts';
import { backupWorld, NOW, operator, SYSTEM } from './testing/world.ts';

const world = await backupWorld();
const { deps, shop, acme, beta } = world;

const tenantSubject = { kind: 'tenant', tenantId: acme, environment: 'production' } as const;
const setSubject = { kind: 'set', product: 'cutlist', environment: 'production' } as const;
const pathOf = (backup: Backup) => join(deps.folder, backup.files[0]?.file ?? '');

describe('a backup of one tenant', () => {
  let backup: Backup;
  beforeAll(async () => {
    backup = await createBackup(deps, operator, { subject: tenantSubject, keepDays: 30 });
  });

  it('RBK-18: is named for database, tenant and time, and says sizes, place and timestamp', async () => {
    expect(backup).toMatchObject({ status: 'ready', stamp: '20261120_090000', scope: 'tenant', tenantId: acme });
    expect(backup.files).toMatchObject([
      {
        database: 'cutlist',
        file: `cutlist/production/cutlist.${acme}_20261120_090000.dump.gz.enc`,
        payload: 'dump.gz',
      },
    ]);
    const { size, mode } = await stat(pathOf(backup));
    expect([size, mode & 0o777]).toEqual([backup.files[0]?.bytes, 0o600]);
    expect(backup.files[0]?.tables).toContainEqual({ name: 'public.parts', rows: 12 });
    expect(backup.files[0]?.tables.map(({ name }) => name)).not.toContain('public.sessions');
  });

  it('holds nothing in clear, and is written down in the audit log', async () => {
    const bytes = await readFile(pathOf(backup), 'latin1');
    expect(bytes).not.toContain('Project');
    expect(await world.audit('backup.created')).toContainEqual(expect.objectContaining({ tenant_id: acme }));
  });

  it('RBK-27: restores into temporary tables, byte for byte, and leaves nothing there', async () => {
    const before = await shop.all();
    const report = await verifyBackup(deps, operator, { backupId: backup.id, depth: 'restore' });
    expect(report).toMatchObject({ ok: true, depth: 'restore', failure: null });
    expect(await shop.all()).toEqual(before);
    expect(await shop.sql(`select 1 from pg_class where relname like 'tenantry_stage%'`)).toEqual([]);
    expect(await world.as(({ tx }) => findBackup(tx, tenantSubject, 'latest'))).toMatchObject({
      verifiedAt: NOW,
      verifiedByRestore: true,
    });
  });

  it("RBK-30: comes back without touching another tenant's later changes", async () => {
    const then = await shop.all(acme);
    await shop.sql(`delete from parts where tenant_id = $1`, [acme]);
    await shop.sql(`update projects set name = 'changed' where tenant_id = $1`, [acme]);
    await shop.sql(`insert into projects (tenant_id, name) values ($1, 'new'), ($2, 'later')`, [acme, beta]);
    await shop.sql(
      `insert into audit_logs (tenant_id, actor, action) values ($1, 'ada', 'gone'), ($2, 'bob', 'kept')`,
      [acme, beta],
    );
    const others = await shop.all(beta);
    const sessionsOfBeta = await shop.sql('select * from sessions where tenant_id = $1', [beta]);
    const report = await restoreBackup(deps, operator, { backupId: backup.id, tenantId: acme });
    expect(await shop.all(acme)).toEqual(then);
    expect(await shop.all(beta)).toEqual(others);
    expect(await shop.sql('select * from sessions where tenant_id = $1', [beta])).toEqual(sessionsOfBeta);
    expect(await shop.sql('select * from sessions where tenant_id = $1', [acme])).toEqual([]);
    expect(report.tables).toContainEqual({ database: 'cutlist', table: 'public.parts', before: 0, after: 12 });
    expect(await world.audit('backup.restored')).toHaveLength(1);
  });
});

describe('a backup of a set', () => {
  it('RBK-17: brings back every row of its databases, and new rows get new numbers', async () => {
    const backup = await createBackup(deps, operator, { subject: setSubject, keepDays: 30 });
    const then = await shop.all();
    await shop.sql(`update projects set name = 'x'`);
    await shop.sql(`insert into audit_logs (tenant_id, actor, action) values ($1, 'a', 'b')`, [beta]);
    const report = await restoreBackup(deps, operator, { backupId: backup.id });
    expect(await shop.all()).toEqual(then);
    expect(report.erased).toEqual([]);
    await shop.sql(`insert into audit_logs (tenant_id, actor, action) values ($1, 'a', 'b')`, [beta]);
    expect(await verifyBackup(deps, SYSTEM, { backupId: backup.id, depth: 'restore' })).toMatchObject({ ok: true });
  });
});

describe('a damaged file', () => {
  it('altered in any one byte or cut off anywhere is found and named before anything is touched', async () => {
    const backup = await createBackup(deps, operator, { subject: tenantSubject, keepDays: 30 });
    const path = pathOf(backup);
    const whole = await readFile(path);
    const before = await shop.all();
    const places = [0, 17, 40, Math.floor(whole.length / 2), whole.length - 1];
    for (const at of places) {
      const altered = Buffer.from(whole);
      altered[at] = (altered[at] ?? 0) ^ 1;
      await writeFile(path, altered);
      await expect(restoreBackup(deps, operator, { backupId: backup.id }), `byte ${at}`).rejects.toMatchObject({
        code: expect.stringMatching(/^backup\.(unreadable|mismatch)$|^vault\.unreadable$/),
      });
    }
    for (const length of [0, 10, 100, whole.length - 40, whole.length - 1]) {
      await writeFile(path, whole.subarray(0, length));
      await expect(restoreBackup(deps, operator, { backupId: backup.id }), `cut to ${length}`).rejects.toMatchObject({
        code: 'backup.unreadable',
        message: expect.stringContaining(backup.stamp),
      });
    }
    expect(await shop.all()).toEqual(before);
    await writeFile(path, whole);
  });
});
