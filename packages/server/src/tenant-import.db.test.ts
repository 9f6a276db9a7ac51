import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { fromBuffer } from 'yauzl';
import { ZipFile } from 'yazl';
import { backupWorld, operator } from './backups/testing/world.ts';
import { readConfig } from './config.ts';
import { PLANE_TABLES } from './export/core/plane-tables.ts';
import { exportTenant, importArchive } from './export/index.ts';
import { exportRoutes } from './export/routes.ts';
import { exportDeps } from './export-sources.ts';
import { testServer } from './http/testing/test-server.ts';
import { tenantPolicy } from './identity/index.ts';
import { makeTenant } from './tenants/testing/registry.ts';

const world = await backupWorld();
const { plane, shop, acme } = world;
const deps = exportDeps({ loginPolicy: tenantPolicy, backups: world.deps, config: readConfig({ mode: 'test' }, {}) });

interface Manifest {
  readonly schema: string;
  readonly tables: readonly {
    readonly entry: string;
    readonly database: string;
    readonly table: string;
    readonly rows: number;
    readonly rows_sha256: string;
  }[];
}

async function entriesOf(zip: Buffer): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  await new Promise<void>((resolve, reject) => {
    fromBuffer(zip, { lazyEntries: true }, (error, file) => {
      if (error !== null || file === undefined) return reject(error);
      file.on('entry', (entry) =>
        file.openReadStream(entry, (fault, stream) => {
          if (fault !== null || stream === undefined) return reject(fault);
          void buffer(stream).then((bytes) => {
            found.set(entry.fileName, bytes);
            file.readEntry();
          }, reject);
        }),
      );
      file.on('end', resolve);
      file.readEntry();
    });
  });
  return found;
}

const take = async (tenant: string): Promise<Buffer> =>
  buffer((await exportTenant(deps, operator, { tenant, format: 'json' })).stream);
const manifestOf = async (zip: Buffer): Promise<Manifest> =>
  JSON.parse((await entriesOf(zip)).get('manifest.json')?.toString() ?? '{}') as Manifest;

let files = 0;
async function bring(tenant: string, zip: Buffer) {
  files += 1;
  const path = join(world.folder, `archive-${files}.zip`);
  await writeFile(path, zip);
  return importArchive(deps, operator, { tenant, path });
}

/** The archive with some entries changed, packed anew: no damage a checksum of ZIP would notice. */
async function changed(zip: Buffer, change: (entries: Map<string, Buffer>) => void): Promise<Buffer> {
  const entries = await entriesOf(zip);
  change(entries);
  const packed = new ZipFile();
  for (const [name, bytes] of entries) packed.addBuffer(bytes, name);
  packed.end();
  return buffer(packed.outputStream as unknown as NodeJS.ReadableStream);
}

const everything = async (): Promise<string> =>
  JSON.stringify([
    await shop.all(),
    await plane.asSuperuser('select * from tenantry.users order by id'),
    await plane.asSuperuser('select * from tenantry.tenant_contacts order by id'),
  ]);

const refused = (code: string, text: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(text) });

await plane.asSuperuser(
  `insert into tenantry.users (tenant_id, email, full_name, role, password_hash) values ($1, 'ann@acme.example', E'A\\u2028n', 'admin', 'secret')`,
  [acme],
);
await plane.asSuperuser(
  `insert into tenantry.tenant_contacts (tenant_id, party, role, name, email) values ($1, 'client', 'it_admin', 'Ann', 'ann@acme.example')`,
  [acme],
);
const ZIP = await take(acme);

it('what is no whole archive of this schema, for a tenant that has no rows, is refused and nothing is written', async () => {
  const { tenant: fresh } = await makeTenant(world.database);
  const before = await everything();
  const refuse = async (
    zip: Buffer | Promise<Buffer>,
    code: string,
    text: string,
    tenant = fresh.id,
  ): Promise<void> => {
    await expect(bring(tenant, await zip)).rejects.toEqual(refused(code, text));
    expect(await everything(), text).toBe(before);
  };
  const manifest = (edit: (text: string) => string) =>
    changed(ZIP, (entries) =>
      entries.set('manifest.json', Buffer.from(edit(entries.get('manifest.json')?.toString() ?? ''))),
    );
  await refuse(Buffer.from('not a zip'), 'export.archive_refused', 'no whole ZIP archive');
  await refuse(ZIP.subarray(0, ZIP.length / 2), 'export.archive_refused', 'no whole ZIP archive');
  await refuse(
    changed(ZIP, (entries) => entries.delete('manifest.json')),
    'export.archive_refused',
    'no manifest',
  );
  await refuse(
    manifest((text) => text.replace('export/1', 'export/2')),
    'export.archive_refused',
    'A newer release',
  );
  await refuse(
    manifest((text) => text.replace('"rows"', '"lines"')),
    'export.archive_refused',
    'not one of this release',
  );
  await refuse(
    manifest((text) => text.replace('"product": "cutlist"', '"product": "other"')),
    'export.archive_refused',
    'a tenant of other',
  );
  const parts = 'data/cutlist/parts.json';
  const edit = (from: string, to: string) => (entries: Map<string, Buffer>) =>
    entries.set(parts, Buffer.from(entries.get(parts)?.toString().replace(from, to) ?? ''));
  await refuse(changed(ZIP, edit('part 1', 'part 9')), 'export.archive_refused', 'holds other rows');
  await refuse(
    changed(ZIP, (entries) => entries.delete(parts)),
    'export.archive_refused',
    `has no ${parts}`,
  );
  await refuse(
    manifest((text) => text.replaceAll('"label"', '"labels"')),
    'export.archive_refused',
    'another schema',
  );
  // Its rows are still there.
  await refuse(ZIP, 'export.archive_refused', 'same ids');
  await refuse(ZIP, 'tenant.not_empty', 'has rows in', acme);
});

