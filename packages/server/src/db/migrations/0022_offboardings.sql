-- The end of a tenant: announced, waited for, carried out, proven. Without a foreign key: the record and its certificate
-- outlive the tenant.
create table tenant_offboardings (
  id uuid constraint tenant_offboardings_pkey primary key,
  tenant_id uuid not null,
  slug varchar(100) not null,
  name varchar(255) not null,
  product_id text not null,
  client_id uuid,
  cause varchar(50) not null constraint tenant_offboardings_cause_known check (cause in
    ('customer_request', 'contract_end', 'non_payment', 'terms_violation')),
  reason text not null,
  authority text not null,
  second_authority text,
  -- Whether the data must go, and whether a person's right to erasure leaves no time for second thoughts.
  delete_data boolean not null,
  erasure_request boolean not null,
  state varchar(20) not null constraint tenant_offboardings_state_known check (state in
    ('grace', 'offboarded', 'deleting', 'deleted', 'cancelled')),
  announced_at timestamptz not null,
  ends_at timestamptz not null,
  offboarded_at timestamptz,
  -- Line of the history that offboarded it, by which that can be taken back until the data is deleted.
  history_id bigint,
  delete_after timestamptz,
  hold_reason text,
  hold_authority text,
  -- What of the deletion is done: { step: { at, … } }. Each step may be repeated.
  steps jsonb not null default '{}',
  -- Why the deletion could not go on the last time.
  obstacle jsonb,
  ended_at timestamptz,
  certificate jsonb,
  key text,
  constraint tenant_offboardings_hold_whole check ((hold_reason is null) = (hold_authority is null)),
  constraint tenant_offboardings_second_authority check (cause <> 'terms_violation' or second_authority is not null)
);
create unique index tenant_offboardings_one on tenant_offboardings (tenant_id)
  where state in ('grace', 'offboarded', 'deleting');
create index tenant_offboardings_tenant on tenant_offboardings (tenant_id, announced_at);
create index tenant_offboardings_slug on tenant_offboardings (slug, announced_at);
create index tenant_offboardings_due on tenant_offboardings (state, ends_at, delete_after)
  where state in ('grace', 'offboarded', 'deleting');

alter table tenant_offboardings enable row level security;
alter table tenant_offboardings force row level security;
create policy tenant_offboardings_app on tenant_offboardings for all to tenantry_app
  using (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.current_tenant_id', true), '')::uuid));
create policy tenant_offboardings_operator on tenant_offboardings for all to tenantry_operator using (true) with check (true);
create policy tenant_offboardings_worker on tenant_offboardings for all to tenantry_worker using (true) with check (true);
grant select on tenant_offboardings to tenantry_app;
-- Nobody deletes one.
grant select, insert, update on tenant_offboardings to tenantry_operator, tenantry_worker;
select admit_backups();
