/**
 * The tables of the stores below, for a migration of the application: run it as the owner of the schema, and grant the
 * role of the application what the last line says. They hold rows of tenants, so row-level security guards them too.
 */
export const STORE_TABLES = `
create table tenantry_rates (
  tenant_id uuid not null,
  name text not null,
  used double precision not null,
  refused boolean not null default false,
  ends_at timestamptz not null,
  constraint tenantry_rates_pkey primary key (tenant_id, name)
);
create table tenantry_usage (
  tenant_id uuid not null,
  name text not null,
  used double precision not null default 0,
  reconciled_at timestamptz,
  constraint tenantry_usage_pkey primary key (tenant_id, name),
  constraint tenantry_usage_counts check (used >= 0)
);
create table tenantry_reservations (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  name text not null,
  amount double precision not null,
  expires_at timestamptz not null,
  constraint tenantry_reservations_pkey primary key (tenant_id, id)
);
do $$
declare
  named text;
begin
  foreach named in array array['tenantry_rates', 'tenantry_usage', 'tenantry_reservations'] loop
    execute format('alter table %I enable row level security', named);
    execute format('alter table %I force row level security', named);
    execute format($policy$
      create policy tenant on %I
        using (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid))
        with check (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid))
    $policy$, named);
  end loop;
end $$;
`;

/** The last line: `role` is what the application connects as. @throws TypeError for a name that is none */
export function grantStoreTables(role: string): string {
  if (!/^[a-z_][a-z0-9_$]*$/i.test(role)) throw new TypeError(`"${role}" is no plain name of a role`);
  return `grant select, insert, update, delete on tenantry_rates, tenantry_usage, tenantry_reservations to "${role}"`;
}
