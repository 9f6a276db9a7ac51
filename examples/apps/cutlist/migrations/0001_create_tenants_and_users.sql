-- Roles belong to the whole cluster, so a second database of the same cluster finds them made.
-- Both start without log-in; `allowLogin` gives them a password where the application is installed.
do $$
begin
  if not exists (select from pg_roles where rolname = 'cutlist_app') then
    create role cutlist_app nologin nosuperuser nobypassrls nocreatedb nocreaterole;
  end if;
  if not exists (select from pg_roles where rolname = 'cutlist_provisioner') then
    create role cutlist_provisioner nologin nosuperuser nobypassrls nocreatedb nocreaterole;
  end if;
end
$$;

create table tenants (
  id uuid constraint tenants_pkey primary key default gen_random_uuid(),
  name varchar(255) not null,
  slug varchar(100) not null constraint tenants_slug_key unique,
  plan varchar(50) not null default 'free',
  status varchar(50) not null default 'active',
  settings jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint tenants_slug_form check (slug ~ '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$'),
  constraint tenants_plan_known check (plan in ('free', 'starter', 'professional', 'enterprise')),
  constraint tenants_status_known check (status in ('onboarding', 'trial', 'active', 'suspended', 'offboarded')),
  constraint tenants_settings_object check (jsonb_typeof(settings) = 'object')
);

create function set_updated_at() returns trigger language plpgsql as $$
begin
  new.updated_at := clock_timestamp();
  return new;
end
$$;

create trigger tenants_set_updated_at before update on tenants for each row execute function set_updated_at();

alter table tenants enable row level security;
alter table tenants force row level security;

create policy tenant_isolation on tenants
  using (id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid))
  with check (id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid));

-- Somebody who logs in names the tenant by its slug before a context exists: exactly that row is readable then.
create policy tenant_named_at_login on tenants for select to cutlist_app
  using (slug = (select nullif(current_setting('app.login_slug', true), '')));

create policy provisioning on tenants to cutlist_provisioner using (true) with check (true);

grant select on tenants to cutlist_app;
grant select, insert, update, delete on tenants to cutlist_provisioner;

create table users (
  id uuid constraint users_pkey primary key default gen_random_uuid(),
  tenant_id uuid not null constraint users_tenant_id_fkey references tenants (id) on delete cascade,
  email varchar(320) not null,
  full_name varchar(200) not null,
  role varchar(50) not null default 'member',
  password_hash text,
  must_change_password boolean not null default true,
  pilot boolean not null default false,
  last_login_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint users_tenant_id_id_key unique (tenant_id, id),
  constraint users_role_known check (role in ('admin', 'member', 'viewer')),
  constraint users_email_form check (position('@' in email) > 1)
);

create unique index users_tenant_id_email_key on users (tenant_id, lower(email));
create trigger users_set_updated_at before update on users for each row execute function set_updated_at();

alter table users enable row level security;
alter table users force row level security;

create policy tenant_isolation on users
  using (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid));
create policy provisioning on users to cutlist_provisioner using (true) with check (true);

grant select, insert, update, delete on users to cutlist_app, cutlist_provisioner;
