-- Runbooks, runs and what they leave: definitions by hash, state as rows, attempts with their fence, evidence,
-- artifacts, the ledger of resources, and the events a run was moved by.

create table tenantry.runbook_versions (
  runbook_id text not null,
  version text not null,
  hash text not null,
  source text not null,
  definition jsonb not null,
  files jsonb not null default '{}',
  published_by jsonb not null,
  published_at timestamptz not null,
  constraint runbook_versions_pkey primary key (runbook_id, version)
);
comment on column tenantry.runbook_versions.files is 'Templates and fixtures by path, pinned with the version.';

create table tenantry.runbook_approvals (
  runbook_id text not null,
  version text not null,
  hash text not null,
  role text not null,
  person_id uuid not null,
  person_name text not null,
  development boolean not null,
  approved_at timestamptz not null,
  constraint runbook_approvals_pkey primary key (runbook_id, version, role, person_id),
  constraint runbook_approvals_version_fkey foreign key (runbook_id, version) references tenantry.runbook_versions
);

create table tenantry.runs (
  id uuid constraint runs_pkey primary key,
  runbook_id text not null,
  runbook_version text not null,
  title text not null,
  product_id text,
  client_id uuid,
  tenant_id uuid,
  tenant_slug text,
  status text not null,
  revision bigint not null default 0,
  facts jsonb not null,
  facts_at_start jsonb not null,
  phases jsonb not null,
  artifacts jsonb not null default '{}',
  ending jsonb,
  contacts jsonb not null default '{}',
  started_by jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  ended_at timestamptz,
  constraint runs_version_fkey foreign key (runbook_id, runbook_version) references tenantry.runbook_versions
) with (fillfactor = 70);
comment on column tenantry.runs.facts_at_start is 'What the recorded events are replayed from: a mended intake changes facts only.';
create index runs_tenant_id_idx on tenantry.runs (tenant_id, created_at desc);
create index runs_created_at_idx on tenantry.runs (created_at desc, id desc);
create index runs_status_idx on tenantry.runs (status, created_at desc, id desc);

create table tenantry.run_steps (
  run_id uuid not null constraint run_steps_run_fkey references tenantry.runs on delete cascade,
  step_id text not null,
  position integer not null,
  status text not null,
  waiting_for text,
  state jsonb not null,
  updated_at timestamptz not null,
  constraint run_steps_pkey primary key (run_id, step_id)
) with (fillfactor = 80);
create index run_steps_waiting_idx on tenantry.run_steps (waiting_for, updated_at) where status = 'waiting';

create table tenantry.run_attempts (
  run_id uuid not null constraint run_attempts_run_fkey references tenantry.runs on delete cascade,
  step_id text not null,
  round integer not null,
  try integer not null,
  verb text not null,
  name text not null,
  environment text not null,
  input jsonb not null,
  status text not null constraint run_attempts_status_check check (status in ('open', 'passed', 'failed', 'uncertain')),
  lane text not null,
  epoch integer not null default 0,
  executor uuid,
  claim uuid,
  failure jsonb,
  created_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  constraint run_attempts_pkey primary key (run_id, step_id, round, try)
) with (fillfactor = 80);
comment on column tenantry.run_attempts.lane is 'The job that carries the attempt, as STEP/ROUND/TRY of the attempt it was made for: a job goes on with what follows by itself.';
comment on column tenantry.run_attempts.claim is 'The one act of taking it up that holds now; an act repeated because its commit gave no answer knows itself by it.';
comment on column tenantry.run_attempts.epoch is 'The fence: one more each time a process takes the attempt up; a result of an older one is refused.';

create table tenantry.run_evidence (
  id uuid constraint run_evidence_pkey primary key default gen_random_uuid(),
  run_id uuid not null constraint run_evidence_run_fkey references tenantry.runs on delete cascade,
  tenant_id uuid,
  step_id text not null,
  round integer not null,
  try integer not null,
  kind text not null,
  ok boolean,
  expected jsonb,
  actual jsonb,
  actor jsonb not null,
  at timestamptz not null
);
create index run_evidence_run_idx on tenantry.run_evidence (run_id, at);
create index run_evidence_tenant_idx on tenantry.run_evidence (tenant_id, at);

create table tenantry.run_artifacts (
  id uuid constraint run_artifacts_pkey primary key default gen_random_uuid(),
  run_id uuid not null constraint run_artifacts_run_fkey references tenantry.runs on delete cascade,
  tenant_id uuid,
  step_id text not null,
  round integer not null,
  name text not null,
  media_type text not null,
  bytes bytea,
  link text,
  sha256 text not null,
  created_at timestamptz not null,
  constraint run_artifacts_one_check check (bytes is not null or link is not null)
);
create index run_artifacts_run_idx on tenantry.run_artifacts (run_id, created_at);
create index run_artifacts_tenant_idx on tenantry.run_artifacts (tenant_id);

create table tenantry.run_resources (
  id uuid constraint run_resources_pkey primary key default gen_random_uuid(),
  position bigint generated always as identity,
  run_id uuid not null constraint run_resources_run_fkey references tenantry.runs on delete cascade,
  tenant_id uuid,
  step_id text not null,
  action text not null,
  action_version integer not null,
  environment text not null,
  kind text not null,
  external_id text not null,
  name text not null,
  claim text not null constraint run_resources_claim_check check (claim in ('created', 'changed', 'adopted')),
  undo jsonb not null,
  status text not null default 'standing' constraint run_resources_status_check check (status in ('standing', 'undone', 'left')),
  made_at timestamptz not null,
  undone_at timestamptz,
  constraint run_resources_identity_key unique (run_id, step_id, kind, external_id)
);
create index run_resources_tenant_idx on tenantry.run_resources (tenant_id, position desc);

create table tenantry.run_events (
  run_id uuid not null constraint run_events_run_fkey references tenantry.runs on delete cascade,
  revision bigint not null,
  at timestamptz not null,
  event jsonb not null,
  run_status text not null,
  steps jsonb not null,
  constraint run_events_pkey primary key (run_id, revision)
);
comment on table tenantry.run_events is 'What the run was moved by, in order: replaying it gives the state again. steps: [{step, status}] that changed.';

do $$
declare
  name text;
begin
  foreach name in array array['runs', 'run_evidence', 'run_artifacts', 'run_resources'] loop
    execute format('alter table tenantry.%I enable row level security', name);
    execute format('alter table tenantry.%I force row level security', name);
    execute format(
      'create policy %I on tenantry.%I to tenantry_app using (tenant_id = (select nullif(current_setting(''app.current_tenant_id'', true), '''')::uuid)) with check (tenant_id = (select nullif(current_setting(''app.current_tenant_id'', true), '''')::uuid))',
      name || '_tenant', name);
    execute format('create policy %I on tenantry.%I to tenantry_operator using (true) with check (true)', name || '_operator', name);
    execute format('create policy %I on tenantry.%I to tenantry_worker using (true) with check (true)', name || '_worker', name);
    execute format('grant select on tenantry.%I to tenantry_app', name);
  end loop;
end
$$;

grant select, insert on tenantry.runbook_versions, tenantry.runbook_approvals to tenantry_operator, tenantry_worker;
grant select, insert, update on
  tenantry.runs, tenantry.run_steps, tenantry.run_attempts, tenantry.run_resources to tenantry_operator, tenantry_worker;
grant select, insert on tenantry.run_evidence, tenantry.run_artifacts, tenantry.run_events to tenantry_operator, tenantry_worker;
