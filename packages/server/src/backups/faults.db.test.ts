import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PersonActor } from '../access/index.ts';
import { recordTombstone } from '../tenants/index.ts';
import { makeTenant } from '../tenants/testing/registry.ts';
import { createBackup, findBackup, restoreBackup, verifyBackup } from './index.ts';
import type { Backup } from './load.ts';
import { backupWorld, fillTenant, operator, SYSTEM } from './testing/world.ts';

const world = await backupWorld();
const { deps, shop, acme, beta } = world;
const production = { environment: 'production' } as const;
const ofTenant = (tenantId: string) => ({ kind: 'tenant', tenantId, ...production }) as const;
const ofSet = { kind: 'set', product: 'cutlist', ...production } as const;
const save = (subject: ReturnType<typeof ofTenant> | typeof ofSet, key?: string) =>
  createBackup(deps, SYSTEM, { subject, keepDays: 30, key });
const restore = (backup: Backup, tenantId?: string) => restoreBackup(deps, SYSTEM, { backupId: backup.id, tenantId });
const pathOf = (backup: Backup) => join(deps.folder, backup.files[0]?.file ?? '');
/** Restores, and expects that nothing at all is different afterwards. */
async function refused(backup: Backup, expected: object): Promise<void> {
  const before = await shop.all();
  await expect(restore(backup)).rejects.toMatchObject(expected);
  expect(await shop.all()).toEqual(before);
}

let good: Backup;
beforeAll(async () => {
  good = await save(ofTenant(acme));
});

describe('a restore that does not fit is refused, and touches nothing', () => {
  it('with a backup of another tenant', async () => {
    await expect(restore(good, beta)).rejects.toMatchObject({ code: 'backup.mismatch' });
    const other = await save(ofTenant(beta));
    await copyFile(pathOf(other), pathOf(good));
    await refused(good, { code: 'backup.mismatch', message: expect.stringContaining(beta) });
    good = await save(ofTenant(acme));
  });

  it('with an earlier file of the same tenant under its name', async () => {
    const [older, newer] = [await save(ofTenant(acme)), await save(ofTenant(acme))];
    await copyFile(pathOf(older), pathOf(newer));
    await refused(newer, { code: 'backup.mismatch', message: expect.stringContaining(older.stamp) });
  });

  it('with a backup of a newer schema, naming table and column', async () => {
    await shop.sql(`alter table parts add column grain text not null default 'x'`);
    const newer = await save(ofTenant(acme));
    await shop.sql('alter table parts drop column grain');
    await refused(newer, {
      code: 'backup.mismatch',
      message: expect.stringContaining('public.parts has no column grain'),
    });
    expect(await verifyBackup(deps, SYSTEM, { backupId: newer.id, depth: 'restore' })).toMatchObject({
      ok: false,
      failure: { code: 'backup.mismatch' },
    });
  });

  it('with a set from before a change of the schema, while one tenant comes back with the default of a new column', async () => {
    const set = await save(ofSet);
    await shop.sql(`alter table parts add column grain text not null default 'x'`);
    await refused(set, { code: 'backup.mismatch', message: expect.stringContaining('was changed since') });
    await shop.sql('delete from parts where tenant_id = $1', [acme]);
    await restore(good);
    expect(
      await shop.sql('select count(*)::int as n, min(grain) as grain from parts where tenant_id = $1', [acme]),
    ).toEqual([{ n: 12, grain: 'x' }]);
    await shop.sql('alter table parts drop column grain');
  });

  it('by a role that may not write what it would have to, naming the grants', async () => {
    await shop.sql('revoke insert on boards, parts from cutlist_provisioner');
    await refused(good, {
      code: 'backup.refused',
      faults: [
        { path: 'public.boards', message: 'grant insert on public.boards to "cutlist_provisioner"' },
        { path: 'public.parts', message: 'grant insert on public.parts to "cutlist_provisioner"' },
      ],
    });
    await shop.sql('grant insert on boards, parts to cutlist_provisioner');
  });

  it('when a trigger changes rows on their way in', async () => {
    await shop.sql(`
      create function grow() returns trigger language plpgsql as $$ begin new.quantity := new.quantity + 1; return new; end $$;
      create trigger grow before insert on boards for each row execute function grow()`);
    await refused(good, { code: 'backup.refused', message: expect.stringContaining('public.boards') });
    await shop.sql('drop function grow cascade');
  });
});

