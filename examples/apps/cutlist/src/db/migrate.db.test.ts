import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCutlist } from '../start.ts';
import { PASSWORD, startTestDatabase, type TestDatabase, withClient } from '../testing/cluster.ts';
import { migrateCutlist } from './migrate.ts';
import { allowLogin } from './roles.ts';

const TENANT_TABLES = ['audit_logs', 'boards', 'parts', 'projects', 'sessions', 'settings', 'users'];
const A = '11111111-1111-4111-8111-111111111111';
const B = '22222222-2222-4222-8222-222222222222';

let database: TestDatabase;
let applied: readonly string[];

beforeAll(async () => {
  database = await startTestDatabase();
  await withClient(database.ownerUrl, async (owner) => {
    applied = await migrateCutlist(owner);
    await allowLogin(owner, 'cutlist_app', PASSWORD);
    await allowLogin(owner, 'cutlist_provisioner', PASSWORD);
  });
  await withClient(database.provisionerUrl, async (provisioner) => {
    for (const [id, slug] of [
      [A, 'a'],
      [B, 'b'],
    ]) {
      await provisioner.query('insert into tenants (id, name, slug) values ($1, $2, $2)', [id, slug]);
      await provisioner.query("insert into users (tenant_id, email, full_name) values ($1, 'x@x', 'X')", [id]);
      await provisioner.query("insert into projects (tenant_id, name) values ($1, 'P')", [id]);
      await provisioner.query('insert into settings (tenant_id) values ($1)', [id]);
      await provisioner.query("insert into audit_logs (tenant_id, actor, action) values ($1, 'x', 'x')", [id]);
      for (const table of ['boards', 'parts']) {
        await provisioner.query(
          `insert into ${table} (tenant_id, project_id, position, label, length_mm, quantity)
           select tenant_id, id, 1, 'L', 1, 1 from projects where tenant_id = $1`,
          [id],
        );
      }
    }
  });
  await withClient(database.appUrl, (app) =>
    inContext(app, B, () =>
      app.query(
        `insert into sessions (token_hash, tenant_id, user_id, created_at, last_seen_at, expires_at)
         select 'b', tenant_id, id, now(), now(), now() from users`,
      ),
    ),
  );
});
afterAll(() => database.stop());

