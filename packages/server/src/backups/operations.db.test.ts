import { randomUUID } from 'node:crypto';
import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Ctx, systemActor } from '../access/index.ts';
import { migrateQueue } from '../engine/index.ts';
import { backupJobs, createBackup, keepSchedules, pruneBackups, setSchedule } from './index.ts';
import { requestBackup, requestRestore, requestVerify } from './operations.ts';
import { endSchedule, listSchedules } from './schedules.ts';
import { backupWorld, NOW, operator } from './testing/world.ts';

const world = await backupWorld();
const { deps, shop, plane, acme, beta } = world;
beforeAll(async () => {
  await plane.asSuperuser(`grant create on database ${plane.name} to tenantry_owner`);
  await migrateQueue(plane.connection);
});

const ofAcme = { kind: 'tenant', tenantId: acme, environment: 'production' } as const;
const ofSet = { kind: 'set', product: 'cutlist', environment: 'production' } as const;
const asOlive = <T>(fn: (ctx: Ctx) => Promise<T>): Promise<T> =>
  world.database.transaction('operator', (tx) => fn({ tx, actor: operator, now: world.clock }));
const work = backupJobs(deps).backup_operation ?? expect.fail('no handler');
const run = (id: string) => work({ operation: id }, new AbortController().signal);
const rowOf = async (id: string) =>
  (await plane.asSuperuser<Record<string, unknown>>('select * from tenantry.backup_operations where id = $1', [id]))[0];
const slugOf = async (id: string) =>
  (await plane.asSuperuser<{ slug: string }>('select slug from tenantry.tenants where id = $1', [id]))[0]?.slug ?? '';

describe('work on backups that is asked for', () => {
  it('is queued with its audit row, carried out once, and tells what became of it', async () => {
    const asked = await asOlive((ctx) => requestBackup(ctx, deps, { subject: ofAcme, keepDays: 30 }));
    expect(asked).toMatchObject({ kind: 'create', status: 'queued', tenantId: acme });
    expect(await world.audit('backup.create_asked')).toMatchObject([{ actor_id: operator.id, tenant_id: acme }]);
    const jobs = await plane.asSuperuser<{ payload: unknown }>('select payload from graphile_worker._private_jobs');
    expect(jobs.map(({ payload }) => payload)).toContainEqual({ operation: asked.id });
    await run(asked.id);
    await run(asked.id);
    const done = await rowOf(asked.id);
    expect(done).toMatchObject({ status: 'done', progress: null, report: { stamp: '20261120_090000' } });
    expect(await plane.asSuperuser('select 1 from tenantry.backups')).toHaveLength(1);
    const verify = await asOlive((ctx) => requestVerify(ctx, deps, String(done?.backup_id), 'restore'));
    await run(verify.id);
    expect(await rowOf(verify.id)).toMatchObject({ status: 'done', report: { ok: true, depth: 'restore' } });
  });

  it('RBK-21: a restore is refused until what is overwritten was named', async () => {
    const backup = await createBackup(deps, operator, { subject: ofAcme, keepDays: 30 });
    const ask = (confirm: string, tenant?: string) =>
      asOlive((ctx) => requestRestore(ctx, deps, { backupId: backup.id, confirm, tenant }));
    await expect(ask('yes')).rejects.toMatchObject({ code: 'request.invalid', faults: [{ path: 'confirm' }] });
    await expect(ask(await slugOf(acme), beta)).rejects.toMatchObject({ code: 'backup.mismatch' });
    await shop.sql('delete from projects where tenant_id = $1', [acme]);
    const asked = await ask(await slugOf(acme), await slugOf(acme));
    await run(asked.id);
    expect(await rowOf(asked.id)).toMatchObject({ status: 'done', report: { stamp: backup.stamp } });
    expect(await shop.sql('select 1 from projects where tenant_id = $1', [acme])).toHaveLength(3);
  });

  it('a restore that a dead worker left is not made again: a person looks first', async () => {
    const backup = await createBackup(deps, operator, { subject: ofAcme, keepDays: 30 });
    const confirm = await slugOf(acme);
    const asked = await asOlive((ctx) => requestRestore(ctx, deps, { backupId: backup.id, confirm }));
    await plane.asSuperuser(`update tenantry.backup_operations set status = 'running' where id = $1`, [asked.id]);
    await shop.sql(`insert into projects (tenant_id, name) values ($1, 'since')`, [acme]);
    await run(asked.id);
    expect(await rowOf(asked.id)).toMatchObject({ status: 'failed', failure: { code: 'connector.timeout' } });
    expect(await shop.sql(`select 1 from projects where name = 'since'`)).toHaveLength(1);
  });

  it('that fails says why, and leaves the queue alone', async () => {
    await shop.sql('revoke select on parts from cutlist_provisioner');
    const asked = await asOlive((ctx) => requestBackup(ctx, deps, { subject: ofAcme, keepDays: 30 }));
    await run(asked.id);
    await shop.sql('grant select on parts to cutlist_provisioner');
    expect(await rowOf(asked.id)).toMatchObject({
      status: 'failed',
      failure: { code: 'backup.refused', faults: [{ path: 'public.parts' }] },
    });
  });
});

