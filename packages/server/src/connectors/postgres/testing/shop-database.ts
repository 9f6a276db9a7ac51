import { randomBytes } from 'node:crypto';
import { afterAll } from 'vitest';
import { cloneDatabase } from '../../../db/testing/index.ts';
import { Secret } from '../../kit/index.ts';
import { closePostgresPools } from '../session.ts';

export const ACME = '11111111-1111-4111-8111-111111111111';
export const BETA = '22222222-2222-4222-8222-222222222222';

const POLICY = `tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid)`;

const schema = (app: string): string => `
  create table projects (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    slug text not null,
    name varchar(40),
    budget numeric(10, 2),
    config jsonb,
    tags text[],
    credential text,
    unique (tenant_id, slug));
  create index on projects (tenant_id);
  alter table projects enable row level security;
  alter table projects force row level security;
  create policy tenant on projects for all to ${app} using (${POLICY}) with check (${POLICY});
  create table notes (id bigint generated always as identity primary key, tenant_id uuid not null, body text not null);
  create index on notes (tenant_id);
  alter table notes enable row level security;
  alter table notes force row level security;
  create policy tenant on notes for all to ${app} using (${POLICY}) with check (${POLICY});
  create table tenantry_marks (key text primary key, table_name text not null, row_key jsonb not null,
    before jsonb, after jsonb not null, made_at timestamptz not null default now());
  create policy provisioning on projects to ${app}_control using (true) with check (true);
  grant select, insert, update, delete on projects, notes, tenantry_marks to ${app}, ${app}_control;
  insert into projects (tenant_id, slug, name) values ('${ACME}', 'roof', 'Roof'), ('${BETA}', 'cellar', 'Cellar'), ('${BETA}', 'attic', 'Attic');
  insert into notes (tenant_id, body) values ('${ACME}', 'ours'), ('${BETA}', 'theirs');`;

export interface ShopDatabase {
  readonly app: string;
  readonly canary: Secret;
  /** `postgres/app`: the application's role; `postgres/provisioner`: one with a policy of its own; `postgres/control`: a superuser. */
  readonly connections: Readonly<Record<string, unknown>>;
  sql(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** Every row of every table, in a stable order. */
  snapshot(): Promise<unknown>;
}

/** A vendor's database: two tenants with rows, protected by policies as they should be. */
export async function shopDatabase(): Promise<ShopDatabase> {
  const clone = await cloneDatabase();
  const app = `shop_app_${randomBytes(6).toString('hex')}`;
  const canary = new Secret(`canary-${randomBytes(12).toString('hex')}`);
  const sql = (text: string, values: readonly unknown[] = []) =>
    clone.asSuperuser<Record<string, unknown>>(text, values);
  await sql(`create role ${app} login password '${canary.reveal()}'`);
  await sql(`create role ${app}_control login`);
  await sql(schema(app));
  afterAll(async () => {
    await closePostgresPools();
    await sql(`drop owned by ${app}, ${app}_control`);
    await sql(`drop role ${app}, ${app}_control`);
  });
  const { host, port, database } = clone.connection;
  return {
    app,
    canary,
    connections: {
      'postgres/app': { host, port, database, user: app, password: canary },
      'postgres/provisioner': { host, port, database, user: `${app}_control` },
      'postgres/control': { host, port, database, user: 'postgres' },
    },
    sql,
    snapshot: async () => ({
      projects: await sql(`select * from projects order by tenant_id, slug`),
      notes: await sql(`select * from notes order by id`),
      marks: await sql('select key, table_name, row_key, before, after from tenantry_marks order by key'),
      sequence: await sql('select last_value from notes_id_seq'),
    }),
  };
}

/** What a PostgreSQL server sends when it refuses a connection (protocol 3.0, ErrorResponse). */
export function errorResponse(sqlstate: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${sqlstate}\0M${message}\0\0`);
  const length = Buffer.alloc(4);
  length.writeInt32BE(fields.length + 4);
  return Buffer.concat([Buffer.from('E'), length, fields]);
}
