/** A control plane and, in a second database, the example product with two tenants: what backups are tested on. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type Ctx, type PersonActor, systemActor } from '../../access/index.ts';
import { backupSources, selfParts } from '../../backup-sources.ts';
import { Secret } from '../../connectors/kit/index.ts';
import type { Database } from '../../db/index.ts';
import { cloneDatabase, type TestDatabase } from '../../db/testing/index.ts';
import { saveEnvironment, saveProduct } from '../../products/index.ts';
import { cutlistProfile, makeTenant } from '../../tenants/testing/registry.ts';
import { createKeyring, type Keyring, shredTenantKeys } from '../../vault/index.ts';
import type { BackupDeps } from '../deps.ts';

const MIGRATIONS = new URL('../../../../../examples/apps/cutlist/migrations/', import.meta.url);

export const NOW = new Date('2026-11-20T09:00:00.000Z');
export const SYSTEM = systemActor('test');

export const operator: PersonActor = {
  kind: 'person',
  id: randomUUID(),
  name: 'Olive Operator',
  email: 'olive@vendor.example',
  party: 'vendor',
  roles: [],
  scopes: ['backups:read', 'backups:write', 'backups:restore', 'tenants:read', 'tenants:write'],
  development: false,
};

export interface Shop {
  readonly database: TestDatabase;
  sql<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Every row of every table, in a stable order: what must not change. */
  all(tenantId?: string): Promise<Readonly<Record<string, readonly unknown[]>>>;
}

export interface BackupWorld {
  readonly plane: TestDatabase;
  readonly database: Database;
  readonly keyring: Keyring;
  readonly shop: Shop;
  readonly folder: string;
  readonly deps: BackupDeps;
  /** Tenants with rows in the shop: `acme` and `beta`. */
  readonly acme: string;
  readonly beta: string;
  clock: Date;
  as<T>(fn: (ctx: Ctx) => Promise<T>): Promise<T>;
  audit(action: string): Promise<readonly Record<string, unknown>[]>;
  shred(tenantId: string): Promise<void>;
  /** Gives the environment its connections to the shop, again. */
  connect(): Promise<void>;
}

export async function backupWorld(): Promise<BackupWorld> {
  const plane = await cloneDatabase();
  const shop = await openShop();
  const { database } = plane;
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-backups-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const keyring = createKeyring({ current: 'k', keys: { k: new Secret(Buffer.alloc(32, 7).toString('base64')) } });
  const as = <T>(fn: (ctx: Ctx) => Promise<T>): Promise<T> =>
    database.transaction('operator', (tx) => fn({ tx, actor: SYSTEM, now: world.clock }));
  const world: BackupWorld = {
    plane,
    database,
    keyring,
    shop,
    folder,
    deps: {
      database,
      sources: backupSources(keyring),
      self: selfParts(keyring),
      folder,
      keysFolder: join(folder, 'keys'),
      now: () => world.clock,
    },
    connect: async () => undefined,
    acme: '',
    beta: '',
    clock: NOW,
    as,
    audit: (action) => plane.asSuperuser('select * from tenantry.audit_log where action = $1 order by seq', [action]),
    shred: async (tenantId) => {
      await as((ctx) => shredTenantKeys({ ...ctx, keyring }, { tenantId, reason: 'erased' }));
    },
  };
  await as((ctx) => saveProduct(ctx, cutlistProfile()));
  const { host, port, database: name } = shop.database.connection;
  const connection = { host, port, user: 'postgres', database: name };
  const connections = {
    postgres: { provision: { ...connection, role: 'cutlist_provisioner' }, owner: connection },
  };
  const connect = async (): Promise<void> => {
    await as((ctx) => saveEnvironment(ctx, { productId: 'cutlist', name: 'production', connections }));
  };
  await connect();
  const [acme, beta] = [await makeTenant(database), await makeTenant(database)];
  for (const { tenant } of [acme, beta]) await fillTenant(shop, tenant.id, tenant.slug);
  return Object.assign(world, { connect, acme: acme.tenant.id, beta: beta.tenant.id });
}

async function openShop(): Promise<Shop> {
  const database = await cloneDatabase();
  const sql = <Row>(text: string, values: readonly unknown[] = []) => database.asSuperuser<Row>(text, values);
  // Roles belong to the cluster, and another test file may be making the same ones at this moment.
  for (const role of ['cutlist_app', 'cutlist_provisioner']) {
    await sql(
      `do $$ begin create role ${role} nologin; exception when duplicate_object or unique_violation then null; end $$`,
    );
  }
  // Of the clone only the empty database is wanted.
  await sql('drop schema tenantry cascade');
  // The application's own runner makes it before the first migration.
  await sql('create table schema_migrations (name text primary key, checksum text not null)');
  for (const file of readdirSync(MIGRATIONS).sort()) await sql(readFileSync(new URL(file, MIGRATIONS), 'utf8'));
  return { database, sql, all: (tenantId) => snapshot(sql, tenantId) };
}

export const SHOP_TABLES = ['tenants', 'users', 'projects', 'boards', 'parts', 'settings', 'audit_logs'] as const;

async function snapshot(sql: Shop['sql'], tenantId: string | undefined) {
  const found: Record<string, readonly unknown[]> = {};
  for (const table of SHOP_TABLES) {
    const column = table === 'tenants' ? 'id' : 'tenant_id';
    const where = tenantId === undefined ? '' : `where ${column} = '${tenantId}'`;
    found[table] = (await sql<{ row: string }>(`select t::text as row from ${table} t ${where} order by 1`)).map(
      ({ row }) => row,
    );
  }
  return found;
}

/** Rows in every table, with what text formats stumble over: tabs, line ends, backslashes, quotes, nulls, emoji. */
export async function fillTenant(shop: Shop, tenantId: string, slug: string, projects = 3): Promise<void> {
  const { sql } = shop;
  await sql(`insert into tenants (id, name, slug, settings) values ($1, $2, $3, '{"a": [1, null, "é"]}')`, [
    tenantId,
    'A\tB\nC\\D "quoted" 🪚',
    slug,
  ]);
  await sql(
    `insert into users (tenant_id, email, full_name, last_login_at) values ($1, 'ada@' || $2 || '.example', 'Ada', '2026-01-02 03:04:05.678901+02'), ($1, 'bob@' || $2 || '.example', E'\\\\N', null)`,
    [tenantId, slug],
  );
  await sql(
    `insert into sessions (token_hash, tenant_id, user_id, created_at, last_seen_at, expires_at)
     select sha256(convert_to($1 || email, 'UTF8')), tenant_id, id, now(), now(), now() from users where tenant_id = $1::uuid`,
    [tenantId],
  );
  await sql(
    `with made as (insert into projects (tenant_id, name) select $1, 'Project ' || n from generate_series(1, $2::int) n returning id)
     insert into parts (tenant_id, project_id, position, label, length_mm, quantity)
     select $1, id, n, 'part ' || n, n + 0.125, 1 from made, generate_series(1, 4) n`,
    [tenantId, projects],
  );
  await sql(
    `insert into boards (tenant_id, project_id, position, label, length_mm, quantity) select $1, id, 1, 'board', 2000, 2 from projects where tenant_id = $1`,
    [tenantId],
  );
  await sql('insert into settings (tenant_id) values ($1)', [tenantId]);
  await sql(
    `insert into audit_logs (tenant_id, actor, action, detail) select $1, 'ada', 'made', jsonb_build_object('n', n) from generate_series(1, 5) n`,
    [tenantId],
  );
}
