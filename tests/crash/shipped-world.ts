/** What the shipped actions act on, real where it can be: a control plane, a product's database, mails, orders. */
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LATENCY_BOUNDS_MS } from '@tenantry/contract';
import { emptyCatalog } from '@tenantry/runbook';
import { afterAll } from 'vitest';
import { systemActor } from '../../packages/server/dist/access/index.js';
import { publishRunbook } from '../../packages/server/dist/runbooks/library/index.js';
import { keepingServer } from '../../packages/server/src/connectors/email/testing/mail-servers.ts';
import { answer, webServer } from '../../packages/server/src/connectors/http/testing/web-servers.ts';
import { cloneDatabase, makeTestDirectory } from '../../packages/server/src/db/testing/index.ts';
import { reportMetrics } from '../../packages/server/src/hypercare/report-metrics.ts';
import { saveEnvironment, saveProduct } from '../../packages/server/src/products/index.ts';
import { ADA, PROFILE } from './control-plane.mjs';
import { CASES, SUBJECT_SOURCE, sourceOf, TEMPLATE } from './shipped-actions.ts';
import { backupFolder, createShippedPlane } from './shipped-plane.mjs';

export interface Started {
  readonly id: string;
  readonly slug: string;
  /** The run it is about. */
  readonly subject?: string;
}
export type Effects = Readonly<Record<string, number>>;

export async function openShippedWorld() {
  const database = await cloneDatabase();
  await database.asSuperuser(`grant create on database ${database.name} to tenantry_owner`);
  const shop = await openShop();
  const mails: string[] = [];
  const mailServer = await keepingServer(mails);
  /** Keeps one order for each key, as a server that takes our keys does; without one, one for each call. */
  const orders: { readonly key: string; readonly name: string }[] = [];
  const orderServer = await webServer((request, response) => {
    void request.toArray().then((chunks) => {
      const { name } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { name: string };
      const key = request.headers['idempotency-key'] ?? randomUUID();
      if (!orders.some((order) => order.key === key)) orders.push({ key: String(key), name });
      answer(response, 201, { name });
    });
  });
  const directory = await makeTestDirectory();
  const settings = { connection: database.connection, directory };
  const plane = createShippedPlane(settings);
  afterAll(async () => {
    await plane.close();
    await mailServer[Symbol.asyncDispose]();
    await orderServer[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });
  const { host, port } = shop.connection;
  const connections = {
    postgres: { shop: { host, port, database: shop.connection.database, user: 'postgres' } },
    http: { api: { base_url: orderServer.url, allow_private: true } },
    smtp: { default: { host: '127.0.0.1', port: mailServer.port, from: 'no-reply@vendor.example' } },
  };
  return {
    plane,
    settings,
    async prepare(): Promise<void> {
      await plane.prepare();
      const catalog = { ...emptyCatalog, ...plane.registry.catalog };
      const files = { 'templates/hello.md': TEMPLATE };
      await plane.as(ADA, async (ctx) => {
        await saveProduct(ctx, { ...PROFILE, databases: [SHOP_DATABASE] });
        await saveEnvironment(ctx, { productId: PROFILE.product, name: 'production', connections });
        await publishRunbook(ctx, { file: 'subject.yaml', source: SUBJECT_SOURCE, files }, catalog);
        for (const [action, entry] of Object.entries(CASES)) {
          await publishRunbook(ctx, { file: `${action}.yaml`, source: sourceOf(action, entry), files }, catalog);
        }
      });
    },
    /** The figures of a bad day, as the application of the tenant tells them. */
    async reportBadDay(slug: string): Promise<void> {
      await plane.database.transaction('operator', (tx) => {
        const now = new Date();
        return reportMetrics({ tx, actor: systemActor('test'), now }, { tenant: slug, report: badDay(now) });
      });
    },
    /** Somebody works on in the product. */
    workOn: (slug: string) =>
      shop.asSuperuser(
        `insert into notes (id, tenant_id, note) select gen_random_uuid(), id, 'later' from shops where slug = $1`,
        [slug],
      ),
    /** How much of everything an action may leave behind stands for this run. */
    async effects({ id, slug, subject = id }: Started): Promise<Effects> {
      const [counts] = await database.asSuperuser<Record<string, number>>(EFFECTS, [id, slug, subject]);
      const [rows] = await shop.asSuperuser<Record<string, number>>(SHOP_EFFECTS, [slug]);
      return {
        ...counts,
        ...rows,
        orders: orders.filter(({ name }) => name === slug).length,
        mails: mails.filter((mail) => mail.includes(slug)).length,
      };
    },
    /** What the list of backups and the folder say differently; nothing when they agree. */
    async backupFaults(): Promise<readonly string[]> {
      const rows = await database.asSuperuser<{ file: string }>(
        `select f ->> 'file' as file from tenantry.backups, jsonb_array_elements(files) f where status = 'ready'`,
      );
      const listed = rows.map(({ file }) => file);
      const folder = backupFolder(directory);
      const there = existsSync(folder) ? filesIn(folder) : [];
      return [
        ...listed.filter((file) => !there.includes(file)).map((file) => `${file} is listed and not there`),
        ...there.filter((file) => !listed.includes(file)).map((file) => `${file} is there and in no list`),
      ];
    },
  };
}

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name).slice(folder.length + 1)] : [],
  );

