-- Products, environments, clients, tenants with everything that hangs on them, users.
-- Secrets are never here: a connection holds {"$secret": …} references into the vault.

create table products (
  id text constraint products_pkey primary key,
  name varchar(255) not null,
  profile jsonb not null,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint products_id_form check (id ~ '^[a-z][a-z0-9-]{0,49}$')
);

create table environments (
  id uuid constraint environments_pkey primary key default gen_random_uuid(),
  product_id text not null constraint environments_product_fkey references products (id) on delete cascade,
  name varchar(50) not null,
  connections jsonb not null default '{}',
  settings jsonb not null default '{}',
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint environments_name_unique unique (product_id, name),
  constraint environments_connections_object check (jsonb_typeof(connections) = 'object'),
  constraint environments_settings_object check (jsonb_typeof(settings) = 'object')
);

create table clients (
  id uuid constraint clients_pkey primary key default gen_random_uuid(),
  reference varchar(100) not null constraint clients_reference_unique unique,
  legal_name varchar(255) not null,
  contacts jsonb not null default '[]',
  language varchar(35) not null default 'en',
  time_zone varchar(64) not null default 'utc',
  contract jsonb not null default '{}',
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint clients_contacts_array check (jsonb_typeof(contacts) = 'array'),
  constraint clients_contract_object check (jsonb_typeof(contract) = 'object')
);

create table tenants (
  id uuid constraint tenants_pkey primary key default gen_random_uuid(),
  name varchar(255) not null,
  slug varchar(100) not null constraint tenants_slug_unique unique,
  plan varchar(50) not null default 'free',
  status varchar(50) not null default 'active',
  settings jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  product_id text not null constraint tenants_product_fkey references products (id),
  client_id uuid constraint tenants_client_fkey references clients (id),
  isolation varchar(50) not null default 'pool-shared',
  support_tier varchar(50) not null default 'basic',
  access_mode varchar(20),
  status_reason text,
  pending_offboarding_at timestamptz,
  settings_version integer not null default 1,
  version integer not null default 1,
  created_run_id uuid,
  created_key text,
  search tsvector generated always as (
    to_tsvector('simple'::regconfig, regexp_replace(name || ' ' || slug, '[^[:alnum:]]+', ' ', 'g'))
  ) stored,
  constraint tenants_slug_lower check (slug = lower(slug) and slug <> ''),
  constraint tenants_plan_known check (plan in ('free', 'starter', 'professional', 'enterprise')),
  constraint tenants_status_known check (status in ('onboarding', 'trial', 'active', 'suspended', 'offboarded')),
  constraint tenants_isolation_known check (isolation in ('pool-shared', 'pool-dedicated-namespace', 'silo')),
  constraint tenants_settings_object check (jsonb_typeof(settings) = 'object'),
  constraint tenants_access_mode_known check (access_mode in ('read-only', 'blocked')),
  constraint tenants_access_mode_when_suspended check ((status = 'suspended') = (access_mode is not null))
);

create index tenants_search on tenants using gin (search);
create index tenants_status on tenants (status, slug);
create index tenants_product on tenants (product_id, slug);
create unique index tenants_created_key_unique on tenants (created_key) where created_key is not null;
create index tenants_client on tenants (client_id) where client_id is not null;

-- A name and an id held for a run from its start until its end, so that what the plan shows stays true.
create table tenant_reservations (
  id uuid constraint tenant_reservations_pkey primary key,
  slug varchar(100) not null constraint tenant_reservations_slug_unique unique,
  product_id text not null constraint tenant_reservations_product_fkey references products (id),
  client_id uuid constraint tenant_reservations_client_fkey references clients (id),
  run_id uuid not null constraint tenant_reservations_run_unique unique,
  reserved_at timestamptz not null default now()
);

-- Every change of a tenant's configuration is a row, the present one included, so that any of them can be put
-- back exactly. undo_of names the version a row takes back.
create table tenant_settings_versions (
  tenant_id uuid not null constraint tenant_settings_versions_tenant_fkey references tenants (id) on delete cascade,
  version integer not null,
  plan varchar(50) not null,
  settings jsonb not null,
  isolation varchar(50) not null,
  support_tier varchar(50) not null,
  change varchar(50) not null,
  undo_of integer,
  key text,
  run_id uuid,
  actor jsonb not null,
  at timestamptz not null default now(),
  constraint tenant_settings_versions_pkey primary key (tenant_id, version),
  constraint tenant_settings_versions_undone_once unique (tenant_id, undo_of)
);

create index tenant_settings_versions_key on tenant_settings_versions (tenant_id, key) where key is not null;

