import { createHash, randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  keepExports,
  linkTo,
  openDownload,
  readExport,
  requestExport,
} from '../../packages/server/dist/export/index.js';
import { parseProfile, saveEnvironment, saveProduct } from '../../packages/server/dist/products/index.js';
import { countResidue, DELETION_STEPS, offboardTenant } from '../../packages/server/dist/tenants/index.js';
import { cloneDatabase, makeTestDirectory } from '../../packages/server/src/db/testing/index.ts';
import { ADA } from './control-plane.mjs';
import { createExportPlane } from './export-plane.mjs';
import { POINTS } from './kill-cases.ts';
import { startFleet } from './workers.mjs';

const PROGRAM = fileURLToPath(new URL('./export-worker.mjs', import.meta.url));
const WITHIN_MS = 60_000;

const database = await cloneDatabase();
await database.asSuperuser(`grant create on database ${database.name} to tenantry_owner`);
const shop = await cloneDatabase();
await shop.asSuperuser(`drop schema tenantry cascade;
  create table shops (id uuid primary key, slug text not null);
  create table items (id uuid primary key default gen_random_uuid(), tenant_id uuid not null references shops (id) on delete cascade, note text);
  create index on items (tenant_id)`);

const directory = await makeTestDirectory();
const settings = { connection: database.connection, directory };
const plane = createExportPlane(settings);
let fleet: Awaited<ReturnType<typeof startFleet>>;

beforeAll(async () => {
  await plane.prepare();
  const { host, port, database: name } = shop.connection;
  const [row] = await database.asSuperuser<{ profile: object }>(
    `select profile from tenantry.products where id = 'crash'`,
  );
  await plane.as(ADA, async (ctx) => {
    const databases = [{ name: 'shop', connection: 'main', tenants: { table: 'shops', column: 'id' } }];
    await saveProduct(ctx, parseProfile({ ...row?.profile, databases }));
    const connections = { postgres: { main: { host, port, user: 'postgres', database: name } } };
    await saveEnvironment(ctx, { productId: 'crash', name: 'production', connections });
  });
  fleet = await startFleet({ ...settings, leaseMs: 1_000, concurrency: 2, program: PROGRAM }, 2);
}, 120_000);

afterAll(async () => {
  await fleet.end();
  await plane.close();
  await rm(directory, { recursive: true, force: true });
});

const ROWS = 2_000;

async function makeTenant(): Promise<string> {
  const id = randomUUID();
  const slug = `c-${id.slice(0, 8)}`;
  await database.asSuperuser(
    `insert into tenantry.tenants (id, name, slug, product_id, status) values ($1, $2, $2, 'crash', 'active')`,
    [id, slug],
  );
  await shop.asSuperuser('insert into shops values ($1, $2)', [id, slug]);
  await shop.asSuperuser(
    `insert into items (tenant_id, note) select $1, repeat(md5(n::text), 4) from generate_series(1, ${ROWS}) n`,
    [id],
  );
  return id;
}

async function until<T>(look: () => Promise<T | undefined>, what: string): Promise<T> {
  for (const deadline = Date.now() + WITHIN_MS; ; ) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`${what} did not come within ${WITHIN_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('an export whose worker is killed', () => {
  it.for(POINTS)('%s ends whole, written by another, and leaves one file', async (point) => {
    await fleet.fill();
    const tenant = await makeTenant();
    const died = fleet.deathAt(`${point}@tenant_export`);
    const asked = await plane.as(ADA, (ctx) => requestExport(ctx, plane.exports, { tenant, format: 'json' }));
    await died;
    const name = { tenant, exportId: asked.id };
    const see = () => plane.as(ADA, (ctx) => readExport(ctx, plane.exports, name));
    const ended = await until(async () => {
      const job = await see();
      return ['queued', 'running'].includes(job.status) ? undefined : job;
    }, 'the end of the export');
    expect(ended).toMatchObject({ status: 'ready', attempts: point === 'after_commit' ? 1 : 2 });
    expect(ended.rowCount).toBeGreaterThan(ROWS);
    await keepExports(plane.exports);
    const files = (await plane.exports.store.list()).filter(({ tenantId }) => tenantId === tenant);
    expect(files.map(({ file }) => file)).toEqual([ended.file]);
    const link = await plane.as(ADA, async (ctx) => linkTo(ctx, plane.exports, ended));
    const { searchParams: query } = new URL(link?.url ?? expect.fail('no link'));
    const download = await openDownload(
      plane.exports,
      {
        exportId: asked.id,
        reader: 'vendor',
        expires: Number(query.get('expires')),
        signature: query.get('signature') ?? '',
      },
      true,
    );
    const bytes = await buffer(download.read({ start: 0, end: download.bytes - 1 }));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(ended.sha256);
  });
});

const SPECS = [
  ...DELETION_STEPS.map((step) => `after_commit@deletion.${step}`),
  ...['backup', 'product', 'registry', 'proof'].map((step) => `after_call@deletion.${step}`),
];

describe('an offboarding whose worker is killed', () => {
  it.for(SPECS)(
    'OFF-05, OFF-07: %s is ended by another, and until then says that it is being deleted',
    async (spec) => {
      await fleet.fill();
      const tenantId = await makeTenant();
      const died = fleet.deathAt(spec);
      await plane.as(ADA, (ctx) =>
        offboardTenant(ctx, {
          tenantId,
          cause: 'terms_violation',
          reason: 'They break the terms',
          authority: 'CS',
          secondAuthority: 'CTO',
          erasureRequest: true,
        }),
      );
      await died;
      const look = async () =>
        (
          await database.asSuperuser<{ state: string; certificate: object | null }>(
            'select state, certificate from tenantry.tenant_offboardings where tenant_id = $1',
            [tenantId],
          )
        )[0];
      const ended = await until(async () => {
        const { state, certificate } = (await look()) ?? expect.fail('no record');
        const [items] = await shop.asSuperuser<{ n: number }>(
          'select count(*)::int as n from items where tenant_id = $1',
          [tenantId],
        );
        // Whatever is gone, the record says so; what has ended has nothing left.
        if (items?.n !== ROWS) expect(['deleting', 'deleted']).toContain(state);
        if (state !== 'deleted') return undefined;
        expect(items?.n).toBe(0);
        return { certificate };
      }, 'the end of the deletion');
      expect(ended.certificate).toMatchObject({ schema: 'tenantry.erasure-certificate/1' });
      const left = await countResidue(plane.database, tenantId);
      expect(left.filter(({ rows, retained }) => rows > 0 && retained === undefined)).toEqual([]);
      expect((await plane.exports.store.list()).filter((each) => each.tenantId === tenantId)).toEqual([]);
    },
  );
});
