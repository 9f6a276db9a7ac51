-- Usage over time: of each meter the last count of each day. What is used now stays in tenant_usage.
create table tenant_usage_days (
  tenant_id uuid not null constraint tenant_usage_days_tenant_fkey references tenants (id) on delete cascade,
  meter varchar(64) not null,
  -- Of the time it was counted, in UTC.
  day date not null,
  used bigint not null constraint tenant_usage_days_not_negative check (used >= 0),
  counted_at timestamptz not null,
  constraint tenant_usage_days_pkey primary key (tenant_id, meter, day)
);
create index tenant_usage_days_day on tenant_usage_days (day);
insert into tenant_usage_days (tenant_id, meter, day, used, counted_at)
  select tenant_id, meter, (counted_at at time zone 'UTC')::date, used, counted_at from tenant_usage;

alter table tenant_usage_days enable row level security;
alter table tenant_usage_days force row level security;
create policy tenant_usage_days_app on tenant_usage_days for all to tenantry_app
  using (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid));
create policy tenant_usage_days_operator on tenant_usage_days for all to tenantry_operator using (true) with check (true);
create policy tenant_usage_days_worker on tenant_usage_days for all to tenantry_worker using (true) with check (true);
grant select on tenant_usage_days to tenantry_app;
grant select, insert, update, delete on tenant_usage_days to tenantry_operator, tenantry_worker;
select admit_backups();
