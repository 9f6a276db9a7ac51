import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { migrate } from './migrate.ts';
import { type Migration, readMigrations } from './migrations.ts';
import { cloneDatabase } from './testing/index.ts';

const test = await cloneDatabase();
const shipped = await readMigrations();

const migration = (name: string, sql: string, more: Partial<Migration> = {}): Migration => ({
  name,
  sql,
  sha256: `sha of ${sql}`,
  breaking: false,
  asLogin: false,
  ...more,
});

const withEmptyDatabase = async (
  work: (target: { connection: typeof test.connection }) => Promise<void>,
  owner = 'tenantry',
): Promise<void> => {
  const database = `empty_${randomUUID().slice(0, 8)}`;
  await test.asSuperuser(`create database ${database} owner ${owner}`);
  try {
    await work({ connection: { ...test.connection, user: owner, database } });
  } finally {
    await test.asSuperuser(`drop database ${database} with (force)`);
  }
};

const first = shipped.slice(0, 1);

describe('migrate', () => {
  it('REG-08: takes an empty database to the release under a login that is no superuser, and then has nothing to do', () =>
    withEmptyDatabase(async (target) => {
      expect((await migrate(target)).applied).toEqual(shipped.map(({ name }) => name));
      expect(await migrate(target)).toEqual({ applied: [], ahead: [] });
    }));

  it('lets eight processes start at once on an empty database: each migration runs once', () =>
    withEmptyDatabase(async (target) => {
      const reports = await Promise.all(Array.from({ length: 8 }, () => migrate(target)));
      expect(reports.flatMap((report) => report.applied).sort()).toEqual(shipped.map(({ name }) => name));
    }));

  it('runs as the owner, so that what it makes belongs to nobody who serves requests', () =>
    withEmptyDatabase(async (target) => {
      const make = migration('9001_probe', 'create table probe as select current_user::text as who');
      await migrate(target, [...first, make]);
      const seen = migration('9002_seen', "select 1 / (select count(*) from probe where who = 'tenantry_owner')");
      expect((await migrate(target, [...first, make, seen])).applied).toEqual(['9002_seen']);
    }));

  it('keeps nothing of a migration that fails, keeps those before it, and names file and line', () =>
    withEmptyDatabase(async (target) => {
      const bad = migration('9001_bad', 'create table half ();\n\nselect nonsense;');
      await expect(migrate(target, [...first, bad])).rejects.toMatchObject({
        code: 'database.migration_failed',
        message: 'Migration 9001_bad, line 3 failed: column "nonsense" does not exist.',
      });
      const good = migration('9001_bad', 'create table half ();');
      expect((await migrate(target, [...first, good])).applied).toEqual(['9001_bad']);
    }));

  it('refuses a database whose applied migration was edited since', () =>
    withEmptyDatabase(async (target) => {
      await migrate(target, [...first, migration('9001_a', 'select 1')]);
      await expect(migrate(target, [...first, migration('9001_a', 'select 2')])).rejects.toMatchObject({
        code: 'database.migration_edited',
        facts: { migration: '9001_a' },
      });
    }));

  it('refuses a database that a newer release changed in a breaking way', () =>
    withEmptyDatabase(async (target) => {
      await migrate(target, [...first, migration('9001_a', 'select 1', { breaking: true })]);
      await expect(migrate(target, first)).rejects.toMatchObject({
        code: 'database.too_new',
        facts: { migration: '9001_a' },
      });
    }));

  it('runs on a database that a newer release only added to, and says so', () =>
    withEmptyDatabase(async (target) => {
      await migrate(target, [...first, migration('9001_a', 'select 1')]);
      expect(await migrate(target, first)).toEqual({ applied: [], ahead: ['9001_a'] });
    }));

  it('tells a login without the rights what an administrator has to run', async () => {
    await test.asSuperuser('create role powerless login');
    await withEmptyDatabase(async (target) => {
      await expect(migrate(target, first)).rejects.toMatchObject({
        code: 'database.migration_failed',
        next: expect.stringContaining('GRANT tenantry_owner, tenantry_app, tenantry_operator, tenantry_worker TO'),
      });
    }, 'powerless');
    await test.asSuperuser('drop role powerless');
  });

  it('works for a login without CREATEROLE once an administrator has granted it the roles', async () => {
    await test.asSuperuser(
      'create role prepared login in role tenantry_owner, tenantry_app, tenantry_operator, tenantry_worker',
    );
    await withEmptyDatabase(async (target) => {
      expect((await migrate(target)).applied).toEqual(shipped.map(({ name }) => name));
    }, 'prepared');
    await test.asSuperuser('drop role prepared');
  });

  it('refuses a cluster whose application role bypasses row-level security', async () => {
    await test.asSuperuser('create role tenantry_probe bypassrls');
    await withEmptyDatabase(async (target) => {
      const [roles] = first;
      if (roles === undefined) throw new Error('There is no first migration.');
      const probing = { ...roles, sql: roles.sql.replaceAll('tenantry_app', 'tenantry_probe') };
      await expect(migrate(target, [probing])).rejects.toThrow('bypasses row-level security');
    });
    await test.asSuperuser('drop role tenantry_probe');
  });

  it('says that the database cannot be reached', async () => {
    const nowhere = { connection: { ...test.connection, host: '/nonexistent' } };
    await expect(migrate(nowhere)).rejects.toMatchObject({ code: 'database.unavailable' });
  });
});
