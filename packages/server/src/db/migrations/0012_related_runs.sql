-- Runs that other runs started, the versions a run pinned of them, and events that runs wait for.

alter table tenantry.runs
  add column parent_run_id uuid constraint runs_parent_fkey references tenantry.runs on delete cascade,
  add column parent_step text,
  add column subject_run_id uuid constraint runs_subject_fkey references tenantry.runs on delete set null,
  add column pins jsonb not null default '{}';
comment on column tenantry.runs.subject_run_id is 'The run that a runbook about a run is about.';
comment on column tenantry.runs.pins is 'Runbook id -> version, of every runbook this one may start: pinned with it.';
create index runs_parent_idx on tenantry.runs (parent_run_id) where parent_run_id is not null;
create index runs_subject_idx on tenantry.runs (subject_run_id) where subject_run_id is not null;

create table tenantry.run_starts (
  run_id uuid not null constraint run_starts_run_fkey references tenantry.runs on delete cascade,
  step_id text not null,
  round integer not null,
  try integer not null,
  kind text not null constraint run_starts_kind_check check (kind in ('child', 'remedy')),
  runbook_id text not null,
  input jsonb not null,
  started_run_id uuid,
  created_at timestamptz not null,
  constraint run_starts_pkey primary key (run_id, step_id, round, try, kind)
);
comment on table tenantry.run_starts is 'A run asked for by a step of another. The row is the lock: one start makes one run.';

create table tenantry.events (
  position bigint generated always as identity constraint events_pkey primary key,
  name text not null,
  tenant_id uuid,
  data jsonb not null,
  key text,
  at timestamptz not null
);
comment on column tenantry.events.key is 'Given by the sender: the same happening told twice is one event.';
create unique index events_key_idx on tenantry.events (name, key) where key is not null;
create index events_name_idx on tenantry.events (name, position);
create index events_tenant_idx on tenantry.events (tenant_id, position);

create index run_steps_awaiting_idx on tenantry.run_steps ((state ->> 'awaiting')) where waiting_for = 'event';

alter table tenantry.events enable row level security;
alter table tenantry.events force row level security;
create policy events_tenant on tenantry.events to tenantry_app
  using (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid));
create policy events_operator on tenantry.events to tenantry_operator using (true) with check (true);
create policy events_worker on tenantry.events to tenantry_worker using (true) with check (true);

-- A migration takes away the steps the new version does not have.
grant delete on tenantry.run_steps to tenantry_operator;
grant select, insert on tenantry.events to tenantry_app, tenantry_operator;
grant select, insert, delete on tenantry.events to tenantry_worker;
grant select, insert, update on tenantry.run_starts to tenantry_operator, tenantry_worker;
