import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { fromBuffer } from 'yauzl';
import { backupWorld, operator, SHOP_TABLES } from './backups/testing/world.ts';
import { readConfig } from './config.ts';
import { exportPerson, exportTenant } from './export/index.ts';
import { exportDeps } from './export-sources.ts';

const world = await backupWorld();
const deps = exportDeps({ backups: world.deps, config: readConfig({ mode: 'test' }, {}) });

const CANARY = '$2b$12$canarycanarycanarycanarycanarycanarycanarycanarycana';
for (const tenant of [world.acme, world.beta]) {
  await world.plane.asSuperuser(
    `insert into tenantry.users (tenant_id, email, full_name, role, password_hash) values ($1, $2, $3, 'admin', $4)`,
    [tenant, `ann@${tenant}.example`, '=HYPERLINK("x")', CANARY],
  );
}

interface Manifest {
  readonly tables: readonly {
    readonly entry: string;
    readonly database: string;
    readonly table: string;
    readonly rows: number;
    readonly rows_sha256: string;
    readonly columns: readonly string[];
    readonly left_out_columns: readonly string[];
  }[];
  readonly left_out: readonly string[];
}

async function entriesOf(zip: Buffer): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  await new Promise<void>((resolve, reject) => {
    fromBuffer(zip, { lazyEntries: true }, (error, file) => {
      if (error !== null || file === undefined) return reject(error);
      file.on('entry', (entry) => {
        file.openReadStream(entry, (fault, stream) => {
          if (fault !== null || stream === undefined) return reject(fault);
          void buffer(stream).then((bytes) => {
            found.set(entry.fileName, bytes.toString());
            file.readEntry();
          }, reject);
        });
      });
      file.on('end', resolve);
      file.on('error', reject);
      file.readEntry();
    });
  });
  return found;
}

async function take(tenant: string, format: 'json' | 'csv' = 'json') {
  const { stream, fileName } = await exportTenant(deps, operator, { tenant, format });
  const zip = await buffer(stream);
  const entries = await entriesOf(zip);
  const rows = (name: string) => JSON.parse(entries.get(name) ?? 'null') as Record<string, unknown>[];
  return { fileName, entries, rows, zip, manifest: JSON.parse(entries.get('manifest.json') ?? '{}') as Manifest };
}

describe('an export', () => {
  it('OFF-21, OFF-22, OFF-23, OFF-28: has the four files of the seed, every other table, and counts that equal the database', async () => {
    const { entries, rows, manifest, fileName } = await take(world.acme);
    expect([...entries.keys()]).toEqual(
      expect.arrayContaining(['users.json', 'projects.json', 'audit_logs.json', 'settings.json', 'manifest.json']),
    );
    expect([...entries.keys()].at(-1)).toBe('manifest.json');
    expect(fileName).toMatch(/^acme-.*2026-11-20\.zip$/);
    expect(rows('users.json')).toMatchObject([{ full_name: '=HYPERLINK("x")', role: 'admin' }]);
    for (const table of SHOP_TABLES) {
      const column = table === 'tenants' ? 'id' : 'tenant_id';
      const [count] = await world.shop.sql<{ n: number }>(
        `select count(*)::int as n from ${table} where ${column} = $1`,
        [world.acme],
      );
      const listed = manifest.tables.find((each) => each.database === 'cutlist' && each.table === table);
      expect(listed?.rows, table).toBe(count?.n);
      expect(rows(listed?.entry ?? '')).toHaveLength(count?.n ?? -1);
    }
    const audit = await world.audit('tenant.exported');
    expect(audit).toHaveLength(1);
  });

  it('OFF-30: holds no secret, and no row of another tenant', async () => {
    const { entries, manifest } = await take(world.acme, 'csv');
    const text = [...entries.values()].join('\n');
    expect(text).not.toContain(CANARY);
    expect(text).not.toContain(world.beta);
    expect(text).toContain(world.acme);
    const users = manifest.tables.find(({ entry }) => entry === 'users.json');
    expect(users?.left_out_columns).toContain('password_hash');
    expect(manifest.left_out.join('\n')).toContain('vault_entries: sealed values');
  });

  it('OFF-25: as CSV has as many rows as JSON, and both parse', async () => {
    const { entries, manifest } = await take(world.acme, 'csv');
    for (const { entry, rows } of manifest.tables) {
      const csv = entries.get(entry.replace('.json', '.csv')) ?? '';
      expect(parseCsv(csv), entry).toHaveLength(rows + 1);
    }
    expect(entries.get('users.csv')).toContain(`"'=HYPERLINK(""x"")"`);
  });

  it('OFF-26: what is read back in gives equal hashes in every table of the product', async () => {
    const { manifest, rows } = await take(world.beta);
    const tables = manifest.tables.filter(({ database }) => database === 'cutlist');
    const { sql } = world.shop;
    const column = (table: string): string => (table === 'tenants' ? 'id' : 'tenant_id');
    for (const { table } of tables.toReversed()) {
      await sql(`delete from ${table} where ${column(table)} = $1`, [world.beta]);
    }
    for (const { entry, table, columns } of tables) {
      const list = columns.map((name) => `"${name}"`).join(', ');
      await sql(
        `insert into ${table} (${list}) overriding system value select ${list} from jsonb_populate_recordset(null::${table}, $1)`,
        [JSON.stringify(rows(entry))],
      );
    }
    const again = await take(world.beta);
    expect(again.manifest.tables.filter(({ database }) => database === 'cutlist')).toEqual(tables);
    expect(tables.map(({ rows }) => rows).every((count) => count > 0)).toBe(true);
  });

  it('fails when there is a table nobody has listed, and is then no archive', async () => {
    await world.plane.asSuperuser('create table tenantry.brand_new (tenant_id uuid)');
    const { stream } = await exportTenant(deps, operator, { tenant: world.acme, format: 'json' });
    await expect(buffer(stream)).rejects.toThrow('brand_new');
    await world.plane.asSuperuser('drop table tenantry.brand_new');
  });

  it('that nobody reads to its end leaves no connection behind', async () => {
    const { stream } = await exportTenant(deps, operator, { tenant: world.acme, format: 'json' });
    stream.destroy();
    const { manifest } = await take(world.acme);
    expect(manifest.tables.length).toBeGreaterThan(5);
  });

  it('is nobody else’s to take', async () => {
    const reader = { ...operator, scopes: ['tenants:read' as const] };
    await expect(exportTenant(deps, reader, { tenant: world.acme, format: 'json' })).rejects.toMatchObject({
      code: 'access.forbidden',
    });
    await expect(exportTenant(deps, operator, { tenant: 'nobody', format: 'json' })).rejects.toMatchObject({
      code: 'tenant.not_found',
    });
  });
});