/** In a transaction whose context is one tenant. */
async function inContext<T>(client: pg.Client, tenantId: string, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  await client.query("select set_config('app.current_tenant_id', $1, true)", [tenantId]);
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

const countOf = async (client: pg.Client, table: string, where = 'true'): Promise<number> => {
  const { rows } = await client.query<{ n: number }>(`select count(*)::int as n from ${table} where ${where}`);
  return rows[0]?.n ?? -1;
};

describe('migrateCutlist', () => {
  it('REG-08: builds the schema from nothing once, and has nothing to do the second time', async () => {
    expect(applied).toEqual([
      '0001_create_tenants_and_users.sql',
      '0002_create_projects.sql',
      '0003_create_settings_and_audit_logs.sql',
      '0004_create_sessions.sql',
      '0005_create_tenantry_marks.sql',
      '0006_add_oidc_log_in.sql',
      '0007_let_backups_read_the_schema_version.sql',
      '0008_add_integrations.sql',
    ]);
    expect(await withClient(database.ownerUrl, migrateCutlist)).toEqual([]);
  });

  it('refuses to go on when a file that was applied has other content now', async () => {
    await withClient(database.ownerUrl, async (owner) => {
      await owner.query("update schema_migrations set checksum = checksum || '0' where name like '0003%'");
      await expect(migrateCutlist(owner)).rejects.toThrow('0003_create_settings_and_audit_logs.sql');
      await owner.query("update schema_migrations set checksum = left(checksum, -1) where name like '0003%'");
      expect(await migrateCutlist(owner)).toEqual([]);
    });
  });

  it('REG-01 to REG-07: tenants has the columns, types and defaults the control plane writes', async () => {
    const { rows } = await withClient(database.superuserUrl, (client) =>
      client.query(
        `select column_name || ' ' || data_type || coalesce('(' || character_maximum_length || ')', '') || ' ' ||
                is_nullable || ' ' || coalesce(column_default, '') as line
           from information_schema.columns where table_name = 'tenants' order by ordinal_position`,
      ),
    );
    expect(rows.map((row) => row.line)).toEqual([
      'id uuid NO gen_random_uuid()',
      'name character varying(255) NO ',
      'slug character varying(100) NO ',
      "plan character varying(50) NO 'free'::character varying",
      "status character varying(50) NO 'active'::character varying",
      "settings jsonb NO '{}'::jsonb",
      'created_at timestamp with time zone NO now()',
      'updated_at timestamp with time zone NO now()',
    ]);
  });

  it('REG-12, REG-13: refuses a plan or status nobody knows', async () => {
    await withClient(database.provisionerUrl, async (provisioner) => {
      for (const column of ['plan', 'status']) {
        await expect(provisioner.query(`update tenants set ${column} = 'gold'`)).rejects.toThrow(`tenants_${column}`);
      }
    });
  });

  it('REG-07: updated_at advances with every change of a tenant', async () => {
    await withClient(database.provisionerUrl, async (provisioner) => {
      const change = async (set: string): Promise<number> => {
        const { rows } = await provisioner.query<{ updated_at: Date }>(
          `update tenants set ${set}, updated_at = '2000-01-01' where id = $1 returning updated_at`,
          [A],
        );
        return rows[0]?.updated_at.getTime() ?? 0;
      };
      const before = await change("plan = 'starter'");
      expect(before).toBeGreaterThan(Date.parse('2026-01-01'));
      expect(await change("status = 'suspended'")).toBeGreaterThanOrEqual(before);
      await change("status = 'active'");
    });
  });
});

describe('row-level security', () => {
  it('PDB-03, PDB-04: is enabled, forced and keyed to the tenant on every table with tenant_id', async () => {
    const { rows } = await withClient(database.superuserUrl, (client) =>
      client.query(
        `select c.relname, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
                (select array_agg(policyname::text order by policyname) from pg_policies p
                  where p.tablename = c.relname) as policies,
                (select qual = with_check and qual like '%tenant_id = ( SELECT (NULLIF(current_setting%app.current_tenant_id%'
                   from pg_policies p where p.tablename = c.relname and policyname = 'tenant_isolation') as keyed,
                exists (select from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
                         where i.indrelid = c.oid and a.attname = 'tenant_id') as indexed
           from pg_class c join pg_attribute t on t.attrelid = c.oid and t.attname = 'tenant_id'
          where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace order by 1`,
      ),
    );
    const policies = ['provisioning', 'tenant_isolation'];
    expect(rows).toEqual(
      TENANT_TABLES.map((relname) => ({ relname, enabled: true, forced: true, policies, keyed: true, indexed: true })),
    );
  });

  it('PDB-07: neither role is superuser, bypasses row-level security or owns a table', async () => {
    const { rows } = await withClient(database.superuserUrl, (client) =>
      client.query(
        `select rolname, rolsuper, rolbypassrls,
                exists (select from pg_class where relowner = pg_roles.oid) as owns
           from pg_roles where rolname in ('cutlist_app', 'cutlist_provisioner') order by 1`,
      ),
    );
    const bound = { rolsuper: false, rolbypassrls: false, owns: false };
    expect(rows).toEqual([
      { rolname: 'cutlist_app', ...bound },
      { rolname: 'cutlist_provisioner', ...bound },
    ]);
  });

  it('PDB-05: without a context the application sees and writes nothing', async () => {
    await withClient(database.appUrl, async (app) => {
      for (const table of ['tenants', ...TENANT_TABLES]) expect(await countOf(app, table), table).toBe(0);
      const insert = app.query("insert into projects (tenant_id, name) values ($1, 'stray')", [A]);
      await expect(insert).rejects.toThrow('row-level security');
    });
  });

  it('PDB-05: an ended context leaves nothing behind on the connection', async () => {
    await withClient(database.appUrl, async (app) => {
      expect(await inContext(app, A, () => countOf(app, 'projects'))).toBe(1);
      expect(await countOf(app, 'projects')).toBe(0);
    });
  });

  it('PDB-06, PDB-08: in A’s context B’s rows are not there, to read or to change', async () => {
    await withClient(database.appUrl, async (app) => {
      for (const table of TENANT_TABLES) {
        expect(await inContext(app, B, () => countOf(app, table)), `${table}: the rows exist`).toBeGreaterThan(0);
        expect(await inContext(app, A, () => countOf(app, table, `tenant_id = '${B}'`)), table).toBe(0);
      }
      const changed = await inContext(app, A, () => app.query("update projects set name = 'taken' where true"));
      expect(changed.rowCount).toBe(1);
      const deleted = await inContext(app, A, () => app.query('delete from users where tenant_id = $1', [B]));
      expect(deleted.rowCount).toBe(0);
    });
  });

  it('PDB-08: no row can be written into another tenant, nor moved there', async () => {
    await withClient(database.appUrl, async (app) => {
      const insert = inContext(app, A, () =>
        app.query("insert into projects (tenant_id, name) values ($1, 'theirs')", [B]),
      );
      await expect(insert).rejects.toThrow('row-level security');
      const move = inContext(app, A, () => app.query('update settings set tenant_id = $1', [B]));
      await expect(move).rejects.toThrow('row-level security');
    });
  });

  it('binds the owner of the tables too', async () => {
    await withClient(database.ownerUrl, async (owner) => {
      for (const table of ['tenants', ...TENANT_TABLES]) expect(await countOf(owner, table), table).toBe(0);
    });
  });

  it('at log-in shows the one tenant that was named, and none of its data', async () => {
    await withClient(database.appUrl, async (app) => {
      await app.query('begin');
      await app.query("select set_config('app.login_slug', 'b', true)");
      const { rows } = await app.query('select slug from tenants');
      expect(rows).toEqual([{ slug: 'b' }]);
      expect(await countOf(app, 'users')).toBe(0);
      await app.query('rollback');
    });
  });

  it('lets neither role rewrite the audit log', async () => {
    for (const url of [database.appUrl, database.provisionerUrl]) {
      await withClient(url, async (client) => {
        await expect(client.query("update audit_logs set actor = 'nobody'")).rejects.toThrow('permission denied');
        await expect(client.query('delete from audit_logs')).rejects.toThrow('permission denied');
      });
    }
  });

  it('PDB-17, REG-15: the provisioner deletes a tenant whole, and sees that it is gone', async () => {
    await withClient(database.provisionerUrl, async (provisioner) => {
      const countAll = async (): Promise<number[]> => {
        const counts: number[] = [];
        for (const table of TENANT_TABLES) counts.push(await countOf(provisioner, table, `tenant_id = '${B}'`));
        return counts;
      };
      expect(await countAll()).toEqual(TENANT_TABLES.map(() => 1));
      await provisioner.query('delete from tenants where id = $1', [B]);
      expect(await countAll()).toEqual(TENANT_TABLES.map(() => 0));
      expect(await countOf(provisioner, 'projects', `tenant_id = '${A}'`)).toBe(1);
    });
  });
});

describe('startCutlist', () => {
  it('PDB-07: refuses to serve as the owner or as a superuser', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'cutlist-data-'));
    try {
      for (const appUrl of [database.ownerUrl, database.superuserUrl]) {
        const starting = startCutlist({ appUrl, dataDir, httpsPort: 0, httpPort: 0 });
        await expect(starting).rejects.toThrow('Connect the application as cutlist_app');
      }
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