const SHOP_DATABASE = { name: 'shop', connection: 'shop', tenants: { table: 'shops', column: 'id' } };

async function openShop() {
  const shop = await cloneDatabase();
  // Of the clone only the empty database is wanted: a backup takes every table it finds.
  await shop.asSuperuser(`drop schema tenantry cascade;
    create table shops (id uuid primary key, slug text not null);
    create table notes (id uuid primary key, tenant_id uuid not null references shops (id) on delete cascade, note text not null);
    create table tenantry_marks (key text primary key, table_name text not null, row_key jsonb not null,
      before jsonb, after jsonb not null, made_at timestamptz not null default now())`);
  return shop;
}

const badDay = (now: Date) => {
  const to = new Date(now.getTime() - 1_000);
  return {
    source: `web-${randomUUID()}`,
    from: new Date(to.getTime() - 60_000).toISOString(),
    to: to.toISOString(),
    requests: 100,
    errors: 50,
    latency: [...LATENCY_BOUNDS_MS, 0].map((bound) => (bound === 100 ? 100 : 0)),
    log_ins: 10,
    log_ins_failed: 0,
    active_users: 5,
    tickets: 9,
    features: {},
  };
};

/** $1 the run, $2 the slug, $3 the run it is about. */
const EFFECTS = `with t as (select id from tenantry.tenants where slug = $2)
  select (select count(*)::int from t) as tenants,
    (select count(*)::int from tenantry.tenant_history where tenant_id in (select id from t)) as history,
    (select count(*)::int from tenantry.tenant_settings_versions where tenant_id in (select id from t)) as settings,
    (select count(*)::int from tenantry.tenant_suspensions where tenant_id in (select id from t)) as suspensions,
    (select count(*)::int from tenantry.tenant_offboardings where tenant_id in (select id from t)) as offboardings,
    (select count(*)::int from tenantry.tenant_issues where tenant_id in (select id from t)) as issues,
    (select count(*)::int from tenantry.tenant_check_ins where tenant_id in (select id from t)) as check_ins,
    (select count(*)::int from tenantry.tenant_contacts where tenant_id in (select id from t)) as contacts,
    (select count(*)::int from tenantry.users where tenant_id in (select id from t)) as users,
    (select count(*)::int from tenantry.mail_outbox where tenant_id in (select id from t)) as invitations,
    (select count(*)::int from tenantry.mail_outbox m, t where m.key like 'findings:' || t.id || '/%') as tellings,
    (select count(*)::int from tenantry.backups where run_id::text = $1) as backups,
    (select count(*)::int from tenantry.audit_log where run_id::text = $1 and action like 'backup.restored%') as restores,
    (select count(*)::int from tenantry.run_events where run_id::text = $3 and event #>> '{by,role}' = 'runbook') as moves,
    (select count(*)::int from tenantry.run_attempts where run_id::text = $3 and verb = 'undo') as undone,
    (select count(*)::int from tenantry.vault_entries where owner_id = $1) as secrets,
    (select count(*)::int from tenantry.reveal_links l join tenantry.vault_entries e on e.id = l.entry_id where e.owner_id = $1) as links,
    (select count(*)::int from tenantry.run_resources where run_id::text = $1) as ledger`;

const SHOP_EFFECTS = `with s as (select id from shops where slug = $1)
  select (select count(*)::int from s) as rows,
    (select count(*)::int from notes where tenant_id in (select id from s) and note = 'since') as overwritten,
    (select count(*)::int from notes where tenant_id in (select id from s) and note = 'later') as later`;