describe('what is held about one person', () => {
  const userOf = async (tenant: string): Promise<string> =>
    (await world.plane.asSuperuser<{ id: string }>('select id from tenantry.users where tenant_id = $1', [tenant]))[0]
      ?.id ?? '';

  it('OFF-20, OFF-24, OFF-26: is every row that names them, here and in the product, and nobody else’s', async () => {
    const userId = await userOf(world.acme);
    const email = `ann@${world.acme}.example`;
    const [made] = await world.shop.sql<{ id: string }>(
      `insert into users (tenant_id, email, full_name) values ($1, $2, 'Ann') returning id`,
      [world.acme, email.toUpperCase()],
    );
    await world.shop.sql(`insert into audit_logs (tenant_id, actor, action, detail) values ($1, 'x', 'y', $2)`, [
      world.acme,
      JSON.stringify({ by: { user: made?.id } }),
    ]);
    const data = await exportPerson(deps, operator, { tenant: world.acme, userId });
    expect(data.person).toMatchObject({ id: userId, email });
    const of = (database: string, table: string) =>
      data.tables.find((each) => each.database === database && each.table === table)?.rows ?? [];
    expect(of('tenantry', 'users')).toMatchObject([{ id: userId, email }]);
    expect(of('cutlist', 'users')).toMatchObject([{ id: made?.id }]);
    expect(of('cutlist', 'audit_logs')).toMatchObject([{ detail: { by: { user: made?.id } } }]);
    const text = JSON.stringify(data);
    expect(text).not.toContain(CANARY);
    expect(text).not.toContain('bob@');
    expect(await world.audit('user.data_exported')).toHaveLength(1);
  });

  it('is found in the tenant of the person alone', async () => {
    const wish = { tenant: world.beta, userId: await userOf(world.acme) };
    await expect(exportPerson(deps, operator, wish)).rejects.toMatchObject({ code: 'user.not_found' });
    const reader = { ...operator, scopes: ['tenants:read' as const] };
    await expect(exportPerson(deps, reader, wish)).rejects.toMatchObject({ code: 'access.forbidden' });
  });
});

it('of a product whose database cannot be read, an export is refused before its first byte', async () => {
  await world.plane.asSuperuser(`update tenantry.environments set connections = '{}'`);
  await expect(exportTenant(deps, operator, { tenant: world.acme, format: 'json' })).rejects.toMatchObject({
    code: 'export.unavailable',
    status: 409,
  });
  await world.connect();
});

/** Rows of a CSV text, with fields over several lines. */
function parseCsv(text: string): readonly string[] {
  const rows: string[] = [];
  let [row, quoted] = ['', false];
  for (const char of text) {
    if (char === '"') quoted = !quoted;
    if (char === '\n' && !quoted) {
      rows.push(row);
      row = '';
    } else row += char;
  }
  return rows;
}