describe('a schedule', () => {
  const at = (hours: number) => {
    world.clock = new Date(NOW.getTime() + hours * 3_600_000);
  };
  const countOf = async () =>
    (
      await plane.asSuperuser<{ n: number }>(
        `select count(*)::int as n from tenantry.backups where scope = 'set' and status = 'ready'`,
      )
    )[0]?.n;

  it('RBK-26, RBK-27: takes a backup a day, and proves the newest by restoring it once a week', async () => {
    const schedule = await asOlive((ctx) => setSchedule(ctx, deps, { subject: ofSet, every: 'daily', keepDays: 30 }));
    expect(await asOlive((ctx) => listSchedules(ctx, deps, ofSet))).toMatchObject([{ every: 'daily', keepDays: 30 }]);
    for (let hour = 0; hour <= 7 * 24; hour += 6) {
      at(hour);
      await keepSchedules(deps);
    }
    expect(await countOf()).toBe(8);
    expect(await world.audit('backup.verified')).toHaveLength(1 + 2);
    expect(
      await asOlive((ctx) => setSchedule(ctx, deps, { subject: ofSet, every: 'weekly', keepDays: 40 })),
    ).toMatchObject({
      id: schedule.id,
    });
    await keepSchedules(deps);
    for (let hour = 7 * 24; hour < 14 * 24; hour += 6) {
      at(hour);
      await keepSchedules(deps);
    }
    expect(await countOf()).toBe(9);
    await asOlive((ctx) => endSchedule(ctx, deps, `schedule_${schedule.id}`));
    expect(await asOlive((ctx) => listSchedules(ctx, deps, ofSet))).toEqual([]);
  });

  it('that fails is tried again a quarter of an hour later, and keeps no other', async () => {
    at(1_000);
    const both = [ofSet, ofAcme].map((subject) =>
      asOlive((ctx) => setSchedule(ctx, deps, { subject, every: 'daily', keepDays: 30 })),
    );
    await Promise.all(both);
    await shop.sql('revoke select on parts from cutlist_provisioner');
    expect(await keepSchedules(deps)).toEqual({ taken: 0, failed: 2 });
    expect(await asOlive((ctx) => listSchedules(ctx, deps, ofAcme))).toMatchObject([{ failures: 1 }]);
    await shop.sql('grant select on parts to cutlist_provisioner');
    expect(await keepSchedules(deps)).toEqual({ taken: 0, failed: 0 });
    at(1_000.3);
    expect(await keepSchedules(deps)).toEqual({ taken: 2, failed: 0 });
    expect(await asOlive((ctx) => listSchedules(ctx, deps, ofAcme))).toMatchObject([{ failures: 0 }]);
  });

  it('is set by nobody who may only look', async () => {
    const reader = { ...operator, scopes: ['backups:read'] as const };
    const set = world.database.transaction('operator', (tx) =>
      setSchedule({ tx, actor: reader, now: NOW }, deps, { subject: ofAcme, every: 'daily', keepDays: 30 }),
    );
    await expect(set).rejects.toMatchObject({ code: 'access.forbidden' });
  });
});

describe('backups whose time is over', () => {
  it('RBK-24: lose their files after 30 days and not before, but for the newest of each series', async () => {
    const folder = join(deps.folder, 'cutlist', 'production');
    world.clock = new Date('2027-06-01T00:00:00Z');
    const [old, newer] = [
      await createBackup(deps, systemActor('test'), { subject: ofAcme, keepDays: 30 }),
      await createBackup(deps, systemActor('test'), { subject: ofAcme, keepDays: 30 }),
    ];
    const names = (backup: typeof old) => backup.files.map(({ file }) => file.split('/').at(-1));
    world.clock = new Date('2027-06-30T23:59:59Z');
    await pruneBackups(deps);
    expect(await readdir(folder)).toEqual(expect.arrayContaining([...names(old), ...names(newer)]));
    const partial = join(folder, `x.${randomUUID()}.partial`);
    await writeFile(partial, '');
    await utimes(partial, 0, 0);
    world.clock = new Date('2027-07-01T00:00:01Z');
    expect(await pruneBackups(deps)).toBe(1);
    const left = await readdir(folder);
    expect(left).toEqual(expect.arrayContaining(names(newer)));
    expect(left).not.toEqual(expect.arrayContaining(names(old)));
    expect(left).not.toContain(partial.split('/').at(-1));
    expect(await pruneBackups(deps)).toBe(0);
    expect((await world.audit('backup.expired')).length).toBeGreaterThan(0);
  });
});
