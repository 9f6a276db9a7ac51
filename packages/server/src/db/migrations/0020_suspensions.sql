-- Why a tenant is suspended. It may be for several causes at once, each resolved by itself: a payment that comes in
-- must not open a tenant that is blocked for a breach.
create table tenant_suspensions (
  id uuid constraint tenant_suspensions_pkey primary key,
  tenant_id uuid not null constraint tenant_suspensions_tenant_fkey references tenants (id) on delete cascade,
  cause varchar(50) not null constraint tenant_suspensions_cause_known check (cause in
    ('payment_failure', 'terms_violation', 'security_incident', 'customer_request', 'inactivity', 'trial_expired')),
  access_mode varchar(20) not null
    constraint tenant_suspensions_mode_known check (access_mode in ('read-only', 'blocked')),
  reason text not null,
  authority text not null,
  -- Line of the history that tells of it.
  history_id bigint not null,
  key text,
  run_id uuid,
  began_at timestamptz not null,
  ended_at timestamptz,
  resolution text,
  constraint tenant_suspensions_ended_whole check ((ended_at is null) = (resolution is null))
);
create unique index tenant_suspensions_open on tenant_suspensions (tenant_id, cause) where ended_at is null;
create index tenant_suspensions_tenant on tenant_suspensions (tenant_id, began_at);
create index tenant_suspensions_due on tenant_suspensions (cause, began_at) where ended_at is null;

alter table tenant_suspensions enable row level security;
alter table tenant_suspensions force row level security;
create policy tenant_suspensions_app on tenant_suspensions for all to tenantry_app
  using (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid));
create policy tenant_suspensions_operator on tenant_suspensions for all to tenantry_operator using (true) with check (true);
create policy tenant_suspensions_worker on tenant_suspensions for all to tenantry_worker using (true) with check (true);
grant select on tenant_suspensions to tenantry_app;
grant select, insert, update on tenant_suspensions to tenantry_operator, tenantry_worker;
select admit_backups();
