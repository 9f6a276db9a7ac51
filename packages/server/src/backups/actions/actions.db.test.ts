import { describe, expect, it } from 'vitest';
import { Secret } from '../../connectors/kit/index.ts';
import { type TestContext, testContext } from '../../connectors/kit/testing/context.ts';
import { describeAction, describeCheck } from '../../connectors/kit/testing/contract-suite.ts';
import type { BackupDeps } from '../deps.ts';
import { createBackup, setSchedule } from '../index.ts';
import type { SourceDatabase } from '../sources.ts';
import { faultyTarget } from '../testing/faulty-target.ts';
import { backupWorld, fillTenant, SYSTEM } from '../testing/world.ts';
import { coverageCheck, freshCheck, listCheck, scheduleCheck } from './checks.ts';
import { createAction, createTenantAction } from './create.ts';
import { backupActions } from './index.ts';
import { restoreAction, restoreTenantAction } from './restore.ts';

const world = await backupWorld();
const { shop, acme, plane } = world;
const canary = new Secret('canary-of-the-connection');
const faulty = faultyTarget();

/** The world's sources, until a fault is asked for: then every connection leads to a server that fails. */
const deps: BackupDeps = {
  ...world.deps,
  sources: {
    ...world.deps.sources,
    open: async (ctx, request, names) => {
      const source = await world.deps.sources.open(ctx, request, names);
      const databases = source.databases.map((database): SourceDatabase => faulty.through(database, canary));
      return { ...source, databases };
    },
  },
};

const tenant = async () => {
  const [row] = await plane.asSuperuser<{ id: string; slug: string }>(
    'select id, slug from tenantry.tenants where id = $1',
    [acme],
  );
  return row ?? expect.fail('no tenant');
};
const own = await tenant();
const contextOf = (key = 'run/step/1', signal?: AbortSignal): TestContext =>
  testContext({ key, tenant: own, ...(signal && { signal }) });
const rows = async () => ({
  shop: await shop.all(),
  backups: await plane.asSuperuser(
    'select id, status, files, verified_at is not null as proven from tenantry.backups order by id',
  ),
});

const base = () => ({
  canary,
  context: contextOf,
  snapshot: async () => (await rows()) as unknown,
  fault: async (name: Parameters<typeof faulty.fail>[0]) =>
    contextOf(`${name} ${Math.random()}`, await faulty.fail(name)),
  [Symbol.asyncDispose]: async () => {
    await faulty.mend();
    await plane.asSuperuser('delete from tenantry.backups');
  },
});

const place = { product: 'cutlist', environment: 'production' } as const;
const badInputs = { 'a short keep': { ...place, keep: '7d' }, 'an unknown member': { ...place, colour: 1 } };

const tamperWithFile = async ({ output }: { output: { folder: string; files: string[] } }) => {
  const { readFile, writeFile } = await import('node:fs/promises');
  const path = `${output.folder}/${output.files[0]}`;
  const bytes = await readFile(path);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  await writeFile(path, bytes);
};

describeAction(createAction(deps), {
  delivery: 'idempotent',
  adopts: false,
  badInputs,
  open: async () => ({
    ...base(),
    input: { ...place, keep: '30d', prove: 'restore' as const },
    tamper: tamperWithFile,
  }),
});

describeAction(createTenantAction(deps), {
  delivery: 'idempotent',
  adopts: false,
  badInputs: { 'no environment': { environment: '' } },
  open: async () => ({
    ...base(),
    input: { environment: 'production', keep: '30d', prove: 'files' as const },
    tamper: tamperWithFile,
  }),
});

const save = (subject: Parameters<typeof createBackup>[2]['subject']) =>
  createBackup(deps, SYSTEM, { subject, keepDays: 30 });

describeAction(restoreAction(deps), {
  delivery: 'unknown',
  adopts: false,
  badInputs: { 'a stamp that is none': { ...place, stamp: 'yesterday' } },
  open: async () => {
    const { stamp } = await save({ kind: 'set', ...place });
    await shop.sql(`update projects set name = 'since'`);
    return {
      ...base(),
      input: { ...place, stamp },
      tamper: async () => void (await shop.sql(`update projects set name = 'tampered'`)),
    };
  },
});

describeAction(restoreTenantAction(deps), {
  delivery: 'unknown',
  adopts: false,
  badInputs: { 'a stamp that is none': { environment: 'production', stamp: 'yesterday' } },
  open: async () => {
    const { stamp } = await save({ kind: 'tenant', tenantId: acme, environment: 'production' });
    await shop.sql(`update projects set name = 'since' where tenant_id = $1`, [acme]);
    return {
      ...base(),
      input: { environment: 'production', stamp },
      tamper: async () => void (await shop.sql('delete from parts where tenant_id = $1', [acme])),
    };
  },
});

