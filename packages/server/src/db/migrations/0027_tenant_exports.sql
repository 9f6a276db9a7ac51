-- Exports that are too large to be answered at once: asked for, written by a worker, downloaded, removed when their time is
-- over. A row goes with its tenant; what it names in the store of files goes with it.
create table tenant_exports (
  id uuid constraint tenant_exports_pkey primary key,
  tenant_id uuid not null constraint tenant_exports_tenant_fkey references tenants (id) on delete cascade,
  format text not null constraint tenant_exports_format_known check (format in ('json', 'csv')),
  status text not null constraint tenant_exports_status_known check (status in
    ('queued', 'running', 'ready', 'failed', 'cancelled', 'expired')),
  -- Each worker that takes it counts one up and writes under the number: one that was thought dead finishes nothing.
  attempts integer not null default 0,
  progress jsonb,
  file text,
  row_count bigint,
  bytes bigint,
  sha256 text,
  -- The key of the file, sealed under a key of the tenant: nobody opens it once that is destroyed.
  seal jsonb,
  -- Links signed for an earlier round are withdrawn.
  link_round integer not null default 1,
  failure jsonb,
  actor jsonb not null,
  asked_at timestamptz not null,
  started_at timestamptz,
  ended_at timestamptz,
  expires_at timestamptz,
  constraint tenant_exports_ready_whole check (status <> 'ready' or
    (file is not null and bytes is not null and sha256 is not null and seal is not null and expires_at is not null))
);
create unique index tenant_exports_one_open on tenant_exports (tenant_id, format) where status in ('queued', 'running');
create index tenant_exports_by_tenant on tenant_exports (tenant_id, asked_at);
create index tenant_exports_due on tenant_exports (expires_at) where status = 'ready';

alter table tenant_exports enable row level security;
alter table tenant_exports force row level security;
create policy tenant_exports_operator on tenant_exports for all to tenantry_operator using (true) with check (true);
create policy tenant_exports_worker on tenant_exports for all to tenantry_worker using (true) with check (true);
grant select, insert, update on tenant_exports to tenantry_operator, tenantry_worker;
select admit_backups();
