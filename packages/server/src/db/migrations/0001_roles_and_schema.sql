--! login
-- Runs as the login itself: the owner does not exist yet. The login may be a superuser or, on a managed PostgreSQL,
-- an ordinary role with CREATEROLE and CREATE on the database. Roles belong to the whole cluster, so another database
-- may have made them already, even at this very moment: each statement tolerates that.

do $$
declare
  wanted text;
  usable boolean;
begin
  foreach wanted in array array['tenantry_owner', 'tenantry_app', 'tenantry_operator', 'tenantry_worker'] loop
    begin
      if not exists (select from pg_roles where rolname = wanted) then
        execute format('create role %I nologin nosuperuser nobypassrls', wanted);
      end if;
    exception when duplicate_object or unique_violation then
      null;
    end;

    if exists (select from pg_roles where rolname = wanted and (rolsuper or rolbypassrls or rolcanlogin)) then
      raise exception 'role % can log in, is a superuser or bypasses row-level security', wanted
        using hint = 'Take these attributes away: tenants are kept apart by row-level security alone.';
    end if;

    -- From version 16 a member may lack the right to SET ROLE; before it there is no such privilege to ask about.
    if current_setting('server_version_num')::int >= 160000 then
      usable := pg_has_role(current_user, wanted, 'set');
    else
      usable := pg_has_role(current_user, wanted, 'member');
    end if;
    if not usable then
      execute format('grant %I to current_user', wanted);
    end if;
  end loop;
end
$$;

create schema if not exists tenantry authorization tenantry_owner;
grant usage on schema tenantry to tenantry_app, tenantry_operator, tenantry_worker;

-- The job queue installs its own schema as the owner.
do $$
begin
  execute format('grant create on database %I to tenantry_owner', current_database());
end
$$;

set local role tenantry_owner;

create table tenantry.tenantry_migrations (
  name text constraint tenantry_migrations_pkey primary key,
  sha256 text not null,
  breaking boolean not null,
  applied_at timestamptz not null default now()
);
grant select on tenantry.tenantry_migrations to tenantry_app, tenantry_operator, tenantry_worker;
