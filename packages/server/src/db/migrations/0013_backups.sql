-- Backups of products and of the control plane, and who was erased so that none of them brings anybody back. What is
-- saved lies in files; here is what they are, how long they are kept, and whether they were proven to restore.

-- Tenants that were erased. Without a foreign key: it outlives the tenant, and every restore reads it.
create table tenant_tombstones (
  tenant_id uuid constraint tenant_tombstones_pkey primary key,
  product_id text not null,
  erased_at timestamptz not null,
  reason text not null,
  actor jsonb not null
);

create table backups (
  id uuid constraint backups_pkey primary key,
  scope text not null constraint backups_scope_known check (scope in ('tenant', 'set', 'self')),
  product_id text,
  environment varchar(50),
  tenant_id uuid,
  stamp char(15) not null,
  status text not null constraint backups_status_known check (status in ('writing', 'ready', 'failed', 'gone')),
  -- [{ database, file, bytes, sha256, payload, schema_sha256, tables: [{ name, rows }] }]
  files jsonb not null default '[]',
  keep_until timestamptz not null,
  run_id uuid,
  idempotency_key text,
  actor jsonb not null,
  created_at timestamptz not null,
  ended_at timestamptz,
  failure jsonb,
  -- How far it was proven the last time, and with which outcome.
  verified_at timestamptz,
  verified_by_restore boolean,
  verification jsonb,
  constraint backups_scope_whole check (
    (scope = 'self' and product_id is null and environment is null and tenant_id is null)
    or (scope = 'set' and product_id is not null and environment is not null and tenant_id is null)
    or (scope = 'tenant' and product_id is not null and environment is not null and tenant_id is not null)
  )
);
create unique index backups_stamp_unique
  on backups (scope, product_id, environment, tenant_id, stamp) nulls not distinct;
create unique index backups_key_unique on backups (idempotency_key) where idempotency_key is not null;
create index backups_by_tenant on backups (tenant_id, stamp);
create index backups_by_product on backups (product_id, environment, stamp);
create index backups_by_time on backups (stamp, id);

-- Work on backups that somebody asked for and a worker carries out.
create table backup_operations (
  id uuid constraint backup_operations_pkey primary key,
  kind text not null constraint backup_operations_kind_known check (kind in ('create', 'verify', 'restore')),
  tenant_id uuid,
  product_id text,
  backup_id uuid constraint backup_operations_backup_fkey references backups (id),
  request jsonb not null,
  status text not null
    constraint backup_operations_status_known check (status in ('queued', 'running', 'done', 'failed')),
  progress jsonb,
  report jsonb,
  failure jsonb,
  actor jsonb not null,
  asked_at timestamptz not null,
  started_at timestamptz,
  ended_at timestamptz
);
create index backup_operations_by_tenant on backup_operations (tenant_id, asked_at);
create index backup_operations_open on backup_operations (asked_at) where status in ('queued', 'running');

-- Daily or weekly, for a product's databases or for one tenant (RBK-26); tested by restoring once a week (RBK-27).
create table backup_schedules (
  id uuid constraint backup_schedules_pkey primary key,
  product_id text not null constraint backup_schedules_product_fkey references products (id),
  environment varchar(50) not null,
  tenant_id uuid constraint backup_schedules_tenant_fkey references tenants (id) on delete cascade,
  every text not null constraint backup_schedules_every_known check (every in ('daily', 'weekly')),
  keep_days integer not null constraint backup_schedules_keep_least check (keep_days >= 30),
  next_at timestamptz not null,
  next_test_at timestamptz not null,
  failures integer not null default 0,
  actor jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index backup_schedules_one
  on backup_schedules (tenant_id, product_id, environment) nulls not distinct;
create index backup_schedules_due on backup_schedules (next_at);

alter table tenant_tombstones enable row level security;
alter table tenant_tombstones force row level security;
alter table backups enable row level security;
alter table backups force row level security;
alter table backup_operations enable row level security;
alter table backup_operations force row level security;
alter table backup_schedules enable row level security;
alter table backup_schedules force row level security;

create policy tenant_tombstones_operator on tenant_tombstones for all to tenantry_operator using (true) with check (true);
create policy tenant_tombstones_worker on tenant_tombstones for all to tenantry_worker using (true) with check (true);
create policy backups_operator on backups for all to tenantry_operator using (true) with check (true);
create policy backups_worker on backups for all to tenantry_worker using (true) with check (true);
create policy backup_operations_operator on backup_operations for all to tenantry_operator using (true) with check (true);
create policy backup_operations_worker on backup_operations for all to tenantry_worker using (true) with check (true);
create policy backup_schedules_operator on backup_schedules for all to tenantry_operator using (true) with check (true);
create policy backup_schedules_worker on backup_schedules for all to tenantry_worker using (true) with check (true);

-- A tombstone is never taken back.
grant select, insert on tenant_tombstones to tenantry_operator, tenantry_worker;
grant select, insert, update on backups, backup_operations to tenantry_operator, tenantry_worker;
grant select, insert, update, delete on backup_schedules to tenantry_operator, tenantry_worker;

-- The control plane saves itself as the owner, which forced row-level security holds for as well: it may read every
-- row, and no more than before may it write one. Called again before each backup, so that a table that a later release
-- adds is read whole.
create function admit_backups() returns integer language plpgsql as $$
declare
  name text;
  admitted integer := 0;
begin
  for name in
    select c.relname from pg_class c
    where c.relnamespace = 'tenantry'::regnamespace and c.relkind in ('r', 'p') and c.relrowsecurity
      and not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'read_by_backups')
    order by c.relname
  loop
    execute format('create policy read_by_backups on tenantry.%I for select to tenantry_owner using (true)', name);
    admitted := admitted + 1;
  end loop;
  return admitted;
end
$$;
revoke all on function admit_backups() from public;
select admit_backups();
