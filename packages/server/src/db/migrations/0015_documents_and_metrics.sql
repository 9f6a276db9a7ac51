-- What documents say of themselves, and the figures the vendor's application reports of each tenant.

-- Title, audience, owner, location, status and notes: the head of the template the artifact was written from.
alter table run_artifacts add column about jsonb not null default '{}';
alter table run_artifacts add constraint run_artifacts_about_object check (jsonb_typeof(about) = 'object');

-- One row for each report: what one process of the application counted for one tenant from `starts_at` to `ends_at`.
create table tenant_metrics (
  tenant_id uuid not null constraint tenant_metrics_tenant_fkey references tenants (id) on delete cascade,
  -- Which process of the application counted; figures of several are added up.
  source varchar(100) not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  requests bigint not null,
  errors bigint not null,
  -- How many requests took how long, by the bounds of the contract; null when the application does not measure it.
  latency bigint[],
  log_ins bigint,
  log_ins_failed bigint,
  -- Different people of the tenant in the day before `ends_at`, as the application knows them; no sum makes sense.
  active_users integer,
  features jsonb not null default '{}',
  -- sha-256 of the report: the same one sent again is the same one.
  hash bytea not null,
  received_at timestamptz not null,
  constraint tenant_metrics_pkey primary key (tenant_id, source, starts_at),
  constraint tenant_metrics_window_forward check (ends_at > starts_at),
  constraint tenant_metrics_errors_are_requests check (errors between 0 and requests),
  constraint tenant_metrics_features_object check (jsonb_typeof(features) = 'object'),
  constraint tenant_metrics_hash_length check (octet_length(hash) = 32)
);
create index tenant_metrics_read_idx on tenant_metrics (tenant_id, ends_at);
create index tenant_metrics_ends_at_idx on tenant_metrics using brin (ends_at);

alter table tenant_metrics enable row level security;
alter table tenant_metrics force row level security;
create policy tenant_metrics_tenant on tenant_metrics to tenantry_app
  using (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid));
create policy tenant_metrics_operator on tenant_metrics to tenantry_operator using (true) with check (true);
create policy tenant_metrics_worker on tenant_metrics to tenantry_worker using (true) with check (true);
grant select on tenant_metrics to tenantry_app;
grant select, insert on tenant_metrics to tenantry_operator;
grant select, delete on tenant_metrics to tenantry_worker;

-- The queue's schema is closed to every other role; this tells how long work has been waiting, and nothing of it.
create function tenantry.queue_state() returns table (waiting bigint, oldest_seconds double precision, failed bigint)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
  return query
    select count(*) filter (where job.is_available and job.run_at <= now()),
      greatest(coalesce(extract(epoch from now() - min(job.run_at) filter (where job.is_available)), 0), 0)::double precision,
      count(*) filter (where job.locked_at is null and job.attempts >= job.max_attempts)
    from graphile_worker._private_jobs as job;
end
$$;
revoke all on function tenantry.queue_state() from public;
grant execute on function tenantry.queue_state() to tenantry_operator, tenantry_worker;
