-- The client portal: the links one person of a client gets in by, their sessions, what they typed and did not send yet,
-- files on their way into a run, what they signed, and what they asked.

-- tenant_id has no foreign key: a client works on its onboarding before its tenant is created. When a tenant goes, what
-- its portal held goes with it (trigger below).
create table portal_links (
  id uuid constraint portal_links_pkey primary key default gen_random_uuid(),
  tenant_id uuid not null,
  client_id uuid not null constraint portal_links_client_fkey references clients (id),
  run_id uuid not null constraint portal_links_run_fkey references runs (id) on delete cascade,
  person_id uuid not null constraint portal_links_person_fkey references people (id),
  roles text[] not null,
  -- sha-256 of the token: 256 random bits need no slow hash. Its text is in the mail and nowhere here.
  token_hash bytea not null constraint portal_links_token_unique unique,
  -- The entry of the vault that holds the address while a mail with it waits.
  link_ref text,
  made_by jsonb not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  opened_at timestamptz,
  revoked_at timestamptz,
  revoked_reason text,
  constraint portal_links_token_length check (octet_length(token_hash) = 32),
  constraint portal_links_has_roles check (cardinality(roles) > 0)
);
create index portal_links_tenant_idx on portal_links (tenant_id, created_at desc);
create index portal_links_person_idx on portal_links (person_id, created_at desc);

create table portal_sessions (
  id uuid constraint portal_sessions_pkey primary key default gen_random_uuid(),
  tenant_id uuid not null,
  link_id uuid not null constraint portal_sessions_link_fkey references portal_links (id) on delete cascade,
  token_hash bytea not null constraint portal_sessions_token_unique unique,
  address text not null,
  user_agent text not null,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  ended_reason text,
  constraint portal_sessions_token_length check (octet_length(token_hash) = 32)
);
create index portal_sessions_tenant_idx on portal_sessions (tenant_id);
create index portal_sessions_link_idx on portal_sessions (link_id) where ended_at is null;

-- One for each person and step. The revision is the lock: of two tabs the second learns of the first.
create table portal_drafts (
  tenant_id uuid not null,
  run_id uuid not null constraint portal_drafts_run_fkey references runs (id) on delete cascade,
  step_id text not null,
  person_id uuid not null constraint portal_drafts_person_fkey references people (id),
  revision integer not null,
  content jsonb not null,
  saved_at timestamptz not null,
  constraint portal_drafts_pkey primary key (tenant_id, run_id, step_id, person_id)
);

-- Files that wait for their form to be sent. Then they become artifacts of the run, and the rows here go.
create table portal_uploads (
  id uuid constraint portal_uploads_pkey primary key default gen_random_uuid(),
  tenant_id uuid not null,
  run_id uuid not null constraint portal_uploads_run_fkey references runs (id) on delete cascade,
  step_id text not null,
  person_id uuid not null constraint portal_uploads_person_fkey references people (id),
  field text not null,
  name text not null,
  media_type text not null,
  sha256 text not null,
  bytes bytea not null,
  created_at timestamptz not null
);
create index portal_uploads_tenant_idx on portal_uploads (tenant_id, run_id, step_id);

-- What somebody put their name to. The run keeps the act and its hash; this keeps what they saw, and tells them when it
-- no longer counts.
create table portal_signatures (
  id uuid constraint portal_signatures_pkey primary key default gen_random_uuid(),
  tenant_id uuid not null,
  run_id uuid not null constraint portal_signatures_run_fkey references runs (id) on delete cascade,
  step_id text not null,
  person_id uuid not null constraint portal_signatures_person_fkey references people (id),
  role text not null,
  name text not null,
  statement text not null,
  content jsonb not null,
  hash text not null,
  signed_at timestamptz not null,
  -- The revision of the run at which the hash was last compared.
  compared_revision bigint not null,
  voided_at timestamptz,
  constraint portal_signatures_hash_form check (hash ~ '^[0-9a-f]{64}$')
);
create index portal_signatures_tenant_idx on portal_signatures (tenant_id, signed_at desc);
create index portal_signatures_standing_idx on portal_signatures (run_id) where voided_at is null;

create table portal_questions (
  id uuid constraint portal_questions_pkey primary key,
  tenant_id uuid not null,
  run_id uuid not null constraint portal_questions_run_fkey references runs (id) on delete cascade,
  step_id text,
  person_id uuid not null constraint portal_questions_person_fkey references people (id),
  -- Title of the step it is about, and the name of whoever asked, as they were then.
  about text,
  asked_by text not null,
  asked_at timestamptz not null,
  closed_at timestamptz
);
create index portal_questions_tenant_idx on portal_questions (tenant_id, asked_at desc);
create index portal_questions_run_idx on portal_questions (run_id, asked_at desc);

create table portal_messages (
  id uuid constraint portal_messages_pkey primary key,
  tenant_id uuid not null,
  question_id uuid not null constraint portal_messages_question_fkey references portal_questions (id) on delete cascade,
  party text not null constraint portal_messages_party_known check (party in ('client', 'vendor')),
  author_id uuid not null,
  author_name text not null,
  text text not null constraint portal_messages_text_length check (char_length(text) between 1 and 10000),
  at timestamptz not null,
  position bigint not null generated always as identity
);
comment on column portal_messages.position is 'Order within a question, of two of the same instant as well.';
create index portal_messages_tenant_idx on portal_messages (tenant_id, question_id, position);

do $$
declare
  name text;
begin
  foreach name in array array['portal_links', 'portal_sessions', 'portal_drafts', 'portal_uploads',
    'portal_signatures', 'portal_questions', 'portal_messages'] loop
    execute format('alter table tenantry.%I enable row level security', name);
    execute format('alter table tenantry.%I force row level security', name);
    execute format(
      'create policy %I on tenantry.%I to tenantry_app using (tenant_id = (select nullif(current_setting(''app.current_tenant_id'', true), '''')::uuid)) with check (tenant_id = (select nullif(current_setting(''app.current_tenant_id'', true), '''')::uuid))',
      name || '_tenant', name);
    execute format('create policy %I on tenantry.%I to tenantry_operator using (true) with check (true)', name || '_operator', name);
    execute format('create policy %I on tenantry.%I to tenantry_worker using (true) with check (true)', name || '_worker', name);
  end loop;
end
$$;

grant select, insert, update, delete on
  portal_links, portal_sessions, portal_drafts, portal_uploads, portal_signatures, portal_questions, portal_messages
  to tenantry_operator;
grant select, delete on
  portal_links, portal_sessions, portal_drafts, portal_uploads, portal_signatures, portal_questions, portal_messages
  to tenantry_worker;
grant insert on portal_links to tenantry_worker;
grant update on portal_links, portal_sessions, portal_signatures to tenantry_worker;
grant select, insert, update, delete on portal_drafts, portal_uploads to tenantry_app;
grant select on portal_links, portal_signatures, portal_questions, portal_messages to tenantry_app;

create function portal_goes_with_its_tenant() returns trigger language plpgsql as $$
begin
  delete from tenantry.portal_messages where tenant_id = old.id;
  delete from tenantry.portal_questions where tenant_id = old.id;
  delete from tenantry.portal_signatures where tenant_id = old.id;
  delete from tenantry.portal_uploads where tenant_id = old.id;
  delete from tenantry.portal_drafts where tenant_id = old.id;
  delete from tenantry.portal_sessions where tenant_id = old.id;
  delete from tenantry.portal_links where tenant_id = old.id;
  return old;
end $$;
create trigger portal_goes_with_its_tenant after delete on tenants
  for each row execute function portal_goes_with_its_tenant();
