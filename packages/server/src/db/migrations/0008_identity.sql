-- Users of tenants: how they prove who they are, their sessions, and what their tenant asks of a log-in.
-- Tokens are here as SHA-256 of 256 random bits only. Every child row names tenant and user together, so that a row
-- under one tenant can never point at a user of another: foreign keys are checked past row-level security.

alter table users
  add column email_verified_at timestamptz,
  -- Registered by themselves: no log-in until the address is proven.
  add column must_verify_email boolean not null default false,
  add column self_registered boolean not null default false,
  -- May log in while the tenant is being onboarded, as its administrators may.
  add column pilot boolean not null default false,
  add column last_login_at timestamptz,
  drop constraint users_status_known,
  add constraint users_status_known check (status in ('active', 'disabled', 'invited')),
  add constraint users_tenant_id_unique unique (tenant_id, id);

-- CH-63: an address registers itself once; tenants may each have their own user of the same address.
create unique index users_self_registered_unique on users (lower(email)) where self_registered;
create index users_email on users (lower(email));
create index users_status on users (tenant_id, status);
create index users_imported on users (tenant_id) where password_hash like '$2%';

create table tenant_policies (
  tenant_id uuid constraint tenant_policies_pkey primary key
    constraint tenant_policies_tenant_fkey references tenants (id) on delete cascade,
  idle_ms bigint not null,
  absolute_ms bigint not null,
  access_token_ms bigint not null,
  refresh_ms bigint not null,
  mfa_required boolean not null,
  ip_allow cidr[] not null,
  passwords_enabled boolean not null,
  version integer not null default 1,
  updated_at timestamptz not null,
  constraint tenant_policies_times_positive
    check (idle_ms > 0 and absolute_ms >= idle_ms and access_token_ms > 0 and refresh_ms >= access_token_ms)
);

create table user_sessions (
  id uuid constraint user_sessions_pkey primary key,
  tenant_id uuid not null,
  user_id uuid not null,
  kind text not null constraint user_sessions_kind_known check (kind in ('browser', 'token')),
  token_hash bytea not null constraint user_sessions_token_unique unique,
  amr text[] not null,
  address text not null,
  user_agent text not null,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  ended_at timestamptz,
  ended_reason text,
  constraint user_sessions_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade,
  constraint user_sessions_token_length check (octet_length(token_hash) = 32),
  constraint user_sessions_ended_whole check ((ended_at is null) = (ended_reason is null))
);

create index user_sessions_live on user_sessions (tenant_id, user_id, created_at) where ended_at is null;
create index user_sessions_user on user_sessions (tenant_id, user_id);
create index user_sessions_quiet on user_sessions (last_seen_at) where ended_at is null;
create index user_sessions_ended on user_sessions (ended_at) where ended_at is not null;

-- The family of a refresh token is its session: reuse of a spent one ends the session.
create table refresh_tokens (
  token_hash bytea constraint refresh_tokens_pkey primary key,
  tenant_id uuid not null,
  session_id uuid not null constraint refresh_tokens_session_fkey references user_sessions (id) on delete cascade,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);

create index refresh_tokens_tenant on refresh_tokens (tenant_id, session_id);
create index refresh_tokens_session on refresh_tokens (session_id);

create table user_tokens (
  id uuid constraint user_tokens_pkey primary key,
  tenant_id uuid not null,
  user_id uuid not null,
  purpose text not null constraint user_tokens_purpose_known check (purpose in ('reset', 'verify', 'invite')),
  token_hash bytea not null constraint user_tokens_token_unique unique,
  -- The address it was sent to: after a change of address it proves nothing.
  email varchar(320) not null,
  -- The address of the link in the vault, until the token has ended.
  link_ref text,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  spent_at timestamptz,
  withdrawn_at timestamptz,
  constraint user_tokens_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade,
  constraint user_tokens_one_end check (spent_at is null or withdrawn_at is null)
);

create index user_tokens_user on user_tokens (tenant_id, user_id, purpose, created_at);

create table user_totp (
  user_id uuid constraint user_totp_pkey primary key,
  tenant_id uuid not null,
  secret_ref text not null,
  created_at timestamptz not null,
  confirmed_at timestamptz,
  -- The newest time step that was accepted: neither it nor an older one is accepted again (RFC 6238, 5.2).
  last_step bigint,
  constraint user_totp_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);

create index user_totp_tenant on user_totp (tenant_id, user_id);

create table user_recovery_codes (
  code_hash bytea not null,
  tenant_id uuid not null,
  user_id uuid not null,
  used_at timestamptz,
  constraint user_recovery_codes_pkey primary key (tenant_id, user_id, code_hash),
  constraint user_recovery_codes_user_fkey
    foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);

-- Addresses a user has logged in from: from these they get in while somebody else guesses at their password.
create table user_addresses (
  tenant_id uuid not null,
  user_id uuid not null,
  address_hash bytea not null,
  last_login_at timestamptz not null,
  constraint user_addresses_pkey primary key (tenant_id, user_id, address_hash),
  constraint user_addresses_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);

-- Attempts that failed, by the hash of what was attempted: an account that exists or does not, an address, or both.
-- No tenant's rows: a guess at an account that is not there belongs to nobody.
create table login_throttles (
  subject bytea constraint login_throttles_pkey primary key,
  failures integer not null,
  last_attempt_at timestamptz not null,
  retry_at timestamptz not null,
  constraint login_throttles_subject_length check (octet_length(subject) = 32)
);

create index login_throttles_age on login_throttles (last_attempt_at);

do $$
declare
  name text;
begin
  foreach name in array array['tenant_policies', 'user_sessions', 'refresh_tokens', 'user_tokens', 'user_totp',
                              'user_recovery_codes', 'user_addresses'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format(
      'create policy %I on %I for all to tenantry_app
         using (tenant_id = (select nullif(current_setting(''app.current_tenant_id'', true), '''')::uuid))
         with check (tenant_id = (select nullif(current_setting(''app.current_tenant_id'', true), '''')::uuid))',
      name || '_app', name);
    execute format('create policy %I on %I for all to tenantry_operator using (true) with check (true)',
      name || '_operator', name);
    execute format('create policy %I on %I for all to tenantry_worker using (true) with check (true)',
      name || '_worker', name);
    execute format('grant select, insert, update, delete on %I to tenantry_app, tenantry_operator, tenantry_worker', name);
  end loop;
end $$;

grant select, insert, update, delete on login_throttles to tenantry_app, tenantry_operator, tenantry_worker;