describe('a restore interrupted half-way', () => {
  it('leaves everything as it was: the connection is cut, the server ends it, the worker stops', async () => {
    await shop.sql(`update projects set name = 'after the backup' where tenant_id = $1`, [acme]);
    // The restore deletes the tenant's row and then waits for a row that somebody else holds.
    const cuts: readonly (() => Promise<unknown>)[] = [
      () =>
        shop.sql(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        ),
      async () => stopping.abort(),
    ];
    let stopping = new AbortController();
    for (const cut of cuts) {
      stopping = new AbortController();
      const before = await shop.all();
      const holder = await deps.database.transaction('worker', (tx) =>
        deps.sources.open({ tx, actor: SYSTEM, now: world.clock }, { product: 'cutlist', ...production }),
      );
      const client = await (holder.databases[0] ?? expect.fail('no database')).connectToRestore();
      await client.query('begin');
      await client.query('select 1 from tenants where id = $1 for update', [acme]);
      const restoring = restoreBackup(deps, SYSTEM, { backupId: good.id }, { signal: stopping.signal }).then(
        () => 'restored',
        () => 'failed',
      );
      await untilWaiting();
      await cut();
      expect(await restoring).toBe('failed');
      await client.query('rollback');
      await client.end();
      expect(await shop.all()).toEqual(before);
    }
    await restore(good);
    expect(await shop.sql(`select 1 from projects where name = 'after the backup'`)).toEqual([]);
  });
});