it('OFF-26: an archive brought into a fresh tenant gives, exported again, the same rows in every table but for the id of the tenant', async () => {
  const rows = await shop.all(acme);
  const one = await manifestOf(ZIP);
  const sizes = one.tables.filter(({ database }) => database === 'cutlist').map(({ rows: count }) => count);
  expect(sizes.length).toBeGreaterThan(5);
  expect(sizes.every((count) => count > 0)).toBe(true);
  // As in another installation: the tenant of the archive is not there.
  await shop.sql('delete from tenants where id = $1', [acme]);
  await plane.asSuperuser('delete from tenantry.tenants where id = $1', [acme]);
  const { tenant: fresh } = await makeTenant(world.database);
  const report = await bring(fresh.id, ZIP);
  expect(report.from.id).toBe(acme);
  expect(report.history).toEqual(expect.arrayContaining(['audit_log', 'tenant_history']));
  const again = await take(fresh.id);
  const two = await manifestOf(again);
  for (const { database, table, sha256, rows: count } of report.tables) {
    const now = two.tables.find((each) => each.database === database && each.table === table);
    expect([now?.rows, now?.rows_sha256], table).toEqual([count, sha256]);
    const then = one.tables.find((each) => each.database === database && each.table === table);
    const [was, is] = await Promise.all(
      [ZIP, again].map(async (zip) => (await entriesOf(zip)).get(then?.entry ?? '')?.toString()),
    );
    expect(is, table).toBe(was?.replaceAll(`"${acme}"`, `"${fresh.id}"`));
  }
  expect(report.tables.map(({ table }) => table)).toEqual(
    expect.arrayContaining(['users', 'tenant_contacts', 'projects', 'audit_logs']),
  );
  const there = await shop.all(fresh.id);
  expect(JSON.stringify(there).replaceAll(fresh.id, acme)).toBe(JSON.stringify(rows));
  const [account] = await plane.asSuperuser<{ password_hash: string | null }>(
    'select password_hash from tenantry.users where tenant_id = $1',
    [fresh.id],
  );
  expect(account?.password_hash).toBeNull();
  // Numbers go on behind those that came.
  await shop.sql(`insert into audit_logs (tenant_id, actor, action, detail) values ($1, 'x', 'y', '{}')`, [fresh.id]);
  expect(await world.audit('tenant.imported')).toHaveLength(1);
});

it('over the API the body is the file, and nothing but an archive', async () => {
  const keys = { tnt_w: operator, tnt_r: { ...operator, scopes: ['tenants:read' as const] } };
  const { server } = await testServer({ database: world.database, now: () => world.clock, keys });
  exportRoutes(server, deps);
  const { tenant: fresh } = await makeTenant(world.database);
  const post = (payload: Buffer | object, key = 'tnt_w', type = 'application/zip') =>
    server.inject({
      method: 'POST',
      url: `/api/v1/tenants/${fresh.id}/import`,
      headers: { authorization: `Bearer ${key}`, 'content-type': type },
      payload,
    });
  expect((await post(ZIP, 'tnt_r')).statusCode).toBe(403);
  expect((await post({}, 'tnt_w', 'application/json')).statusCode).toBe(400);
  expect((await post(Buffer.from('no'))).json()).toMatchObject({ code: 'export.archive_refused' });
  // Those of the test before have come under another tenant.
  await shop.sql('truncate tenants cascade');
  await plane.asSuperuser(`delete from tenantry.users where email = 'ann@acme.example'`);
  await plane.asSuperuser(`delete from tenantry.tenant_contacts where email = 'ann@acme.example'`);
  const done = await post(ZIP);
  expect([done.statusCode, done.json()]).toEqual([200, expect.objectContaining({ tenant_id: fresh.id })]);
});

it('every table that is brought back says so in the guide', () => {
  const guide = readFileSync(new URL('../../../docs/guide/lifecycle.md', import.meta.url), 'utf8');
  const imported = Object.entries(PLANE_TABLES).flatMap(([name, listed]) => ('imported' in listed ? [name] : []));
  expect(imported).toHaveLength(5);
  for (const table of imported) expect(guide).toContain(`\`${table}\``);
});
