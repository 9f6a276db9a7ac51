-- An emergency closes the access to tenants beside their status, which stays as it is: opening again restores it exactly.
alter table tenantry.tenants
  add column closed_at timestamptz,
  add column closed_reason text,
  add constraint tenants_closed_whole check ((closed_at is null) = (closed_reason is null));
comment on column tenantry.tenants.closed_at is 'Nobody gets in from then on: no log-in, no session, no token. Set and cleared by an emergency alone.';
create index tenants_closed on tenantry.tenants (closed_at) where closed_at is not null;