-- Append-only, and without a foreign key: the history outlives the tenant it tells of.
create table tenant_history (
  id bigint generated always as identity constraint tenant_history_pkey primary key,
  tenant_id uuid not null,
  operation varchar(50) not null,
  from_value jsonb,
  to_value jsonb,
  actor jsonb not null,
  authority text not null,
  reason text,
  at timestamptz not null default now(),
  run_id uuid,
  key text,
  undo_of bigint constraint tenant_history_undone_once unique
);

create index tenant_history_tenant on tenant_history (tenant_id, id);

create function tenant_history_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'tenant_history is append-only: % is refused', tg_op using errcode = 'insufficient_privilege';
end $$;

create trigger tenant_history_append_only before update or delete on tenant_history
  for each row execute function tenant_history_is_append_only();
create trigger tenant_history_no_truncate before truncate on tenant_history
  for each statement execute function tenant_history_is_append_only();

create table tenant_contacts (
  id uuid constraint tenant_contacts_pkey primary key default gen_random_uuid(),
  tenant_id uuid not null constraint tenant_contacts_tenant_fkey references tenants (id) on delete cascade,
  party varchar(10) not null,
  role varchar(50) not null,
  name varchar(255) not null,
  email varchar(320) not null,
  phone varchar(50),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint tenant_contacts_role_unique unique (tenant_id, party, role),
  constraint tenant_contacts_party_known check (party in ('client', 'vendor')),
  constraint tenant_contacts_role_known check (
    (party = 'client' and role in ('executive_sponsor', 'technical_lead', 'it_admin', 'primary_user'))
    or (party = 'vendor' and role in ('engineering_lead', 'customer_success', 'support_lead', 'security_lead'))
  )
);

create table users (
  id uuid constraint users_pkey primary key default gen_random_uuid(),
  tenant_id uuid not null constraint users_tenant_fkey references tenants (id) on delete cascade,
  email varchar(320) not null,
  full_name varchar(255) not null,
  role varchar(50) not null,
  password_hash text,
  must_change_password boolean not null default false,
  temporary_expires_at timestamptz,
  temporary_password_ref text,
  status varchar(20) not null default 'active',
  created_run_id uuid,
  created_key text,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint users_status_known check (status in ('active', 'disabled')),
  constraint users_temporary_must_change check (temporary_expires_at is null or must_change_password)
);

create unique index users_email_unique on users (tenant_id, lower(email));
create unique index users_created_key_unique on users (tenant_id, created_key) where created_key is not null;

alter table tenants enable row level security;
alter table tenants force row level security;
create policy tenants_app on tenants for all to tenantry_app
  using (id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid))
  with check (id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid));
create policy tenants_operator on tenants for all to tenantry_operator using (true) with check (true);
create policy tenants_worker on tenants for all to tenantry_worker using (true) with check (true);

alter table tenant_settings_versions enable row level security;
alter table tenant_settings_versions force row level security;
create policy tenant_settings_versions_app on tenant_settings_versions for all to tenantry_app
  using (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid));
create policy tenant_settings_versions_operator on tenant_settings_versions for all to tenantry_operator
  using (true) with check (true);
create policy tenant_settings_versions_worker on tenant_settings_versions for all to tenantry_worker
  using (true) with check (true);

alter table tenant_history enable row level security;
alter table tenant_history force row level security;
create policy tenant_history_app on tenant_history for all to tenantry_app
  using (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid));
create policy tenant_history_operator on tenant_history for all to tenantry_operator using (true) with check (true);
create policy tenant_history_worker on tenant_history for all to tenantry_worker using (true) with check (true);

alter table tenant_contacts enable row level security;
alter table tenant_contacts force row level security;
create policy tenant_contacts_app on tenant_contacts for all to tenantry_app
  using (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid));
create policy tenant_contacts_operator on tenant_contacts for all to tenantry_operator using (true) with check (true);
create policy tenant_contacts_worker on tenant_contacts for all to tenantry_worker using (true) with check (true);

alter table users enable row level security;
alter table users force row level security;
create policy users_app on users for all to tenantry_app
  using (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid));
create policy users_operator on users for all to tenantry_operator using (true) with check (true);
create policy users_worker on users for all to tenantry_worker using (true) with check (true);

grant select, insert, update on products, environments, clients to tenantry_operator, tenantry_worker;
grant select on products to tenantry_app;
grant select, insert, update, delete on tenants, tenant_contacts, users to tenantry_operator, tenantry_worker;
grant select, insert, delete on tenant_reservations to tenantry_operator, tenantry_worker;
grant select, insert on tenant_settings_versions, tenant_history to tenantry_operator, tenantry_worker;
grant select on tenants, tenant_settings_versions, tenant_history to tenantry_app;
grant select, insert, update, delete on tenant_contacts, users to tenantry_app;
