create table sessions (
  token_hash bytea constraint sessions_pkey primary key,
  tenant_id uuid not null,
  user_id uuid not null,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null,
  constraint sessions_user_fkey foreign key (tenant_id, user_id)
    references users (tenant_id, id) on delete cascade
);

create index sessions_tenant_id_user_id_idx on sessions (tenant_id, user_id);

alter table sessions enable row level security;
alter table sessions force row level security;

create policy tenant_isolation on sessions
  using (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid));
create policy provisioning on sessions to cutlist_provisioner using (true) with check (true);

grant select, insert, update, delete on sessions to cutlist_app;
-- The control plane ends a tenant's sessions and counts them; it never makes one.
grant select, delete on sessions to cutlist_provisioner;
