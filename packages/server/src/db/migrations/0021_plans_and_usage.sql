-- What tenants use of what their plan limits, changes of plan that wait for their day, and trials.
create table tenant_usage (
  tenant_id uuid not null constraint tenant_usage_tenant_fkey references tenants (id) on delete cascade,
  meter varchar(64) not null,
  used bigint not null constraint tenant_usage_not_negative check (used >= 0),
  source varchar(100) not null,
  -- When it was counted, not when it was told: an older count that comes late is left aside.
  counted_at timestamptz not null,
  constraint tenant_usage_pkey primary key (tenant_id, meter)
);

create table tenant_plan_changes (
  id uuid constraint tenant_plan_changes_pkey primary key,
  tenant_id uuid not null constraint tenant_plan_changes_tenant_fkey references tenants (id) on delete cascade,
  plan varchar(50) not null,
  limits jsonb not null default '{}',
  due_at timestamptz not null,
  reason text not null,
  authority text not null,
  status varchar(20) not null default 'scheduled'
    constraint tenant_plan_changes_status_known check (status in ('scheduled', 'done', 'refused', 'cancelled')),
  -- Why it was refused on its day.
  refusal jsonb,
  created_at timestamptz not null,
  ended_at timestamptz
);
create unique index tenant_plan_changes_one on tenant_plan_changes (tenant_id) where status = 'scheduled';
create index tenant_plan_changes_tenant on tenant_plan_changes (tenant_id, created_at);
create index tenant_plan_changes_due on tenant_plan_changes (due_at) where status = 'scheduled';

create table tenant_trials (
  tenant_id uuid constraint tenant_trials_pkey primary key
    constraint tenant_trials_tenant_fkey references tenants (id) on delete cascade,
  ends_at timestamptz not null,
  started_at timestamptz not null
);
create index tenant_trials_ends on tenant_trials (ends_at);
-- Trials that run already get the whole of theirs from now on.
insert into tenant_trials (tenant_id, ends_at, started_at)
  select id, now() + interval '14 days', now() from tenants where status = 'trial';

do $$
declare
  name text;
begin
  foreach name in array array['tenant_usage', 'tenant_plan_changes', 'tenant_trials'] loop
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
select admit_backups();