const NO_SERVER = 'it asks the control plane alone';
const cannotOccur = {
  timeout: NO_SERVER,
  throttled: NO_SERVER,
  server_error: NO_SERVER,
  malformed: NO_SERVER,
  unreachable: NO_SERVER,
};
const of = { ...place, of: 'set' as const };
for (const check of [listCheck(deps), scheduleCheck(deps)]) {
  describeCheck(check as ReturnType<typeof listCheck>, {
    badInputs: { nobody: { of: 'nobody' } },
    cannotOccur,
    open: async () => ({ ...base(), input: of }),
  });
}
describeCheck(freshCheck(deps), {
  badInputs: { 'no time': { hours: 0 } },
  cannotOccur,
  open: async () => ({ ...base(), input: { ...of, hours: 24 } }),
});
describeCheck(coverageCheck(deps), {
  badInputs: { 'a set of numbers': { set: [1] } },
  cannotOccur,
  open: async () => ({ ...base(), input: place }),
});

describe('backups as gates', () => {
  it('RBK-16: no fresh backup until one was taken and proven, and none once it is old', async () => {
    await plane.asSuperuser('delete from tenantry.backups');
    const fresh = freshCheck(deps);
    const input = { ...of, hours: 24 };
    expect(await fresh.run(contextOf(), input)).toMatchObject({ fresh: false, stamp: null });
    const ctx = contextOf('one');
    const action = createAction(deps);
    const wanted = { ...place, keep: '30d', prove: 'restore' as const };
    const applied = await action.apply(ctx, wanted);
    expect(await fresh.run(ctx, input)).toMatchObject({ fresh: false, verified: false, stamp: applied.output.stamp });
    await action.verify(ctx, wanted, applied);
    expect(await fresh.run(ctx, input)).toMatchObject({ fresh: true, verified_by_restore: true });
    const later = { ...ctx, now: new Date(ctx.now.getTime() + 25 * 3_600_000) };
    expect(await fresh.run(later, input)).toMatchObject({ fresh: false, verified: true });
    expect(await listCheck(deps).run(ctx, of)).toMatchObject({
      backups: [{ stamp: applied.output.stamp, verified: true }],
    });
  });

  it('RBK-25: a rollback restores exactly the backup whose timestamp the run noted, not the latest', async () => {
    const tenantBackup = { kind: 'tenant', tenantId: acme, environment: 'production' } as const;
    const noted = await save(tenantBackup);
    const then = await shop.all(acme);
    await shop.sql(`update projects set name = 'between' where tenant_id = $1`, [acme]);
    await save(tenantBackup);
    const { output } = await restoreTenantAction(deps).apply(contextOf(), {
      environment: 'production',
      stamp: noted.stamp,
    });
    expect(output.stamp).toBe(noted.stamp);
    expect(await shop.all(acme)).toEqual(then);
  });

  it('every database the environment leads to is in the set, and one that is not is named', async () => {
    const check = coverageCheck(deps);
    expect(await check.run(contextOf(), place)).toEqual({ covered: true, databases: ['cutlist'], missing: [] });
    await plane.asSuperuser(
      `update tenantry.environments set connections = jsonb_set(connections, '{postgres,idp}', (connections #> '{postgres,owner}') || '{"database": "authentik"}')`,
    );
    expect(await check.run(contextOf(), place)).toMatchObject({ covered: false, missing: ['idp'] });
    await plane.asSuperuser(`update tenantry.environments set connections = connections #- '{postgres,idp}'`);
  });

  it('RBK-26: how often the tenant is backed up can be confirmed', async () => {
    const check = scheduleCheck(deps);
    const ofTenant = { environment: 'production', of: 'tenant' as const };
    expect(await check.run(contextOf(), ofTenant)).toMatchObject({ every: 'never' });
    const subject = { kind: 'tenant', tenantId: acme, environment: 'production' } as const;
    await world.as((ctx) => setSchedule(ctx, deps, { subject, every: 'weekly', keepDays: 30 }));
    expect(await check.run(contextOf(), ofTenant)).toMatchObject({ every: 'weekly', failures: 0 });
  });

  it('a run about a tenant restores no other, and a run about none restores none', async () => {
    const { tenant: _none, ...rest } = contextOf();
    const input = { environment: 'production', stamp: 'latest' };
    await expect(restoreTenantAction(deps).apply({ ...rest, tenant: undefined }, input)).rejects.toMatchObject({
      code: 'runbook.invalid',
    });
    expect(backupActions(deps).actions.map(({ name }) => name)).toEqual([
      'backup.create',
      'backup.tenant',
      'backup.restore',
      'backup.restore_tenant',
    ]);
    await fillTenant(shop, '33333333-3333-4333-8333-333333333333', 'unregistered');
  });
});
