-- Jobs, timers and executors: the engine knows nothing of tenants or runbooks. The queue's own schema
-- (graphile_worker) belongs to the owner; other roles reach it through the two functions below only.

create table tenantry.engine_executors (
  boot_id uuid constraint engine_executors_pkey primary key,
  host text not null,
  pid integer not null,
  pools text[] not null default '{}',
  started_at timestamptz not null default now(),
  heartbeat_at timestamptz not null default now()
);
comment on table tenantry.engine_executors is 'One row for each process boot that takes jobs; its lease is heartbeat_at.';

create table tenantry.engine_timers (
  owner uuid not null,
  key text not null,
  due_at timestamptz not null,
  task text not null,
  payload jsonb not null,
  constraint engine_timers_pkey primary key (owner, key)
);
create index engine_timers_due_at_idx on tenantry.engine_timers (due_at);
comment on table tenantry.engine_timers is 'Waits of any length; a sweep turns those that are due into jobs.';

-- specs: [{"task", "payload", "key"?, "runAt"?, "priority"?}]. Late binding: the queue installs its schema after this.
create function tenantry.enqueue_jobs(specs jsonb) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  added integer;
begin
  select count(*) into added from graphile_worker.add_jobs((
    select array_agg(row(
      spec ->> 'task',
      coalesce(spec -> 'payload', '{}'::jsonb)::json,
      null,
      (spec ->> 'runAt')::timestamptz,
      32000,
      spec ->> 'key',
      coalesce((spec ->> 'priority')::integer, 0),
      null
    )::graphile_worker.job_spec)
    from jsonb_array_elements(specs) as spec
  ));
  return added;
end
$$;

create function tenantry.cancel_job(key text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  perform graphile_worker.remove_job(key);
end
$$;

revoke all on function tenantry.enqueue_jobs(jsonb), tenantry.cancel_job(text) from public;
grant execute on function tenantry.enqueue_jobs(jsonb), tenantry.cancel_job(text) to tenantry_operator, tenantry_worker;

grant select, insert, update, delete on tenantry.engine_executors to tenantry_worker;
grant select, insert, update, delete on tenantry.engine_timers to tenantry_operator, tenantry_worker;
grant select on tenantry.engine_executors to tenantry_operator;
