create table settings (
  tenant_id uuid constraint settings_pkey primary key
    constraint settings_tenant_id_fkey references tenants (id) on delete cascade,
  kerf_mm numeric(6, 3) not null default 3.2,
  unit varchar(2) not null default 'mm',
  keep_offcut_mm numeric(9, 3) not null default 300,
  updated_at timestamptz not null default now(),
  constraint settings_kerf_range check (kerf_mm between 0 and 20),
  constraint settings_unit_known check (unit in ('mm', 'in')),
  constraint settings_keep_offcut_range check (keep_offcut_mm between 0 and 100000)
);

create trigger settings_set_updated_at before update on settings for each row execute function set_updated_at();

alter table settings enable row level security;
alter table settings force row level security;

create policy tenant_isolation on settings
  using (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid));
create policy provisioning on settings to cutlist_provisioner using (true) with check (true);

grant select, insert, update on settings to cutlist_app;
grant select, insert, update, delete on settings to cutlist_provisioner;

create table audit_logs (
  id bigint generated always as identity constraint audit_logs_pkey primary key,
  tenant_id uuid not null constraint audit_logs_tenant_id_fkey references tenants (id) on delete cascade,
  actor varchar(320) not null,
  action varchar(100) not null,
  at timestamptz not null default now(),
  detail jsonb not null default '{}'
);

create index audit_logs_tenant_id_id_idx on audit_logs (tenant_id, id desc);

alter table audit_logs enable row level security;
alter table audit_logs force row level security;

create policy tenant_isolation on audit_logs
  using (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid));
create policy provisioning on audit_logs to cutlist_provisioner using (true) with check (true);

-- Written once: neither role may change or remove a line. Deleting the tenant takes its lines along.
grant select, insert on audit_logs to cutlist_app, cutlist_provisioner;
