-- Who was told of a limit nearly used up, what applications count at night, plans that tenants ask for, and work on many tenants.

-- Of each limit and level the newest notice. `standing` while the use is above it: one that falls and rises again is
-- another crossing, told of once a month at most.
create table tenant_usage_notices (
  tenant_id uuid not null constraint tenant_usage_notices_tenant_fkey references tenants (id) on delete cascade,
  meter varchar(64) not null,
  level varchar(10) not null constraint tenant_usage_notices_level_known check (level in ('soft', 'reached')),
  standing boolean not null,
  period char(7) not null,
  used bigint not null,
  limit_value bigint not null,
  told_at timestamptz not null,
  constraint tenant_usage_notices_pkey primary key (tenant_id, meter, level)
);

-- The count of one night. A night that failed says why, and the next one tries again.
create table tenant_usage_counts (
  tenant_id uuid not null constraint tenant_usage_counts_tenant_fkey references tenants (id) on delete cascade,
  night date not null,
  state varchar(10) not null constraint tenant_usage_counts_state_known check (state in ('done', 'failed')),
  -- Of each meter what was known before and what was counted, where they differ.
  drift jsonb not null default '{}',
  error jsonb,
  attempts integer not null default 1,
  counted_at timestamptz not null,
  constraint tenant_usage_counts_pkey primary key (tenant_id, night),
  constraint tenant_usage_counts_failed_whole check ((state = 'failed') = (error is not null))
);

create table tenant_plan_requests (
  id uuid constraint tenant_plan_requests_pkey primary key,
  tenant_id uuid not null constraint tenant_plan_requests_tenant_fkey references tenants (id) on delete cascade,
  plan varchar(50) not null,
  direction varchar(10) not null,
  reason text not null,
  requested_by jsonb not null,
  requested_at timestamptz not null,
  state varchar(10) not null default 'waiting'
    constraint tenant_plan_requests_state_known check (state in ('waiting', 'applied', 'declined', 'withdrawn')),
  decided_by varchar(300),
  decided_at timestamptz,
  note text,
  constraint tenant_plan_requests_decided_whole check ((state = 'waiting') = (decided_at is null))
);
create unique index tenant_plan_requests_one on tenant_plan_requests (tenant_id) where state = 'waiting';
create index tenant_plan_requests_tenant on tenant_plan_requests (tenant_id, requested_at);

-- One act on many tenants. Each is a row that is done or says why not, so that it goes on wherever it was broken off.
create table bulk_operations (
  id uuid constraint bulk_operations_pkey primary key,
  kind varchar(20) not null constraint bulk_operations_kind_known check (kind in ('suspend', 'reinstate')),
  request jsonb not null,
  -- Whose authority it is done on, as it was when it was asked for.
  actor jsonb not null,
  asked_by varchar(300) not null,
  asked_at timestamptz not null,
  ended_at timestamptz,
  stopped_by varchar(300)
);
create index bulk_operations_open on bulk_operations (asked_at) where ended_at is null;

create table bulk_items (
  operation_id uuid not null constraint bulk_items_operation_fkey references bulk_operations (id) on delete cascade,
  tenant_id uuid not null constraint bulk_items_tenant_fkey references tenants (id) on delete cascade,
  state varchar(10) not null default 'waiting'
    constraint bulk_items_state_known check (state in ('waiting', 'done', 'refused', 'skipped')),
  error jsonb,
  decided_at timestamptz,
  constraint bulk_items_pkey primary key (operation_id, tenant_id),
  constraint bulk_items_decided_whole check ((state = 'waiting') = (decided_at is null))
);
create index bulk_items_tenant on bulk_items (tenant_id);
create index bulk_items_waiting on bulk_items (operation_id) where state = 'waiting';

do $$
declare
  name text;
begin
  foreach name in array array['tenant_usage_notices', 'tenant_usage_counts', 'tenant_plan_requests', 'bulk_items'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format(
      'create policy %I on %I for all to tenantry_app
       using (tenant_id = (select nullif(current_setting(''app.current_tenant_id'', true), '''')::uuid))
       with check (tenant_id = (select nullif(current_setting(''app.current_tenant_id'', true), '''')::uuid))',
      name || '_app', name);
    execute format('create policy %I on %I for all to tenantry_operator using (true) with check (true)', name || '_operator', name);
    execute format('create policy %I on %I for all to tenantry_worker using (true) with check (true)', name || '_worker', name);
    execute format('grant select on %I to tenantry_app', name);
    execute format('grant select, insert, update, delete on %I to tenantry_operator, tenantry_worker', name);
  end loop;
end
$$;
grant select, insert, update, delete on bulk_operations to tenantry_operator, tenantry_worker;
select admit_backups();