async function untilWaiting(): Promise<void> {
  for (;;) {
    const waiting = await shop.sql(
      `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (waiting.length > 0) return;
  }
}

describe('who was erased', () => {
  const entomb = (tenantId: string) =>
    world.as((ctx) => recordTombstone(ctx, { tenantId, productId: 'cutlist', reason: 'contract ended' }));

  it('stays erased through the restore of a set, and through one of its own', async () => {
    const { tenant } = await makeTenant(world.database);
    await fillTenant(shop, tenant.id, tenant.slug);
    const [set, own] = [await save(ofSet), await save(ofTenant(tenant.id))];
    const others = [await shop.all(acme), await shop.all(beta)];
    await shop.sql('delete from tenants where id = $1', [tenant.id]);
    await entomb(tenant.id);
    expect(await restore(set)).toMatchObject({ erased: [tenant.id] });
    for (const rows of Object.values(await shop.all(tenant.id))) expect(rows).toEqual([]);
    expect([await shop.all(acme), await shop.all(beta)]).toEqual(others);
    await refused(own, { code: 'backup.refused', message: expect.stringContaining('was erased') });
  });

  it('whose key was destroyed has backups that nothing opens any more', async () => {
    const { tenant } = await makeTenant(world.database);
    await fillTenant(shop, tenant.id, tenant.slug);
    const own = await save(ofTenant(tenant.id));
    await world.shred(tenant.id);
    await refused(own, { code: 'vault.unreadable' });
    expect(await verifyBackup(deps, SYSTEM, { backupId: own.id, depth: 'files' })).toMatchObject({ ok: false });
    await expect(save(ofTenant(tenant.id))).rejects.toMatchObject({ code: 'vault.unreadable' });
  });
});

describe('a backup that could not be restored is not taken', () => {
  it('of a role from which a policy hides rows', async () => {
    await shop.sql('alter policy provisioning on parts using (quantity > 0)');
    await expect(save(ofTenant(acme))).rejects.toMatchObject({
      code: 'backup.refused',
      faults: [{ path: 'public.parts', message: expect.stringContaining('hides rows') }],
    });
    await shop.sql('alter policy provisioning on parts using (true)');
  });

  it('of a table that hangs on a tenant and does not say whose its rows are', async () => {
    await shop.sql(
      'create table notes (part_id uuid references parts (id)); grant select on notes to cutlist_provisioner',
    );
    await expect(save(ofTenant(acme))).rejects.toMatchObject({ faults: [{ path: 'public.notes' }] });
    await shop.sql('drop table notes');
  });

  it('of tables that point at each other in a ring', async () => {
    await shop.sql(`
      create table egg (id uuid primary key, tenant_id uuid, hen uuid);
      create table hen (id uuid primary key, tenant_id uuid, egg uuid references egg (id));
      alter table egg add foreign key (hen) references hen (id);
      grant select on egg, hen to cutlist_provisioner`);
    await expect(save(ofTenant(acme))).rejects.toMatchObject({
      message: expect.stringContaining('ring of foreign keys'),
    });
    await shop.sql('drop table egg, hen cascade');
  });

  it('and one that fails leaves no file, and is kept as failed', async () => {
    await shop.sql('revoke select on parts from cutlist_provisioner');
    const before = await readdir(join(deps.folder, 'cutlist', 'production'));
    await expect(save(ofTenant(acme), 'a key')).rejects.toMatchObject({ code: 'backup.refused' });
    await shop.sql('grant select on parts to cutlist_provisioner');
    expect(await readdir(join(deps.folder, 'cutlist', 'production'))).toEqual(before);
    expect(await world.audit('backup.failed')).not.toEqual([]);
    // Asked for again under the same key it is made, and a third time answered.
    const made = await save(ofTenant(acme), 'a key');
    expect(await save(ofTenant(acme), 'a key')).toEqual(made);
  });

  it('when the work is cut off while it is written, and no half file stays', async () => {
    const stopping = new AbortController();
    const before = await readdir(join(deps.folder, 'cutlist', 'production'));
    const saving = createBackup(
      deps,
      SYSTEM,
      { subject: ofSet, keepDays: 30 },
      { signal: stopping.signal, onProgress: ({ done }) => void (done === 3 && stopping.abort()) },
    );
    await expect(saving).rejects.toThrow();
    expect(await readdir(join(deps.folder, 'cutlist', 'production'))).toEqual(before);
  });
});

describe('who may', () => {
  const limited = (over: Partial<PersonActor>): PersonActor => ({ ...operator, ...over });

  it('is asked first: without the scope nothing is read, saved or brought back', async () => {
    const reader = limited({ scopes: ['backups:read'] });
    const before = await shop.all();
    await expect(createBackup(deps, reader, { subject: ofTenant(acme), keepDays: 30 })).rejects.toMatchObject({
      code: 'access.forbidden',
    });
    await expect(restoreBackup(deps, reader, { backupId: good.id })).rejects.toMatchObject({
      code: 'access.forbidden',
    });
    await expect(verifyBackup(deps, reader, { backupId: good.id, depth: 'files' })).rejects.toMatchObject({
      code: 'access.forbidden',
    });
    expect(await shop.all()).toEqual(before);
  });

  it('is limited to a client reaches no set, and no tenant of another client', async () => {
    const clientId = '7d9f3b52-0c35-4c43-a1c0-b5d1c1a0e7f1';
    const grants = [{ role: 'engineer', productId: 'cutlist', clientId }] as const;
    const other = limited({ grants });
    await expect(createBackup(deps, other, { subject: ofSet, keepDays: 30 })).rejects.toMatchObject({
      code: 'access.forbidden',
    });
    await expect(restoreBackup(deps, other, { backupId: good.id })).rejects.toMatchObject({ code: 'tenant.not_found' });
  });

  it('RBK-20: an unknown timestamp is an error, and so is a text that is none', async () => {
    const find = (which: string) => world.as(({ tx }) => findBackup(tx, ofTenant(acme), which));
    expect(await find('latest')).toMatchObject({ tenantId: acme });
    expect(await find(good.stamp)).toMatchObject({ id: good.id });
    await expect(find('20250123_140530')).rejects.toMatchObject({ code: 'backup.not_found' });
    await expect(find('yesterday')).rejects.toMatchObject({ code: 'backup.not_found' });
  });
});
