import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordTombstone } from '../tenants/index.ts';
import { makeTenant } from '../tenants/testing/registry.ts';
import { createBackup, restoreBackup, verifyBackup } from './index.ts';
import { backupWorld, fillTenant, SHOP_TABLES, SYSTEM } from './testing/world.ts';

const world = await backupWorld();
const { shop, acme, beta } = world;
const folder = mkdtempSync(join(tmpdir(), 'tenantry-pg-tools-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Stand-ins that speak as the real programs do: what they are asked and how they end is what is tested here. */
function program(name: string, body: string): void {
  const pg = pathToFileURL(new URL('../../../../node_modules/pg/lib/index.js', import.meta.url).pathname).href;
  const text = `#!${process.execPath}
const fs = require('node:fs');
if (process.argv.includes('--version')) { console.log('${name} (PostgreSQL) ' + fs.readFileSync(__dirname + '/version', 'utf8')); process.exit(0); }
(async () => { const { default: pg } = await import('${pg}'); ${body} })().catch((error) => { console.error(error.message); process.exit(1); });
`;
  writeFileSync(join(folder, name), text);
  chmodSync(join(folder, name), 0o755);
}

const version = (text: string) => writeFile(join(folder, 'version'), text);
const deps = { ...world.deps, toolsFolder: folder };
const ofSet = { kind: 'set', product: 'cutlist', environment: 'production' } as const;
const save = () => createBackup(deps, SYSTEM, { subject: ofSet, keepDays: 30 });

beforeAll(async () => {
  const client = `const client = new pg.Client({ host: process.env.PGHOST, port: Number(process.env.PGPORT), user: process.env.PGUSER, database: process.env.PGDATABASE }); await client.connect();`;
  // The content as SQL, read in the snapshot that is handed over, as pg_dump reads it.
  program(
    'pg_dump',
    `${client}
    if (!process.argv.includes('--exclude-table-data="public"."sessions"')) throw new Error('sessions are not worth keeping');
    const snapshot = process.argv.find((each) => each.startsWith('--snapshot='))?.slice(11);
    await client.query('begin isolation level repeatable read read only');
    await client.query("set transaction snapshot '" + snapshot + "'");
    const tables = ${JSON.stringify(SHOP_TABLES)};
    process.stdout.write('truncate ' + tables.map((each) => 'public.' + each).join(', ') + ' cascade;\\n');
    for (const table of tables) {
      const { rows } = await client.query('select coalesce(json_agg(t), \\'[]\\')::text as all from public.' + table + ' t');
      process.stdout.write('insert into public.' + table + ' overriding system value select * from json_populate_recordset(null::public.' + table + ', $json$' + rows[0].all + '$json$);\\n');
    }
    await client.end();`,
  );
  program(
    'pg_restore',
    `const into = process.argv.includes('--file=-') ? process.stdout : fs.createWriteStream('/dev/null');
    let first = true;
    for await (const chunk of process.stdin) { if (first && !String(chunk).startsWith('truncate')) throw new Error('not an archive'); first = false; into.write(chunk); }`,
  );
  program(
    'psql',
    `if (!process.argv.includes('--single-transaction') || !process.argv.includes('--set=ON_ERROR_STOP=1')) throw new Error('not safe');
    ${client} let sql = ''; for await (const chunk of process.stdin) sql += chunk;
    await client.query('begin'); await client.query(sql); await client.query('commit'); await client.end();`,
  );
});

describe('with programs of PostgreSQL configured', () => {
  it('older than the server, both versions are named and nothing is written', async () => {
    await version('9.6.24 (Debian 9.6.24-1)\n');
    await expect(save()).rejects.toMatchObject({
      code: 'backup.tools_too_old',
      message: expect.stringMatching(/version 9\.6\.24 and the server of version \d+\.\d+/),
    });
    await version('not a version');
    await expect(save()).rejects.toMatchObject({ code: 'backup.tools_too_old' });
    await expect(
      save().catch(() => createBackup({ ...deps, toolsFolder: '/nowhere' }, SYSTEM, { subject: ofSet, keepDays: 30 })),
    ).rejects.toMatchObject({ code: 'backup.tools_too_old' });
  });

  it('a set is saved by them, sealed, read again, and brought back in one transaction', async () => {
    await version('99.1\n');
    const backup = await save();
    expect(backup.files[0]).toMatchObject({ payload: 'pgdump', file: expect.stringMatching(/\.pgdump\.enc$/) });
    expect(await readFile(join(deps.folder, backup.files[0]?.file ?? ''), 'latin1')).not.toContain('Project');
    // pg_restore reads it; it was loaded nowhere, and the report does not say so.
    expect(await verifyBackup(deps, SYSTEM, { backupId: backup.id, depth: 'restore' })).toMatchObject({
      ok: true,
      depth: 'files',
    });
    const then = await shop.all();
    await shop.sql(`update projects set name = 'since'`);
    const report = await restoreBackup(deps, SYSTEM, { backupId: backup.id });
    expect(await shop.all()).toEqual(then);
    expect(report.tables).toContainEqual(expect.objectContaining({ table: 'public.parts', after: 24 }));
    await expect(restoreBackup(world.deps, SYSTEM, { backupId: backup.id })).rejects.toMatchObject({
      code: 'backup.refused',
    });
  });

  it('an erased tenant is gone before anybody could see it, and a fault undoes all of it', async () => {
    const { tenant } = await makeTenant(world.database);
    await fillTenant(shop, tenant.id, tenant.slug);
    const backup = await save();
    const others = [await shop.all(acme), await shop.all(beta)];
    await shop.sql('delete from tenants where id = $1', [tenant.id]);
    await world.as((ctx) => recordTombstone(ctx, { tenantId: tenant.id, productId: 'cutlist', reason: 'ended' }));
    await restoreBackup(deps, SYSTEM, { backupId: backup.id });
    expect([await shop.all(acme), await shop.all(beta)]).toEqual(others);
    for (const rows of Object.values(await shop.all(tenant.id))) expect(rows).toEqual([]);

    await shop.sql('alter table parts add constraint none check (false) not valid');
    const before = await shop.all();
    await expect(restoreBackup(deps, SYSTEM, { backupId: backup.id })).rejects.toMatchObject({
      code: 'connector.refused',
    });
    expect(await shop.all()).toEqual(before);
    await shop.sql('alter table parts drop constraint none');
  });

  it('one tenant is still saved in our own format: pg_dump cannot take one out', async () => {
    const backup = await createBackup(deps, SYSTEM, {
      subject: { kind: 'tenant', tenantId: acme, environment: 'production' },
      keepDays: 30,
    });
    expect(backup.files[0]?.payload).toBe('dump.gz');
  });
});
